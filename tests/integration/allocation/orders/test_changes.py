"""Orders change while they wait: units that come free go to the next in line in the same transaction."""

from datetime import timedelta
from typing import Any

from shared.contracts.allocations import (
    BackorderReleased,
    CancelRefused,
    LineCancelled,
    StopRequested,
)
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.orders import (
    LinePriorityChanged,
    LineSwapped,
    OrderHeld,
    OrderLineCancelled,
    OrderLineChanged,
    OrderUnheld,
    RefundMade,
)
from shared.contracts.promises import PromiseMoved
from shared.contracts.settings import PolicyUpserted
from shared.contracts.shipments import StopAnswered
from shared.testing.builders import MONDAY, a_day, a_line, a_node, a_supply, an_inbound, an_order, landed
from shared.testing.stock import shorted
from tests.integration.allocation.conftest import AT_ONCE, Desk, set_clock
from tests.integration.allocation.stock.test_shipments import shipped


def said(number: int = 1, order: str = "o1", **more: Any) -> dict[str, Any]:
    """Return what every change says."""
    return {"order_id": order, "change_no": number, "changed_at": MONDAY, **more}


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


async def three_wait(desk: Desk, *units: int) -> None:
    """Let orders a, b and c wait in this order for one truck of 10, and further units on the 25th."""
    await desk.know()
    await desk.hear(AT_ONCE, an_inbound(a_supply(units=10), a_supply("far", 90, 25, 26)))
    for place, (order, n) in enumerate(zip("abc", units, strict=True)):
        await desk.hear(an_order(order, a_line(units=n), completed_at=MONDAY + minutes(place)))


async def test_units_that_are_cancelled_while_they_wait_move_those_behind_up(desk: Desk) -> None:
    await three_wait(desk, 4, 6, 2)
    await desk.hear(OrderLineCancelled(**said(order="a"), line_id="1", units=2))

    (event,) = await desk.told(LineCancelled)
    assert [(x.line_id, x.units, x.left, x.line_version) for x in event.lines] == [("1", 2, 2, 2)]
    (moved,) = await desk.told(PromiseMoved, "c")
    assert moved.lines[0].after.latest == a_day(22)
    assert await desk.waiting() == [("a", 2, (16, 22)), ("b", 6, (16, 22)), ("c", 2, (16, 22))]


async def test_a_line_that_is_cancelled_whole_leaves_the_queue(desk: Desk) -> None:
    await three_wait(desk, 4, 6, 2)
    await desk.hear(OrderLineCancelled(**said(order="b"), line_id="1", units=6))

    assert await desk.waiting() == [("a", 4, (16, 22)), ("c", 2, (16, 22))]


async def test_a_cancel_heard_twice_cancels_once(desk: Desk) -> None:
    await three_wait(desk, 4, 6, 2)
    cancel = OrderLineCancelled(**said(order="a"), line_id="1", units=1)
    await desk.hear(cancel, cancel)
    await desk.hear(cancel)

    assert [row[:2] for row in await desk.waiting()] == [("a", 3), ("b", 6), ("c", 2)]


