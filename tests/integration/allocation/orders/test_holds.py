"""An order that is held after its release: the floor is asked to stop, and what it put back waits at its old place."""

from shared.contracts.allocations import (
    AllocationRevoked,
    BackorderReleased,
    CancelRefused,
    LineAllocated,
    LineCancelled,
    StopRequested,
)
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import OrderHeld, OrderLineCancelled, OrderUnheld
from shared.testing.builders import MONDAY, a_line, an_order, landed
from shared.testing.stock import shorted
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.orders.test_changes import answered, minutes, said
from tests.integration.allocation.stock.test_shipments import shipped


async def held_on_the_floor(desk: Desk) -> str:
    """Let 2 units of o1 be on the floor while o2 waits, hold o1, and return what the floor was asked to stop."""
    await desk.know()
    await desk.hear(landed(2, supply_id=None))
    await desk.hear(an_order("o1", a_line(units=2)), an_order("o2", a_line(), completed_at=MONDAY + minutes(1)))
    await desk.hear(OrderHeld(**said(), kind="fraud"))
    (asked,) = await desk.told(StopRequested)
    assert (asked.purpose, [(line.line_id, line.units) for line in asked.lines]) == ("hold", [("1", 2)])
    return str(asked.stop_id)


async def released(desk: Desk) -> list[tuple[str, int]]:
    """Return who got how many units after waiting."""
    return [(event.order_id, line.units) for event in await desk.told(BackorderReleased) for line in event.lines]


async def test_what_the_floor_put_back_keeps_its_place_and_the_next_is_served(desk: Desk) -> None:
    stop_id = await held_on_the_floor(desk)
    await desk.hear(answered(stop_id, 2), answered(stop_id, 2))

    (revoked,) = await desk.told(AllocationRevoked)
    (line,) = revoked.lines
    assert (line.units, line.was_released, line.reason) == (2, True, "the order is held: fraud")
    assert await released(desk) == [("o2", 1)]
    assert [row[:2] for row in await desk.waiting()] == [("o1", 2)]
    assert await desk.told(ExceptionChanged) == []

    await desk.hear(OrderUnheld(**said(2), kind="fraud"), landed(1, 2))
    assert await released(desk) == [("o2", 1), ("o1", 2)]


async def test_what_left_before_the_floor_could_stop_it_is_named_to_a_person(desk: Desk) -> None:
    stop_id = await held_on_the_floor(desk)
    await desk.hear(answered(stop_id, 2, stopped=False), shipped(2, 2))

    (event,) = await desk.told(ExceptionChanged)
    assert (event.exception_class, event.subject, event.facts["units"]) == ("held_order_shipped", "o1", "2")
    await desk.hear(answered(stop_id, 2))
    assert await desk.told(AllocationRevoked) == await desk.told(CancelRefused) == []


async def test_a_picker_who_does_not_find_them_leaves_nothing_to_stop(desk: Desk) -> None:
    stop_id = await held_on_the_floor(desk)
    await desk.hear(shorted(2, 2), answered(stop_id, 2))

    assert [row[:2] for row in await desk.waiting()] == [("o1", 2), ("o2", 1)]
    assert [event for event in await desk.told(ExceptionChanged) if event.exception_class == "held_order_shipped"] == []


async def test_a_second_reason_to_hold_asks_the_floor_nothing_more(desk: Desk) -> None:
    await held_on_the_floor(desk)
    await desk.hear(OrderHeld(**said(2), kind="payment"))
    assert len(await desk.told(StopRequested)) == 1


async def test_units_that_are_held_and_cancelled_are_cancelled_whichever_the_floor_answers(desk: Desk) -> None:
    hold_id = await held_on_the_floor(desk)
    await desk.hear(OrderLineCancelled(**said(2), line_id="1", units=1))
    _, cancel = await desk.told(StopRequested)
    await desk.hear(answered(hold_id, 2))

    assert [(x.units, x.left) for event in await desk.told(LineCancelled) for x in event.lines] == [(1, 1)]
    assert [x.units for event in await desk.told(AllocationRevoked) for x in event.lines] == [1]
    await desk.hear(answered(cancel.stop_id, 1))
    assert [row[:2] for row in await desk.waiting()] == [("o1", 1)]
    assert await released(desk) == [("o2", 1)]


async def test_the_cancel_may_be_answered_first(desk: Desk) -> None:
    hold_id = await held_on_the_floor(desk)
    await desk.hear(OrderLineCancelled(**said(2), line_id="1", units=1))
    _, cancel = await desk.told(StopRequested)
    await desk.hear(answered(cancel.stop_id, 1))
    assert await desk.told(AllocationRevoked) == []
    await desk.hear(answered(hold_id, 1))
    assert [row[:2] for row in await desk.waiting()] == [("o1", 1)]
    assert [x.units for event in await desk.told(LineCancelled) for x in event.lines] == [1]


async def test_an_order_that_was_served_at_once_waits_like_any_other_once_it_is_stopped(desk: Desk) -> None:
    stop_id = await held_on_the_floor(desk)
    assert [event.order_id for event in await desk.told(LineAllocated)] == ["o1"]
    await desk.hear(OrderUnheld(**said(2), kind="fraud"), answered(stop_id, 2))
    assert [event.order_id for event in await desk.told(LineAllocated)] == ["o1", "o1"], "and not o2, which came later"
