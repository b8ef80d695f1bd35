"""What a supplier owes is on its way from the day it is ordered, until it came, is announced, or is called off."""

from shared.contracts.fields import DateRange
from shared.contracts.inbound import InboundChanged, Supply
from shared.testing.builders import a_day, a_node, a_product
from shared.testing.suppliers import a_purchase_order, an_order_line
from tests.integration.receiving.conftest import Dock


async def test_an_ordered_line_is_inbound(dock: Dock) -> None:
    (_, _, order) = await dock.hears(a_node(), a_product(), a_purchase_order())
    (news,) = await dock.world.bus.told(InboundChanged)
    event_id = dict(order.headers)["ce_id"].decode()  # type: ignore[union-attr]
    assert news.supplies == (
        Supply(
            supply_id="po/1", expected_units=10, window=DateRange(earliest=a_day(10), latest=a_day(23)),
            basis="purchase_order", reliable_on=a_day(10), supplier_id="mills", cause=f"test/{event_id}",
            reason="purchase order po line 1: due 9 March",
        ),
    )  # fmt: skip


async def test_a_newer_version_replaces_the_one_before(dock: Dock) -> None:
    both = (an_order_line("1"), an_order_line("2", 5, sku="MUG"))
    await dock.hears(a_node(), a_product(), a_product("MUG", packs=()), a_purchase_order("po", *both))
    await dock.hears(a_purchase_order("po", an_order_line("1", 12), version=3))
    await dock.hears(a_purchase_order("po", an_order_line("1", 99), version=2))
    assert await dock.inbound() == [(1, {"po/1": 10}, None), (2, {"po/1": 12}, None)]
    assert await dock.inbound("MUG|ams") == [(1, {"po/2": 5}, None), (2, {}, None)]


async def test_a_final_line_owes_nothing(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(), a_purchase_order())
    await dock.hears(a_purchase_order("po", an_order_line(final=True), version=2))
    assert await dock.inbound() == [(1, {"po/1": 10}, None), (2, {}, None)]


async def test_a_purchase_order_waits_for_its_node(dock: Dock) -> None:
    await dock.hears(a_product(), a_purchase_order())
    assert await dock.waiting() == ["node:ams"]
    await dock.hears(a_node())
    assert await dock.inbound() == [(1, {"po/1": 10}, None)]
