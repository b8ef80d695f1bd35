"""A batch runs in waves: by type in life order, a new round where a key would go backwards."""

from shared.contracts.counts import OnHandReported
from shared.contracts.fields import Fact
from shared.contracts.products import ProductUpserted
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.settings import MerchantUpserted, NodeUpserted
from shared.messaging.wire import Event, Record, announcement, read
from shared.messaging.worker import in_waves
from shared.testing.builders import MONDAY, a_merchant, a_node, a_product, a_receipt, an_opening

LIFE = (NodeUpserted, MerchantUpserted, ProductUpserted, OnHandReported, ReceiptPosted)


def events(*facts: Fact) -> list[Event[Fact]]:
    announced = [announcement(fact, "test", None, MONDAY) for fact in facts]
    return [read(Record(topic, 0, at, key, body, head)) for at, (topic, key, body, head) in enumerate(announced)]


def waves(*facts: Fact) -> list[list[Fact]]:
    return [[event.body for event in wave] for wave in in_waves(events(*facts), LIFE)]


def test_events_that_others_need_come_first() -> None:
    receipt, opening, product, node = a_receipt(), an_opening(), a_product(), a_node()
    assert waves(receipt, opening, product, node) == [[node], [product], [opening], [receipt]]


def test_events_of_one_type_share_a_wave_in_the_order_they_came() -> None:
    first, second, other = a_product("A", version=1), a_product("A", version=2), a_product("B")
    assert waves(first, other, second) == [[first, other, second]]


def test_a_key_that_would_go_backwards_begins_a_new_round() -> None:
    # settings.v1 has nodes before merchants in life order; here one key is told both, backwards
    merchant, node = a_merchant("ams"), a_node("ams")
    both = events(merchant, node)
    both = [Event(e.source, e.id, "same", e.at, e.body, None, e.record) for e in both]
    assert [[event.body for event in wave] for wave in in_waves(both, LIFE)] == [[merchant], [node]]


def test_no_events_no_waves() -> None:
    assert in_waves([], LIFE) == []
