"""Units that are not there any more: who loses them, who hears of it, and what they are promised instead."""

from datetime import timedelta
from typing import Any

from shared.contracts.allocations import AllocationRevoked, BackorderReleased, LineAllocated
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.promises import BackorderPromised, PromiseMoved
from shared.contracts.queues import QueueChanged
from shared.testing.builders import (
    MONDAY,
    a_day,
    a_line,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from shared.testing.stock import a_movement, adjusted, counted, relabelled, shorted, turned
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.stock.test_shipments import on_hand, owned, shipped


async def served(desk: Desk) -> None:
    """Serve o1 and o2, a minute later, which waited for two units each, with units of L1."""
    await desk.know()
    await desk.hear(an_inbound(a_supply("near", 4, 16, 17), a_supply("far", 9, 23, 24)))
    await desk.hear(an_order("o1", a_line(units=2)))
    await desk.hear(an_order("o2", a_line(units=2), completed_at=MONDAY + timedelta(minutes=1)))
    await desk.hear(landed(4, 1, supply_id="near", lot="L1", expires_on=a_day(30)))


def lines_of(told: list[Any]) -> list[tuple[Any, ...]]:
    """Return order, version, units."""
    return [(row.order_id, line.line_version, line.units) for row in told for line in row.lines]


async def test_a_count_that_finds_less_revokes_the_last_in_line_and_tells_everyone(desk: Desk) -> None:
    await served(desk)
    await desk.hear(counted(-1, 2, lot="L1"))

    (revoked,) = await desk.told(AllocationRevoked)
    (line,) = revoked.lines
    assert (revoked.order_id, line.line_version, line.units) == ("o2", 3, 1)
    assert [(lot.lot, lot.expires_on, lot.units) for lot in line.lots] == [("L1", a_day(30), 1)]
    assert (line.reason, line.cause) == ("a count found less", "floor/count")
    (moved,) = await desk.told(PromiseMoved)
    assert lines_of([moved]) == [("o2", 4, 1)]
    assert (moved.lines[0].before.latest, moved.lines[0].after.latest) == (a_day(17), a_day(24))
    assert moved.lines[0].reason == "a count found less"
    (exception,) = await desk.told(ExceptionChanged)
    assert (exception.exception_class, exception.subject, exception.facts["units"]) == (
        "released_line_revoked", "o2", "1",
    )  # fmt: skip
    await desk.hear(ExceptionSettleRequested(exception_id=exception.exception_id, by="iris", why="put back"))
    assert (await desk.told(ExceptionChanged))[-1].state == "settled"
    assert await desk.waiting() == [("o2", 1, (23, 24))]


async def test_free_units_leave_before_owned_ones(desk: Desk) -> None:
    await served(desk)
    await desk.hear(landed(2, 2, supply_id=None, lot="L1", expires_on=a_day(30)))
    await desk.hear(
        adjusted(3, a_movement(-2, "damage", lot="L1"), a_movement(2, "damage", lot="L1", status="damaged"))
    )
    assert await desk.told(AllocationRevoked) == []
    assert await on_hand(desk) == [("L1", 4, 4), ("all", 4, 4)]


async def test_free_units_replace_those_of_the_first_in_line_before_those_of_one_behind(desk: Desk) -> None:
    await served(desk)
    await desk.hear(landed(2, 2, supply_id=None, lot="L2", expires_on=a_day(31)))
    await desk.hear(counted(-4, 3, lot="L1"))
    assert await owned(desk) == [("o1", "1", 2, 0), ("o2", "1", 0, 0)]
    assert [(order, units) for order, units, _ in await desk.waiting()] == [("o2", 2)]


async def test_a_returned_line_is_served_first_when_units_come(desk: Desk) -> None:
    await served(desk)
    await desk.hear(an_order("o3", completed_at=MONDAY + timedelta(minutes=2)))
    await desk.hear(counted(-3, 2, lot="L1"))
    assert [order for order, _, _ in await desk.waiting()] == ["o1", "o2", "o3"]
    await desk.hear(landed(3, 3, supply_id="far"))
    assert await desk.waiting() == [("o3", 1, (23, 24))]


async def test_an_order_from_stock_that_never_waited_joins_the_queue_at_its_own_place(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(2, 1, supply_id=None), an_order("old", a_line(units=2)), an_inbound(a_supply(units=5)))
    await desk.hear(an_order("new", completed_at=MONDAY + timedelta(minutes=5)))
    await desk.hear(counted(-2, 2))
    assert lines_of(await desk.told(AllocationRevoked)) == [("old", 2, 2)]
    assert lines_of(await desk.told(BackorderPromised)) == [("new", 1, 1), ("old", 3, 2)]
    assert [order for order, _, _ in await desk.waiting()] == ["old", "new"]


async def test_a_shorted_line_gets_another_lot_at_once_if_one_is_free(desk: Desk) -> None:
    await served(desk)
    await desk.hear(landed(1, 2, supply_id=None, lot="L2"))
    await desk.hear(shorted(1, 3, "o1", lot="L1"))
    released = (await desk.told(BackorderReleased, "o1"))[-1]
    assert lines_of([released]) == [("o1", 4, 1)]
    assert [lot.lot for lot in released.lines[0].lots] == ["L2"]
    assert not released.lines[0].again
    assert await desk.waiting() == []


async def test_a_customer_who_never_waited_is_not_told_of_other_units(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(2, 1, supply_id=None, lot="L1"), an_order("o1"))
    await desk.hear(shorted(1, 2, "o1", lot="L1"))
    assert lines_of(await desk.told(LineAllocated, "o1")) == [("o1", 1, 1), ("o1", 3, 1)]
    assert await desk.told(BackorderReleased) == await desk.told(BackorderPromised) == []


async def test_a_mistyped_expiry_of_a_lot_is_corrected_for_the_floor(desk: Desk) -> None:
    await served(desk)
    await desk.hear(relabelled(4, 2, {"lot": "L1"}, {"lot": "L1", "expires_on": a_day(25)}))
    again = [line for event in await desk.told(BackorderReleased) for line in event.lines if line.again]
    assert [lot.expires_on for line in again for lot in line.lots] == [a_day(25), a_day(25)]


async def test_a_mis_pick_swaps_the_lots_between_the_lines(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(1, 1, supply_id=None, lot="L1"), an_order("o1"))
    await desk.hear(landed(1, 2, supply_id=None, lot="L2"), an_order("o2", completed_at=MONDAY + timedelta(1)))
    await desk.hear(shipped(1, 3, "o1", lot="L2"))
    assert await owned(desk) == [("o1", "1", 0, 1), ("o2", "1", 1, 0)]
    assert await on_hand(desk) == [("L1", 1, 1), ("L2", 0, 0), ("all", 1, 1)]
    (event,) = await desk.told(BackorderReleased)
    assert (event.order_id, event.lines[0].again, event.lines[0].lots[0].lot) == ("o2", True, "L1")
    assert await desk.told(AllocationRevoked) == []


async def test_arriving_units_replace_lost_ones_and_each_change_is_announced_in_order(
    desk: Desk,
) -> None:
    await served(desk)
    await desk.hear(counted(-2, 2, lot="L1"), landed(1, 3, supply_id="far"))
    assert lines_of(await desk.told(AllocationRevoked)) == [("o2", 3, 1)]
    assert lines_of(await desk.told(BackorderReleased, "o2")) == [("o2", 2, 2), ("o2", 4, 1)]
    assert lines_of(await desk.told(PromiseMoved)) == [("o2", 5, 1)]


async def test_a_hold_that_is_let_go_serves_the_same_line_again(desk: Desk) -> None:
    await served(desk)
    await desk.hear(turned(2, 2, "sellable", "quarantine", "hold", lot="L1"))
    await desk.hear(turned(2, 3, "quarantine", "sellable", "unhold", lot="L1"))
    assert await owned(desk) == [("o1", "1", 2, 0), ("o2", "1", 2, 0)]
    assert await desk.waiting() == []


async def test_a_void_receipt_opens_its_supply_again(desk: Desk) -> None:
    await served(desk)
    await desk.hear(landed(-4, 2, supply_id="near", lot="L1"))
    assert await desk.waiting() == [("o1", 2, (16, 17)), ("o2", 2, (16, 17))]
    assert [line.reason for event in await desk.told(AllocationRevoked) for line in event.lines] == [
        "a receipt was taken back"
    ] * 2
    assert len(await desk.told(PromiseMoved)) == 2, "the same range again: they wait again"


async def test_units_in_rework_are_promised_until_they_leave(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1", a_line(units=3)))
    in_rework = adjusted(1, a_movement(3, "receipt", status="rework"))
    await desk.hear(in_rework)
    (moved,) = await desk.told(PromiseMoved)
    supply = await desk.admin.fetchval("select supply_id from supplies where kind = 'rework'")
    assert (moved.lines[0].supply_id, moved.lines[0].reason) == (supply, "in rework")
    assert supply.startswith("rework/20")
    await desk.hear(turned(2, 2, "rework", "sellable"))
    assert await owned(desk) == [("o1", "1", 2, 0)]
    await desk.hear(turned(1, 3, "rework", "damaged"))
    assert [order for order, _, ships in await desk.waiting() if ships is None] == ["o1"]
    assert await desk.admin.fetchval("select count(*) from supplies where kind = 'rework'") == 0
    assert (await desk.told(AvailabilityChanged))[-1].state == "out_of_stock"


async def test_the_waiting_units_are_announced_only_when_they_change(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1", a_line(units=2)), an_order("o2", a_line(units=1, unit_price=500)))
    await desk.hear(an_inbound(a_supply()))
    await desk.hear(landed(2, 1))
    await desk.hear(landed(1, 2))
    await desk.hear(landed(1, 3))
    await desk.hear(counted(-4, 4))
    events = await desk.told(QueueChanged)
    assert [(q.version, q.waiting_lines, q.waiting_units, q.waiting_value) for q in events] == [
        (1, 2, 3, 4300),
        (2, 1, 1, 500),
        (3, 0, 0, 0),
        (4, 2, 3, 4300),
    ]


async def test_a_date_that_was_mended_while_units_were_kept_back_counts_when_they_return(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(2, 1, supply_id=None, lot="L1", expires_on=a_day(9)))
    await desk.hear(turned(2, 2, "sellable", "quarantine", "hold", lot="L1", expires_on=a_day(9)))
    await desk.hear(turned(2, 3, "quarantine", "sellable", "unhold", lot="L1", expires_on=a_day(25)))
    assert await desk.admin.fetchval("select expires_on from allocation.lots where lot = 'L1'") == a_day(25)


async def test_a_lot_correction_in_rework_delays_nobody(desk: Desk) -> None:
    await desk.know()
    await desk.hear(adjusted(1, a_movement(2, "receipt", status="rework", lot="L1")), an_order("o1"))
    await desk.admin.execute("update supplies set supply_id = 'rework/2027-03-05'")
    await desk.admin.execute("update boundaries set supply_id = 'rework/2027-03-05'")
    before = await desk.waiting()
    await desk.hear(relabelled(2, 2, {"lot": "L1"}, {"lot": "L7"}, status="rework"))
    assert await desk.admin.fetchval("select supply_id from supplies") == "rework/2027-03-05"
    assert await desk.waiting() == before
