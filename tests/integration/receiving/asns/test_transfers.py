"""What another node sent is inbound of its destination, and received like an ASN."""

import pytest

from shared.contracts.fields import Fact
from shared.contracts.inbound import InboundChanged
from shared.contracts.transfers import SentCarton, SentUnits
from shared.testing.builders import a_carton_scan, a_close, a_day, a_node, a_product, an_asn
from shared.testing.floor_facts import a_sent_transfer
from tests.integration.receiving.conftest import Dock


async def test_sent_units_are_on_their_way_and_are_received_by_carton(dock: Dock) -> None:
    await dock.hears(a_node(), a_node("ber"), a_product(), a_sent_transfer(units=12))
    (news,) = await dock.world.bus.told(InboundChanged)
    (supply,) = news.supplies
    assert (news.node, supply.supply_id, supply.expected_units) == ("ber", "tr-1", 12)
    assert (supply.supplier_id, supply.window.earliest, supply.window.latest) == ("node/ams", a_day(10), a_day(18))
    assert supply.reason == "transfer tr-1 from ams: ETA 9–10 March"

    await dock.hears(a_carton_scan("gun/1", "c1", asn_id="tr-1", node="ber"), a_close("tr-1"))
    assert await dock.receipts() == {"gun/1/1": ("TEE-M", 12, "sellable")}


async def test_lots_of_sent_units_are_known_at_their_destination(dock: Dock) -> None:
    carton = SentCarton(carton_id="c1", lines=(SentUnits(sku="VITC", units=6, lot="L1", expires_on=a_day(31)),))
    await dock.hears(a_node(), a_node("ber"), a_product("VITC", dated=True), a_sent_transfer(cartons=(carton,)))
    (news,) = await dock.world.bus.told(InboundChanged)
    assert [(lot.lot, lot.expires_on, lot.units) for lot in news.supplies[0].lots] == [("L1", a_day(31), 6)]


async def test_a_transfer_to_an_unknown_node_waits_for_it(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(), a_sent_transfer())
    assert await dock.waiting() == ["node:ber"]
    await dock.hears(a_node("ber"))
    assert await dock.inbound("TEE-M|ber") == [(1, {"tr-1": 4}, None)]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (an_asn("tr-1"), a_sent_transfer(), "transfer_id: an ASN of mills has this id: send it under another"),
        (a_sent_transfer(), an_asn("tr-1", revision=2), "asn_id: a transfer has this id: send it under another"),
    ],
    ids=["a transfer second", "an ASN second"],
)
async def test_a_transfer_and_an_asn_never_share_an_id(dock: Dock, first: Fact, second: Fact, why: str) -> None:
    await dock.hears(a_node(), a_node("ber"), a_product(), first)
    before = await dock.inbound("TEE-M|ber"), await dock.inbound()
    await dock.hears(second)
    assert (await dock.inbound("TEE-M|ber"), await dock.inbound()) == before
    (dead,) = await dock.world.admin.fetch("select reason from receiving.dead_letters")
    assert dead["reason"] == why
    await dock.world.admin.execute("delete from receiving.dead_letters")
