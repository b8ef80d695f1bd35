"""Another SKU was shipped under a line: stock of both stays right, and the line waits for its own units again."""

from shared.contracts.allocations import AllocationRevoked, BackorderReleased
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import OrderLineCancelled
from shared.contracts.shipments import ShippedLine
from shared.testing.builders import MONDAY, a_line, a_node, a_shipment, an_order, landed
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.orders.test_changes import minutes, said
from tests.integration.allocation.stock.test_shipments import owned, shipped


async def a_mug_left_under_a_tee(desk: Desk) -> None:
    """Let o1 have a tee on the floor while o2 waits for one, and a mug be shipped under o1's line."""
    await desk.know("TEE-M", "MUG")
    await desk.hear(landed(1, supply_id=None), landed(3, sku="MUG", supply_id=None))
    await desk.hear(an_order("o1"), an_order("o2", completed_at=MONDAY + minutes(1)))
    mug = ShippedLine(line_id="1", sku="MUG", node="ams", units=1)
    left = shipped(1, 2, sku="MUG")
    confirmed = a_shipment("o1", mug)
    await desk.hear(left, confirmed, confirmed)
    await desk.hear(a_shipment("o1", mug))


async def test_a_person_hears_and_the_line_is_served_its_own_sku(desk: Desk) -> None:
    await a_mug_left_under_a_tee(desk)

    (event,) = await desk.told(ExceptionChanged)
    assert (event.exception_class, event.subject) == ("wrong_sku_shipped", "o1")
    assert {event.facts[name] for name in ("sku", "shipped", "units")} == {"TEE-M", "MUG", "1"}
    (revoked,) = await desk.told(AllocationRevoked)
    assert [(line.line_id, line.units, line.reason) for line in revoked.lines] == [
        ("1", 1, "MUG was shipped in its place")
    ]
    assert await owned(desk) == [("o1", "1", 1, 0), ("o2", "1", 0, 0)], "it is the first in line"
    stock = await desk.admin.fetch("select sku, on_hand, allocated from positions order by sku")
    assert [tuple(row) for row in stock] == [("MUG", 2, 0), ("TEE-M", 1, 1)]
    assert await desk.admin.fetchval("select count(*) from unknown_shipments") == 0


async def test_its_units_go_to_the_next_if_the_customer_keeps_what_came(desk: Desk) -> None:
    await a_mug_left_under_a_tee(desk)
    await desk.hear(OrderLineCancelled(**said(), line_id="1", units=1))
    assert [event.order_id for event in await desk.told(BackorderReleased)] == []
    assert await desk.waiting() == [("o2", 1, None)]


async def test_the_right_sku_of_the_same_parcel_counts(desk: Desk) -> None:
    await desk.know("TEE-M", "MUG")
    await desk.hear(landed(1, supply_id=None), landed(3, sku="MUG", supply_id=None))
    await desk.hear(an_order("o1", a_line("1"), a_line("2", "MUG")))
    parcel = [ShippedLine(line_id=line, sku="MUG", node="ams", units=1) for line in ("1", "2")]
    await desk.hear(shipped(1, 2, sku="MUG", line="1", movement_id="a"), shipped(1, 3, sku="MUG", line="2"))
    await desk.hear(a_shipment("o1", *parcel))
    assert await owned(desk) == [("o1", "1", 1, 0), ("o1", "2", 0, 1)]


async def test_a_person_hears_of_units_that_another_node_shipped(desk: Desk) -> None:
    await desk.know()
    await desk.hear(a_node("ber", zone="UTC"), landed(1, supply_id=None))
    await desk.hear(landed(2, supply_id=None).model_copy(update={"node": "ber"}))
    await desk.hear(an_order("o1", node="ams"))
    from_ber = ShippedLine(line_id="1", sku="TEE-M", node="ber", units=1)
    confirmed = a_shipment("o1", from_ber)
    await desk.hear(shipped(1, 2).model_copy(update={"node": "ber"}), confirmed, confirmed)
    (event,) = await desk.told(ExceptionChanged)
    assert (event.exception_class, event.subject) == ("shipped_from_elsewhere", "o1")
    assert (event.facts["node"], event.facts["shipped_from"], event.facts["units"]) == ("ams", "ber", "1")
    assert event.facts["todo"] == "cancel these units of the line, so that ams does not ship them, too"
