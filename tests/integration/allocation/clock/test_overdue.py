"""No promise stands on a day that cannot be met any more: it moves before, once, and then stays for some days."""

from datetime import datetime, timedelta

from shared.contracts.orders import OrderHeld
from shared.contracts.promises import PromiseMoved, PromiseWithdrawn
from shared.testing.builders import MONDAY, a_day, a_line, a_node, a_supply, an_inbound, an_order, landed
from shared.testing.bus import Sent, record_of
from shared.testing.stock import a_movement, adjusted
from tests.integration.allocation.conftest import Desk, set_clock


async def at(desk: Desk, day: int, hour: int = 8) -> None:
    """Let the leader work at an hour of a day of March."""
    await set_clock(desk.admin, MONDAY.replace(day=day, hour=hour))
    await desk.decide_due()


def said_at(sent: Sent, when: datetime) -> Sent:
    """Return the same news, told at another time."""
    stamp = when.isoformat().replace("+00:00", "Z").encode()
    headers = tuple((name, stamp if name == "ce_time" else value) for name, value in sent.headers)
    return Sent(sent.topic, sent.key, sent.body, headers)


async def three_days_of_rework(desk: Desk) -> None:
    """Let two orders wait for two units that were put to rework on Monday, where that takes three days."""
    await desk.know()
    await desk.hear(a_node(zone="UTC", version=2, rework_days=3))
    await desk.hear(an_order("o1"), an_order("o2", completed_at=MONDAY + timedelta(seconds=1)))
    await desk.hear(said_at(record_of(adjusted(1, a_movement(2, "receipt", status="rework"))), MONDAY))


async def moves(desk: Desk) -> list[tuple[str, int, int, str]]:
    """Return order, first and last day of March, and why, of every move."""
    return [
        (event.order_id, line.after.earliest.day, line.after.latest.day, line.reason)
        for event in await desk.told(PromiseMoved)
        for line in event.lines
    ]


async def test_promise_never_in_the_past(desk: Desk) -> None:
    """A month passes, a quarter of a day at a time, without any news."""
    await desk.know()
    await desk.hear(an_inbound(a_supply("truck", 1, 9, 10), a_supply("far", 1, 12, 16)))
    names = ("truck", "rework", "held", "far", "nothing")
    await desk.hear(*(an_order(name, completed_at=MONDAY + timedelta(seconds=n)) for n, name in enumerate(names)))
    await desk.hear(said_at(record_of(adjusted(1, a_movement(1, "receipt", status="rework"))), MONDAY))
    await desk.hear(OrderHeld(order_id="held", change_no=1, changed_at=MONDAY, kind="fraud"))
    await desk.hear(landed(3, 2, supply_id=None, reason="count"))
    await desk.hear(an_order("late", completed_at=MONDAY + timedelta(days=1)))
    for quarter in range(4 * 31):
        now = MONDAY + timedelta(hours=6 * quarter)
        await set_clock(desk.admin, now)
        await desk.decide_due()
        assert [row for row in await desk.admin.fetch("select * from queue") if row["latest"] < now.date()] == []
        await desk.check()


async def test_rework_that_is_not_done_in_time_moves_its_lines_once_before_their_day_ends(desk: Desk) -> None:
    await three_days_of_rework(desk)
    await at(desk, 11, 15)
    before = await moves(desk)
    assert await desk.waiting() == [("o1", 1, (9, 11)), ("o2", 1, (9, 11))]

    await at(desk, 11, 16)
    assert (await moves(desk))[len(before) :] == [
        (order, 12, 16, "rework takes longer than it should") for order in ("o1", "o2")
    ]
    for day in (12, 15, 16):
        await at(desk, day)
    assert len(await moves(desk)) == len(before) + 2, "it stays where it is until that day has passed too"
    await at(desk, 16, 16)
    assert await desk.waiting() == [("o1", 1, (17, 19)), ("o2", 1, (17, 19))]


async def test_only_the_lines_of_an_overdue_supply_move(desk: Desk) -> None:
    await three_days_of_rework(desk)
    await desk.hear(an_inbound(a_supply("far", 5, 22, 23)))
    await desk.hear(an_order("o3", completed_at=MONDAY + timedelta(minutes=1)))
    before = len(await moves(desk))
    await at(desk, 11, 17)
    assert [order for order, *_ in (await moves(desk))[before:]] == ["o1", "o2"]


async def test_undated_promise_does_not_drift_daily(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply("far", 1, 9, 31)))
    await desk.hear(an_order("dated"), an_order("undated", completed_at=MONDAY + timedelta(minutes=1)))
    before = await desk.admin.fetch("select * from outbox order by id")
    for day in range(9, 31):
        await at(desk, day)
    assert await desk.waiting() == [("dated", 1, (9, 31)), ("undated", 1, None)]
    assert await desk.told(PromiseMoved) == await desk.told(PromiseWithdrawn) == []
    assert await desk.admin.fetch("select * from outbox order by id") == before, "days that pass are no news"


async def test_a_held_order_is_moved_by_a_week_not_by_a_day(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order())
    await desk.hear(OrderHeld(order_id="o1", change_no=1, changed_at=MONDAY, kind="fraud"))
    await desk.hear(landed(1, supply_id=None))
    for day in (8, 9, 10, 11, 12, 15):
        await at(desk, day, 15 if day == 15 else 16)
    assert [(first, last) for _, first, last, _ in await moves(desk)] == [(8, 8), (9, 15)]
    await at(desk, 15, 16)
    assert (await moves(desk))[-1] == ("o1", 16, 22, "it is in stock, but could not ship yet")


async def test_an_overdue_truck_is_moved_at_night_and_old_news_never_moves_it_back(
    desk: Desk,
) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply(earliest=9, latest=10)))
    await desk.hear(an_order())
    await at(desk, 10, 23)
    assert await moves(desk) == [], "receiving may speak of it until midnight"
    await at(desk, 11, 1)
    assert await moves(desk) == [("o1", 11, 18, "it is overdue, and nobody has said when it comes")]
    await at(desk, 12)
    await desk.hear(an_inbound(a_supply(units=12, earliest=9, latest=10), version=2))
    await desk.decide_due()
    assert len(await moves(desk)) == 1
    await desk.hear(an_inbound(a_supply(units=12, earliest=15, latest=17), version=3))
    assert await desk.waiting() == [("o1", 1, (15, 17))]


async def test_a_line_with_a_later_gate_is_not_moved_by_an_overdue_supply(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1", a_line(), ship_not_before=a_day(26)))
    await desk.hear(landed(1, supply_id=None))
    number = len(await desk.told(PromiseMoved))
    for day in range(9, 26):
        await at(desk, day)
    assert len(await desk.told(PromiseMoved)) == number
    await at(desk, 26)
    assert await desk.waiting() == []