async def test_changes_are_made_in_the_order_of_their_numbers(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1", a_line(units=9)))
    await desk.hear(OrderLineChanged(**said(2), line_id="1", units=4))
    assert await desk.parked() == ["change:o1|test|1"]
    await desk.hear(OrderLineChanged(**said(1), line_id="1", units=6))

    assert [row[:2] for row in await desk.waiting()] == [("o1", 4)]


async def test_a_released_cancel_asks_the_floor_and_leaves_the_units_where_they_are(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(5, supply_id=None))
    await desk.hear(an_order("o1", a_line(units=3)))
    await desk.hear(OrderLineCancelled(**said(), line_id="1", units=2))

    (event,) = await desk.told(StopRequested)
    assert [(x.line_id, x.units) for x in event.lines] == [("1", 2)]
    assert await desk.told(LineCancelled) == []


async def released_and_stopping(desk: Desk) -> str:
    """Return three units on the floor, two of which the customer does not want any more; the name of what was asked."""
    await desk.know()
    await desk.hear(landed(3, supply_id=None))
    await desk.hear(an_order("o1", a_line(units=3)), an_order("o2", a_line(), completed_at=MONDAY + minutes(1)))
    await desk.hear(OrderLineCancelled(**said(), line_id="1", units=2))
    (asked,) = await desk.told(StopRequested)
    return str(asked.stop_id)


def answered(stop_id: str, units: int, stopped: bool = True) -> StopAnswered:
    return StopAnswered(
        order_id="o1", stop_id=stop_id, line_id="1", units=units, stopped=stopped, answered_at=MONDAY
    )  # fmt: skip


async def test_units_that_the_floor_put_back_go_to_the_next_in_line(desk: Desk) -> None:
    name = await released_and_stopping(desk)
    stop = answered(name, 2)
    await desk.hear(stop, stop)
    await desk.hear(answered(name, 2))

    (event,) = await desk.told(LineCancelled)
    assert [(x.units, x.left) for x in event.lines] == [(2, 1)]
    assert {r.order_id: r.lines[0].units for r in await desk.told(BackorderReleased)} == {"o2": 1}


async def test_a_stop_the_floor_cannot_do_stays_open_until_shipment(desk: Desk) -> None:
    name = await released_and_stopping(desk)
    await desk.hear(answered(name, 2, stopped=False))
    assert (await desk.told(LineCancelled), await desk.told(CancelRefused)) == ([], [])

    await desk.hear(shipped(2, 2))
    (refused,) = await desk.told(CancelRefused)
    assert (refused.change_no, [(x.line_id, x.units) for x in refused.lines]) == (1, [("1", 1)])
    await desk.hear(answered(name, 1))
    ((line,),) = [event.lines for event in await desk.told(LineCancelled)]
    assert (line.units, line.cause) == (1, refused.request), "the rest, by the same request"
    assert refused.cause != refused.request, "what left refused it"


async def test_units_to_be_stopped_that_no_picker_found_are_cancelled_and_not_awaited(desk: Desk) -> None:
    await released_and_stopping(desk)
    await desk.hear(shorted(3, 2))

    assert [x.units for event in await desk.told(LineCancelled) for x in event.lines] == [2]
    assert await desk.told(CancelRefused) == []
    assert [row[:2] for row in await desk.waiting()] == [("o1", 1), ("o2", 1)]


async def test_more_than_was_ordered_cannot_be_cancelled(desk: Desk) -> None:
    await three_wait(desk, 4, 6, 2)
    await desk.hear(OrderLineCancelled(**said(order="c"), line_id="1", units=5))

    (refused,) = await desk.told(CancelRefused)
    assert (refused.change_no, [(x.line_id, x.units) for x in refused.lines]) == (1, [("1", 3)])
    assert refused.request == refused.cause
    assert [row[:2] for row in await desk.waiting()] == [("a", 4), ("b", 6)]


async def test_a_line_that_the_order_has_not_got_is_named_to_a_person(desk: Desk) -> None:
    await three_wait(desk, 4, 6, 2)
    await desk.hear(OrderLineCancelled(**said(order="c"), line_id="7", units=1))

    (event,) = await desk.told(ExceptionChanged)
    assert (event.exception_class, event.subject) == ("request_refused", "c")
    assert "no line 7" in event.facts["todo"]


async def test_an_exception_is_settled_with_who_and_why(desk: Desk) -> None:
    await three_wait(desk, 4, 6, 2)
    await desk.hear(OrderLineCancelled(**said(order="c"), line_id="7", units=1))
    (found,) = await desk.told(ExceptionChanged)
    asked = ExceptionSettleRequested(exception_id=found.exception_id, by="iris", why="there was never a line 7")
    late = asked.model_copy(update={"by": "otto"})
    await desk.hear(asked, late)
    await desk.hear(asked, late, asked.model_copy(update={"exception_id": "nobody's"}))

    _, settled = await desk.told(ExceptionChanged)
    assert (settled.state, settled.version, settled.subject) == ("settled", 2, "c")
    assert settled.facts == {**found.facts, "settled_by": "iris", "why": "there was never a line 7"}
    assert await desk.dead() == await desk.parked() == []


async def test_more_units_queue_as_a_new_line_at_the_end(desk: Desk) -> None:
    await three_wait(desk, 4, 4, 2)
    await set_clock(desk.admin, MONDAY + minutes(10))
    changed = said(order="a") | {"changed_at": MONDAY + minutes(9)}
    await desk.hear(OrderLineChanged(**changed, line_id="1", units=6, new_line_id="1b"))

    assert [row[:2] for row in await desk.waiting()] == [("a", 4), ("b", 4), ("c", 2), ("a", 2)]


async def test_a_swapped_line_leaves_its_queue_and_joins_the_other_as_of_the_swap(desk: Desk) -> None:
    await desk.know("TEE-M", "TEE-L")
    await desk.hear(an_inbound(a_supply(units=4)), an_inbound(a_supply("asn-2", 5), sku="TEE-L"))
    await desk.hear(an_order("a", a_line(units=4)), an_order("b", a_line(units=4), completed_at=MONDAY + minutes(1)))
    await desk.hear(an_order("l", a_line(sku="TEE-L", units=2), completed_at=MONDAY + minutes(2)))
    await set_clock(desk.admin, MONDAY + minutes(10))
    swap = said(order="a") | {"changed_at": MONDAY + minutes(5)}
    await desk.hear(LineSwapped(**swap, line_id="1", new_line_id="2", sku="TEE-L", unit_price=100))

    assert await desk.waiting() == [("l", 2, (16, 22)), ("a", 4, None), ("b", 4, (16, 22))]
    (cancelled,) = await desk.told(LineCancelled)
    assert [(line.units, line.new_line_id) for line in cancelled.lines] == [(4, "2")]


async def test_an_order_held_for_two_reasons_waits_until_both_are_gone(desk: Desk) -> None:
    await three_wait(desk, 3, 3, 3)
    await desk.hear(OrderHeld(**said(order="a"), kind="fraud"), OrderHeld(**said(2, "a"), kind="payment"))
    await desk.hear(OrderUnheld(**said(3, "a"), kind="fraud"))
    await desk.hear(landed(1, 1))

    assert [r.order_id for r in await desk.told(BackorderReleased)] == ["b"]


async def test_support_moves_a_line_and_its_losers_are_told(desk: Desk) -> None:
    await three_wait(desk, 5, 5, 5)
    move = LinePriorityChanged(
        **said(order="c"), line_id="1", queue_at=MONDAY - minutes(1), by="support/kim", reason="promised on the phone"
    )
    await desk.hear(move)

    assert await desk.waiting() == [("c", 5, (16, 22)), ("a", 5, (16, 22)), ("b", 5, (25, 26))]
    moved = {m.order_id: m.lines[0].after.latest for m in await desk.told(PromiseMoved)}
    assert moved == {"c": a_day(22), "b": a_day(26)}
    assert [tuple(row) for row in await desk.admin.fetch("select order_id, moved_by, reason from moves")] == [
        ("c", "support/kim", "promised on the phone")
    ]


async def test_units_taken_from_a_line_that_was_just_added_are_gone(desk: Desk) -> None:
    await three_wait(desk, 4, 4, 2)
    await desk.hear(
        OrderLineChanged(**said(1, "a"), line_id="1", units=7, new_line_id="2"),
        OrderLineChanged(**said(2, "a"), line_id="2", units=1),
    )
    waiting = await desk.admin.fetch("select line_id, units from queue where order_id = 'a' order by line_id")
    assert [tuple(row) for row in waiting] == [("1", 4), ("2", 1)]


async def test_answers_and_refunds_count_as_changes(desk: Desk) -> None:
    await three_wait(desk, 4, 6, 2)
    await desk.hear(RefundMade(**said(1, "a"), line_ids=("1",), amount=5, made_at=MONDAY))
    await desk.hear(OrderLineCancelled(**said(2, "a"), line_id="1", units=1))

    assert await desk.parked() == []
    assert next(row[:2] for row in await desk.waiting()) == ("a", 3)


async def test_an_answer_of_the_floor_under_a_new_id_counts_once(desk: Desk) -> None:
    name = await released_and_stopping(desk)
    await desk.hear(answered(name, 1))
    await desk.hear(answered(name, 1))

    assert [x.units for event in await desk.told(LineCancelled) for x in event.lines] == [1]


async def test_further_units_have_the_head_start_of_their_order(desk: Desk) -> None:
    await desk.know()
    await desk.hear(PolicyUpserted(merchant="acme", version=1, head_starts={"vip": 48}))
    await desk.hear(an_order("o1", a_line(units=1), completed_at=MONDAY - timedelta(days=3), priority="vip"))
    await desk.hear(an_order("o2", a_line(units=1), completed_at=MONDAY - timedelta(days=1)))
    await desk.hear(OrderLineChanged(**said(), line_id="1", units=3))

    assert [row[:2] for row in await desk.waiting()] == [("o1", 1), ("o1", 2), ("o2", 1)]


async def test_a_swap_touches_only_the_node_of_its_order(desk: Desk) -> None:
    await desk.know("TEE-M", "TEE-L", "TEE-S")
    await desk.hear(a_node("sfo", zone="UTC"))
    await desk.hear(an_order("o1"), an_order("o2", node="sfo"))
    swaps = (("o1", "TEE-L"), ("o2", "TEE-S"))
    await desk.hear(
        *(LineSwapped(**said(order=o), line_id="1", new_line_id="2", sku=sku, unit_price=100) for o, sku in swaps)
    )

    rows = await desk.admin.fetch("select sku, node from positions order by sku, node")
    assert [tuple(row) for row in rows] == [("TEE-L", "ams"), ("TEE-M", "ams"), ("TEE-M", "sfo"), ("TEE-S", "sfo")]
