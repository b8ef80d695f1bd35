"""Whatever comes in a batch: waves lose nothing and never reverse what one key was told."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.counts import OnHandReported
from shared.contracts.fields import Fact
from shared.contracts.products import ProductUpserted
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.settings import NodeUpserted
from shared.messaging.wire import Event, Record
from shared.messaging.worker import in_waves
from shared.testing.builders import MONDAY, a_node, a_product, a_receipt, an_opening

LIFE: Sequence[type[Fact]] = (NodeUpserted, ProductUpserted, OnHandReported, ReceiptPosted)
FACTS = (a_node(), a_product(), an_opening(), a_receipt())

told = st.tuples(st.sampled_from(FACTS), st.sampled_from(["orders", "stock"]), st.sampled_from("abc"))
batches = st.lists(told, max_size=40).map(
    lambda rows: [
        Event("s", str(at), key, MONDAY, fact, None, Record(topic, 0, at, key.encode(), b"", ()))
        for at, (fact, topic, key) in enumerate(rows)
    ]
)


@given(batches)
def test_waves_lose_and_double_no_event(batch: list[Event[Fact]]) -> None:
    assert sorted(int(e.id) for wave in in_waves(batch, LIFE) for e in wave) == list(range(len(batch)))


@given(batches)
def test_events_of_a_key_stay_in_order(batch: list[Event[Fact]]) -> None:
    offsets: dict[tuple[str, str], list[int]] = {}
    for wave in in_waves(batch, LIFE):
        for event in wave:
            offsets.setdefault((event.record.topic, event.key), []).append(event.record.offset)
    assert all(group == sorted(group) for group in offsets.values())


@given(batches)
def test_a_wave_is_of_one_type_and_a_batch_in_life_order_needs_one_wave_for_each(batch: list[Event[Fact]]) -> None:
    assert all(len({type(event.body) for event in wave}) == 1 for wave in in_waves(batch, LIFE))
    in_order = sorted(batch, key=lambda event: LIFE.index(type(event.body)))
    assert len(in_waves(in_order, LIFE)) == len({type(event.body) for event in batch})


@given(batches)
def test_a_new_round_begins_only_where_a_key_would_go_backwards(batch: list[Event[Fact]]) -> None:
    """The rounds are as few as the most steps back of any one key."""
    steps_back: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    for event in batch:
        key, rank = (event.record.topic, event.key), LIFE.index(type(event.body))
        steps_back[key] = steps_back.get(key, 0) + (rank < last.get(key, 0))
        last[key] = rank
    assert len(in_waves(batch, LIFE)) <= len(LIFE) * (1 + max(steps_back.values(), default=0))
