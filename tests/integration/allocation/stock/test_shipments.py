"""What leaves the building leaves both sides at once: on hand, and what the line owned."""

from typing import Any

from shared.contracts.allocations import LineAllocated
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.promises import PromiseMoved
from shared.contracts.stock import StockAdjusted
from shared.testing.builders import a_day, a_line, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import Desk


def shipped(units: int, sequence: int, order: str = "o1", line: str = "1", **fields: Any) -> StockAdjusted:
    """Return units of a line that were handed to the carrier."""
    return landed(-units, sequence, supply_id=None, **{"reason": "ship", "order_id": order, "line_id": line, **fields})


async def owned(desk: Desk) -> list[tuple[Any, ...]]:
    """Return order, line, units on the floor, units shipped."""
    rows = await desk.admin.fetch(
        "select order_id, line_id, coalesce((select sum(r.on_floor) from releases r "
        "where r.order_id = l.order_id and r.line_id = l.line_id), 0)::int, shipped "
        "from lines l order by order_id, line_id"
    )
    return [tuple(row) for row in rows]


async def on_hand(desk: Desk) -> list[tuple[Any, ...]]:
    """Return lot, on hand, allocated; the position's last."""
    rows = await desk.admin.fetch(
        "select lot, on_hand, allocated from lots union all select 'all', on_hand, allocated from positions"
    )
    return sorted(tuple(row) for row in rows)


async def test_a_shipment_lowers_on_hand_and_owned_units_together(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(5, 1, supply_id=None), an_order("o1", a_line(units=3)), an_order("o2"))
    await desk.hear(shipped(3, 2))
    assert await owned(desk) == [("o1", "1", 0, 3), ("o2", "1", 1, 0)]
    assert await on_hand(desk) == [("", 2, 1), ("all", 2, 1)]
    pages = await desk.told(AvailabilityChanged, "TEE-M|ams")
    assert [page.available_to_sell for page in pages] == [5, 1], "what is shipped was not for sale before either"


async def test_a_line_may_ship_in_parts_and_from_several_lots(desk: Desk) -> None:
    await desk.know()
    await desk.hear(
        landed(2, 1, lot="L1", expires_on=a_day(20), supply_id=None),
        landed(2, 2, lot="L2", expires_on=a_day(21), supply_id=None),
    )
    await desk.hear(an_order("o1", a_line(units=5)))
    await desk.hear(landed(1, 3, lot="L1", expires_on=a_day(20), supply_id=None))  # a second allocation of the lot
    await desk.hear(shipped(1, 4, lot="L1"))
    await desk.hear(shipped(2, 5, lot="L1"), shipped(2, 6, lot="L2"))
    assert await owned(desk) == [("o1", "1", 0, 5)]
    assert await on_hand(desk) == [("L1", 0, 0), ("L2", 0, 0), ("all", 0, 0)]


async def test_more_than_a_line_owns_eats_free_units(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(5, 1, supply_id=None), an_order("o1", a_line(units=2)))
    await desk.hear(shipped(4, 2))
    assert await owned(desk) == [("o1", "1", 0, 2)]
    assert await on_hand(desk) == [("", 1, 0), ("all", 1, 0)]


async def test_units_shipped_to_a_waiting_line_end_its_wait(desk: Desk) -> None:
    """The floor packed what nobody would have given it: the customer has it all the same."""
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=9)), an_order("o1", a_line(units=5)))
    await desk.hear(landed(3, 1, supply_id=None, lot="late", expires_on=a_day(1)))
    await desk.hear(shipped(2, 2, lot="late"))
    assert await owned(desk) == [("o1", "1", 0, 2)]
    (event,) = await desk.told(PromiseMoved)
    assert (event.lines[0].units, event.lines[0].before == event.lines[0].after) == (3, True)
    await desk.hear(shipped(1, 3, lot="late"), landed(2, 4))
    assert await owned(desk) == [("o1", "1", 2, 3)]
    assert await desk.waiting() == []


async def test_a_parcel_to_somebody_unknown_takes_free_units_first_and_then_from_the_end_of_the_queue(
    desk: Desk,
) -> None:
    await desk.know()
    await desk.hear(landed(5, 1, lot="L1", supply_id=None))
    await desk.hear(an_order("o1", a_line(units=1)), an_order("o2", a_line(units=3)))
    await desk.hear(shipped(3, 2, "nobody", lot="L1"))
    assert await owned(desk) == [("o1", "1", 1, 0), ("o2", "1", 1, 0)]
    assert await desk.waiting() == [("o2", 2, None)]
    assert await desk.dead() == []


async def test_an_order_heard_of_after_its_shipment_has_its_units(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(5, 1, supply_id=None), shipped(3, 2, "o1"))
    await desk.hear(an_order("o1", a_line(units=4)))
    assert await owned(desk) == [("o1", "1", 1, 3)]
    assert await desk.waiting() == []
    (event,) = await desk.told(LineAllocated)
    assert event.lines[0].units == 1, "the floor must not pick again what has left"


async def test_a_shipment_of_another_sku_takes_nothing_that_the_line_owns(desk: Desk) -> None:
    await desk.know("A", "B")
    await desk.hear(landed(2, 1, sku="A", supply_id=None), landed(2, 1, sku="B", supply_id=None))
    await desk.hear(an_order("o1", a_line("1", "A", 2)))
    await desk.hear(shipped(1, 2, sku="B"))
    assert await owned(desk) == [("o1", "1", 2, 0)]
    assert await on_hand(desk) == [("", 1, 0), ("", 2, 2), ("all", 1, 0), ("all", 2, 2)]


async def test_a_lot_keeps_its_expiry_when_units_come_and_leave_in_one_batch(desk: Desk) -> None:
    """A shipment names no expiry."""
    await desk.know()
    await desk.hear(
        landed(3, 1, lot="L1", expires_on=a_day(20), supply_id=None),
        shipped(1, 2, "elsewhere", lot="L1"),
    )
    assert await desk.admin.fetchval("select expires_on from lots") == a_day(20)


async def test_a_lot_has_the_expiry_that_the_ledger_named_last(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(1, 1, lot="L1", supply_id=None))
    await desk.hear(landed(1, 2, lot="L1", expires_on=a_day(20), supply_id=None))
    await desk.hear(landed(1, 3, lot="L1", expires_on=a_day(25), supply_id=None))
    assert await desk.admin.fetchval("select expires_on from lots") == a_day(25)


async def test_units_in_other_statuses_belong_to_nobody(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply("near", 5)), an_order("o1", a_line(units=4)))
    for sequence, status in enumerate(("rework", "quarantine", "damaged"), 1):
        await desk.hear(landed(1, sequence, supply_id="near", status=status))
    assert await on_hand(desk) == [("all", 0, 0)]
    assert await desk.admin.fetchval("select stocked from supplies where kind = 'inbound'") == 3
    assert await desk.waiting() == [("o1", 4, None)]
