"""A launch or a calendar changes: exactly the lines that ship on other days because of it are told, once, and why."""

from datetime import time, timedelta

from shared.contracts.allocations import BackorderReleased
from shared.contracts.promises import BackorderPromised, PromiseMoved
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import MONDAY, a_day, a_node, a_product, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import Desk, set_clock
from tests.integration.allocation.inbound.test_padding import sent


async def in_line(desk: Desk, *supplies: tuple[str, int, int]) -> None:
    """Place one order for each supply, of one unit and with a window."""
    await desk.know()
    await desk.hear(an_inbound(*(a_supply(name, 1, *window) for name, *window in supplies)))
    for n, (name, *_) in enumerate(supplies):
        await desk.hear(an_order(name, completed_at=MONDAY + timedelta(minutes=n)))


async def moves(desk: Desk) -> dict[str, list[tuple[int, int, str]]]:
    """Return first and last day of March, and why, of every move of each order."""
    announced: dict[str, list[tuple[int, int, str]]] = {}
    for event in await desk.told(PromiseMoved):
        announced.setdefault(event.order_id, []).extend(
            (line.after.earliest.day, line.after.latest.day, line.reason) for line in event.lines
        )
    return announced


async def test_a_later_launch_moves_only_the_lines_that_would_ship_before_it_once(desk: Desk) -> None:
    await in_line(desk, ("near", 9, 10), ("middle", 11, 18), ("far", 23, 24))
    await desk.hear(a_product(version=2, launch_on=a_day(17)))
    await desk.decide_due()
    why = "the launch day changed"
    assert await moves(desk) == {"near": [(17, 17, why)], "middle": [(17, 18, why)]}
    await desk.hear(a_product(version=3, launch_on=a_day(17), price=2500))
    await desk.decide_due()
    assert await moves(desk) == {"near": [(17, 17, why)], "middle": [(17, 18, why)]}


async def test_a_line_is_a_pre_order_until_its_launch_whatever_comes_before(desk: Desk) -> None:
    await desk.know("TEE-M", launch_on=a_day(17))
    await desk.hear(an_inbound(a_supply(units=5, earliest=9, latest=10)), an_order("o1"))
    (event,) = await desk.told(BackorderPromised)
    assert [(line.kind, line.after.earliest.day) for line in event.lines] == [("preorder", 17)]
    await set_clock(desk.admin, MONDAY + timedelta(days=9))
    await desk.hear(an_inbound(a_supply(units=5, earliest=24, latest=29), version=2))
    assert [line.kind for event in await desk.told(PromiseMoved) for line in event.lines] == ["backorder"]


async def test_an_earlier_launch_brings_lines_forward_to_their_supplies(desk: Desk) -> None:
    await desk.know("TEE-M", launch_on=a_day(22))
    await desk.hear(an_inbound(a_supply("near", 1, 9, 10), a_supply("far", 1, 23, 24)))
    await desk.hear(an_order("near"), an_order("not yet", completed_at=MONDAY + timedelta(minutes=1)))
    await desk.hear(a_product(version=2, launch_on=a_day(9)))
    await desk.decide_due()
    assert await moves(desk) == {"near": [(9, 10, "the launch day changed")]}


async def test_a_holiday_moves_only_the_lines_that_would_ship_on_it(desk: Desk) -> None:
    await in_line(desk, ("near", 9, 10), ("middle", 11, 12), ("far", 23, 24))
    await desk.hear(a_node(zone="UTC", version=2, holidays=frozenset({a_day(12)})))
    await desk.decide_due()
    assert await moves(desk) == {"middle": [(11, 15, "the node's calendar changed")]}


async def test_days_that_passed_before_a_calendar_changes_move_nobody(desk: Desk) -> None:
    """The range began on Tuesday; it is Thursday, and Friday week becomes a holiday."""
    await in_line(desk, ("near", 9, 15), ("far", 10, 19))
    await set_clock(desk.admin, MONDAY + timedelta(days=3))
    await desk.hear(a_node(zone="UTC", version=2, holidays=frozenset({a_day(19)})))
    await desk.decide_due()
    assert await moves(desk) == {"far": [(11, 22, "the node's calendar changed")]}


async def test_a_padded_line_keeps_its_range_when_a_holiday_does_not_touch_it(desk: Desk) -> None:
    await in_line(desk, ("o1", 16, 22))
    await desk.hear(sent())
    await desk.hear(an_inbound(a_supply("o1", 1, 18, 24), version=2))
    await desk.hear(sent(2, "moved"))
    assert await desk.waiting() == [("o1", 1, (18, 26))]
    await desk.hear(a_node(zone="UTC", version=2, holidays=frozenset({a_day(12)})))
    await desk.decide_due()
    assert await desk.waiting() == [("o1", 1, (18, 26))]


async def test_an_earlier_cut_off_and_a_slower_floor_count(desk: Desk) -> None:
    await in_line(desk, ("near", 8, 8), ("far", 9, 10))
    await desk.hear(an_order("second", completed_at=MONDAY + timedelta(hours=1)))
    await desk.hear(an_inbound(a_supply("near", 1, 8, 8), a_supply("far", 2, 9, 10), version=2))
    slower = a_node(zone="UTC", version=2, orders_per_day=1)
    await desk.hear(slower.model_copy(update={"cut_off": time(7)}))
    await desk.decide_due()
    why = "the node's calendar changed"
    announced = await moves(desk)
    assert (announced["near"], announced["second"][-1]) == ([(9, 9, why)], (9, 11, why))
    assert "far" not in announced


async def test_two_changes_before_a_notice_are_one_move(desk: Desk) -> None:
    await in_line(desk, ("near", 9, 10))
    await desk.hear(a_product(version=2, launch_on=a_day(15)))
    await desk.hear(a_product(version=3, launch_on=a_day(16)))
    await desk.hear(a_node(zone="UTC", version=2, holidays=frozenset({a_day(16)})))
    await desk.decide_due()
    assert await moves(desk) == {"near": [(17, 17, "the node's calendar changed")]}


async def test_a_policy_moves_no_promise_that_was_given(desk: Desk) -> None:
    await in_line(desk, ("near", 9, 10))
    await desk.hear(PolicyUpserted(merchant="acme", version=1, padding_days=9, hold_days=1, longest_wait_days=1))
    await desk.decide_due()
    assert await moves(desk) == {}


async def test_a_line_whose_supply_changes_with_the_launch_is_promised_once(desk: Desk) -> None:
    await desk.know("TEE-M", launch_on=a_day(12), lead_time_days=1)
    await desk.hear(landed(1, supply_id=None))
    await desk.hear(an_order("gated", ship_not_before=a_day(11)))
    await desk.hear(an_order("behind", completed_at=MONDAY + timedelta(minutes=1)))
    await desk.hear(a_product(version=2))
    await desk.decide_due()

    assert [order.order_id for order in await desk.told(BackorderReleased)] == ["behind"]
    assert [row[:2] for row in await desk.waiting()] == [("gated", 1)]
    assert await desk.admin.fetchval("select count(*) from timers where due_at <= clock()") == 0
