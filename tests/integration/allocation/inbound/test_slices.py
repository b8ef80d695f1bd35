"""A change that moves many lines is told in parts, each in a transaction of its own: each line once, and why."""

from datetime import timedelta

import pytest

from services.allocation.handlers.clock import due
from services.allocation.handlers.decision import renew
from services.allocation.store import timers
from shared.contracts.promises import PromiseMoved, PromiseWithdrawn
from shared.messaging.transaction import begin
from shared.messaging.wire import unpack
from shared.testing.builders import MONDAY, a_day, a_line, a_node, a_product, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import Desk, set_clock

WHY = "the truck is late"


@pytest.fixture
async def five(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return a desk where five lines wait for one truck; a transaction promises two of them anew."""
    monkeypatch.setattr(renew, "SLICE", 2)
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=9)))
    for minute, name in enumerate("abcde"):
        await desk.hear(an_order(name, completed_at=MONDAY + timedelta(minutes=minute)))
    return desk


async def moves(desk: Desk) -> list[tuple[str, int]]:
    """Return every move in the order of telling: the order, and the last day of its range."""
    return [
        (e.order_id, line.after.latest.day) for e in await desk.told(PromiseMoved) for line in e.lines if line.after
    ]


async def test_each_line_is_told_once_and_of_the_event_behind_it(five: Desk) -> None:
    (slip,) = await five.hear(an_inbound(a_supply(units=9, earliest=19, latest=26, reason=WHY), version=2))
    assert await moves(five) == [("a", 26), ("b", 26)]
    await five.check()
    await five.decide_due()
    assert await moves(five) == [(name, 26) for name in "abcde"]
    lines = [line for event in await five.told(PromiseMoved) for line in event.lines]
    assert {(line.reason, line.cause) for line in lines} == {(WHY, lines[0].cause)}
    rows = await five.admin.fetch("select headers from outbox where topic = 'promises.v1' order by id desc limit 5")
    spans = {(dict(unpack(row["headers"]))["traceparent"] or b"").split(b"-")[1] for row in rows}
    assert spans == {(dict(slip.headers)["traceparent"] or b"").split(b"-")[1]}


async def test_a_second_slip_meets_the_first_half_told(five: Desk) -> None:
    await five.hear(an_inbound(a_supply(units=9, earliest=19, latest=26), version=2))
    await five.hear(an_inbound(a_supply(units=9, earliest=22, latest=29, reason=WHY), version=3))
    assert await moves(five) == [("a", 26), ("b", 26), ("a", 29), ("b", 29)]
    await five.decide_due()
    assert (await moves(five))[4:] == [("c", 29), ("d", 29), ("e", 29)], "nobody hears of a day that is no more"
    assert {line.reason for event in (await five.told(PromiseMoved))[2:] for line in event.lines} == {WHY}


async def test_a_slip_that_is_taken_back_between_moves_only_those_who_were_told(five: Desk) -> None:
    await five.hear(an_inbound(a_supply(units=9, earliest=19, latest=26), version=2))
    await five.hear(an_inbound(a_supply(units=9), version=3))
    await five.decide_due()
    assert [name for name, _ in await moves(five)] == ["a", "b", "a", "b"]


async def test_who_joins_or_leaves_between_is_not_told_of_the_slip(five: Desk) -> None:
    await five.hear(an_inbound(a_supply(units=9, earliest=19, latest=26), version=2))
    await five.hear(an_order("z", a_line(units=2), completed_at=MONDAY + timedelta(minutes=9)))
    assert (await five.waiting())[-1] == ("z", 2, (19, 26))
    await five.decide_due()
    assert await moves(five) == [(name, 26) for name in "abcde"]


async def test_a_truck_that_is_cancelled_withdraws_every_promise(five: Desk) -> None:
    await five.hear(an_inbound(version=2))
    assert len(await five.told(PromiseWithdrawn)) == 2
    await five.decide_due()
    assert [event.order_id for event in await five.told(PromiseWithdrawn)] == [*"abcde"]


async def test_a_launch_and_two_calendars_in_parts_move_only_those_that_ship_on_other_days(five: Desk) -> None:
    """Days that passed before a change came move nobody, nor does a calendar that was taken back before it counted."""
    await set_clock(five.admin, MONDAY + timedelta(days=3))
    await five.hear(a_node(zone="UTC", version=2, holidays=frozenset({a_day(22)})))
    await five.hear(a_node(zone="UTC", version=3, holidays=frozenset({a_day(30)})))
    await five.decide_due()
    assert await moves(five) == [], "it was never told of the first"
    await five.hear(a_product(version=2, launch_on=a_day(23)))
    await five.decide_due()
    assert await moves(five) == [(name, 23) for name in "abcde"]


async def test_a_calendar_that_changes_between_two_parts_counts_from_what_each_line_was_promised_by(five: Desk) -> None:
    await five.hear(a_node(zone="UTC", version=2, holidays=frozenset({a_day(22)})))
    await one_part(five)
    assert await moves(five) == [("a", 23), ("b", 23)]
    await five.hear(a_node(zone="UTC", version=3, holidays=frozenset()))
    await five.decide_due()
    assert await moves(five) == [("a", 23), ("b", 23), ("a", 22), ("b", 22)], "the others never moved"


async def test_a_limit_of_the_floor_that_ends_moves_every_line_that_waited_for_it(five: Desk) -> None:
    """Two orders a day ship: the fifth would ship two working days after the first."""
    await five.hear(a_node(zone="UTC", version=2, orders_per_day=2))
    await five.decide_due()
    assert await moves(five) == [("c", 23), ("d", 23), ("e", 24)]
    await five.hear(a_node(zone="UTC", version=3))
    await five.decide_due()
    assert (await moves(five))[3:] == [("c", 22), ("d", 22), ("e", 22)]
    reasons = {line.reason for event in await five.told(PromiseMoved) for line in event.lines}
    assert reasons == {"the node's calendar changed"}


async def test_a_launch_that_takes_a_covered_lines_units_says_so(desk: Desk) -> None:
    await desk.know()
    await desk.hear(a_node(zone="UTC", version=2, orders_per_day=1))
    for minute, name in enumerate("ab"):
        await desk.hear(an_order(name, completed_at=MONDAY + timedelta(minutes=minute)))
    await desk.hear(landed(2, supply_id=None))
    assert await desk.covered() == [("b", 1, "load")]
    await desk.hear(a_product(version=2, launch_on=a_day(22)))
    await desk.decide_due()
    assert await desk.covered() == []
    (event,) = await desk.told(PromiseWithdrawn)
    assert (event.order_id, event.lines[0].reason) == ("b", "the launch day changed")


async def one_part(desk: Desk) -> None:
    """Decide what is due, once."""
    async with begin(desk.worker.pool, "test", desk.worker.bell) as tx:
        await due.decide_positions(tx, await timers.due(tx, "position", 9))
