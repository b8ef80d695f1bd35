"""A date that becomes later than what was told is padded once; inside what was told nobody is moved further."""

from datetime import datetime, timedelta
from typing import Final

from shared.contracts.availability import AvailabilityChanged
from shared.contracts.notices import CoveredLine, NoticeKind, NoticeSent
from shared.contracts.promises import PromiseMoved
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import MONDAY, a_day, a_line, a_supply, an_inbound, an_order
from tests.integration.allocation.conftest import Desk, set_clock

LONG_WAIT: Final = PolicyUpserted(merchant="acme", version=1, longest_wait_days=60)


def a_day_at(day: int) -> datetime:
    """Return eight o'clock on a day of March."""
    return MONDAY.replace(day=day)


def sent(version: int = 1, kind: NoticeKind = "confirmed", order: str = "o1") -> NoticeSent:
    """Let the mail server take the notice of line 1 at a version."""
    return NoticeSent(
        notice_id=f"{kind}/{version}", order_id=order, kind=kind, caused_at=MONDAY, sent_at=MONDAY,
        lines=(CoveredLine(line_id="1", line_version=version),), message_id="m",
    )  # fmt: skip


async def waiting_and_told(desk: Desk) -> None:
    """Let an order wait for a truck from Tuesday 16th to Monday 22nd, and tell its customer."""
    await desk.know()
    await desk.hear(LONG_WAIT)
    await desk.hear(an_inbound(a_supply()))
    await desk.hear(an_order("o1", a_line()))
    await desk.hear(sent())


async def test_a_later_date_is_padded_by_two_working_days_with_the_trucks_reason(desk: Desk) -> None:
    await waiting_and_told(desk)
    await desk.hear(an_inbound(a_supply(earliest=18, latest=24), version=2))

    (moved,) = await desk.told(PromiseMoved)
    assert (moved.lines[0].after.earliest, moved.lines[0].after.latest) == (a_day(18), a_day(26))
    assert (moved.lines[0].unpadded.earliest, moved.lines[0].unpadded.latest) == (a_day(18), a_day(24))


async def test_one_day_later_is_padded_and_the_same_day_is_not(desk: Desk) -> None:
    await waiting_and_told(desk)
    await desk.hear(an_inbound(a_supply(earliest=17, latest=22), version=2))
    await desk.hear(an_inbound(a_supply(earliest=17, latest=23), version=3))

    assert [m.lines[0].after.latest for m in await desk.told(PromiseMoved)] == [a_day(22), a_day(25)]


async def test_a_further_delay_within_the_told_range_is_not_padded_again(desk: Desk) -> None:
    await waiting_and_told(desk)
    await desk.hear(an_inbound(a_supply(latest=24), version=2))
    await desk.hear(sent(2, "moved"))
    await desk.hear(an_inbound(a_supply(latest=25), version=3))

    assert [m.lines[0].after.latest for m in await desk.told(PromiseMoved)] == [a_day(26), a_day(25)]


async def test_an_untold_move_is_compared_with_the_last_told_range(desk: Desk) -> None:
    await waiting_and_told(desk)
    await desk.hear(an_inbound(a_supply(latest=24), version=2))
    await desk.hear(an_inbound(a_supply(latest=22), version=3))

    assert [m.lines[0].after.latest for m in await desk.told(PromiseMoved)] == [a_day(26), a_day(22)]


async def test_an_old_notice_that_is_heard_late_changes_nothing(desk: Desk) -> None:
    await waiting_and_told(desk)
    await desk.hear(an_inbound(a_supply(latest=24), version=2))
    await desk.hear(sent(2, "moved"), sent(1))
    await desk.hear(an_inbound(a_supply(latest=26), version=3))

    assert [m.lines[0].after.latest for m in await desk.told(PromiseMoved)][1:] == []


async def test_a_notice_of_packed_units_gives_no_dates(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply()))
    await desk.hear(an_order("o1", a_line()))
    await desk.hear(sent(1, "released"))
    await desk.hear(an_inbound(a_supply(latest=24), version=2))

    (moved,) = await desk.told(PromiseMoved)
    assert moved.lines[0].after.latest == a_day(24)


async def page_of_one_unit(desk: Desk) -> tuple[int, int]:
    """Return the first and last day of March that the page shows for one unit."""
    ships = (await desk.told(AvailabilityChanged, "TEE-M|ams"))[-1].breaks[0].ships
    return ships.earliest.day, ships.latest.day


async def test_who_orders_after_a_slip_and_the_page_hold_what_those_before_hold(desk: Desk) -> None:
    await waiting_and_told(desk)
    await desk.hear(an_inbound(a_supply(earliest=18, latest=24), version=2))
    assert await page_of_one_unit(desk) == (18, 26), "the truck says 24"

    await desk.hear(an_order("new", completed_at=MONDAY + timedelta(hours=1)))
    assert await desk.waiting() == [("o1", 1, (18, 26)), ("new", 1, (18, 26))]


async def test_who_waits_for_the_next_truck_ships_no_sooner_than_those_before(desk: Desk) -> None:
    await waiting_and_told(desk)
    await desk.hear(an_inbound(a_supply(units=1, latest=24), a_supply("asn-2", 5, 17, 25), version=2))
    assert await page_of_one_unit(desk) == (17, 26), "the second truck says 25"

    await desk.hear(an_order("new", completed_at=MONDAY + timedelta(hours=1)))
    assert (await desk.waiting())[-1] == ("new", 1, (17, 26))


async def test_a_truck_that_says_another_day_is_padded_no_longer_for_new_orders(desk: Desk) -> None:
    await waiting_and_told(desk)
    await desk.hear(an_inbound(a_supply(latest=24), version=2))
    await desk.hear(sent(2, "moved"))
    await desk.hear(an_inbound(a_supply(latest=25), version=3))
    await desk.hear(an_order("new", completed_at=MONDAY + timedelta(hours=1)))

    assert await page_of_one_unit(desk) == (16, 25)
    assert await desk.waiting() == [("o1", 1, (16, 25)), ("new", 1, (16, 25))]


async def test_a_new_order_of_an_overdue_truck_gets_no_better_date_than_older_lines(desk: Desk) -> None:
    await waiting_and_told(desk)
    await set_clock(desk.admin, a_day_at(29))
    await desk.decide_due()
    ((_, _, held),) = await desk.waiting()
    assert held is not None

    await desk.hear(an_order("new", completed_at=a_day_at(29)))
    assert (await desk.waiting())[-1][2] == await page_of_one_unit(desk) == held


async def test_a_line_whose_own_day_decides_makes_nobody_wait(desk: Desk) -> None:
    await desk.know()
    await desk.hear(LONG_WAIT)
    await desk.hear(an_inbound(a_supply()))
    await desk.hear(an_order("o1", a_line(), ship_not_before=a_day(25)))
    await desk.hear(sent())
    await desk.hear(an_inbound(a_supply(latest=24), version=2))
    assert await desk.waiting() == [("o1", 1, (25, 25))]
    assert await page_of_one_unit(desk) == (16, 24)


async def test_padding_stays_when_another_supply_of_the_same_days_serves_the_line(desk: Desk) -> None:
    await waiting_and_told(desk)
    await desk.hear(an_inbound(a_supply(earliest=18, latest=24), version=2))
    await desk.hear(an_inbound(a_supply("asn-0", 5, 18, 24), version=3))
    assert await page_of_one_unit(desk) == (18, 26)
    await desk.hear(an_order("new", completed_at=MONDAY + timedelta(hours=1)))
    assert await desk.waiting() == [("o1", 1, (18, 26)), ("new", 1, (18, 26))]


async def test_a_gate_that_opens_before_the_truck_comes_changes_no_order_of_ranges(desk: Desk) -> None:
    await desk.know()
    await desk.hear(LONG_WAIT)
    await desk.hear(an_inbound(a_supply()))
    await desk.hear(an_order("o1", a_line(), ship_not_before=a_day(10)))
    await desk.hear(sent())
    await desk.hear(an_inbound(a_supply(latest=24), version=2))
    await set_clock(desk.admin, a_day_at(10))
    await desk.decide_due()
    await desk.hear(an_order("new", completed_at=MONDAY + timedelta(hours=1)))
    assert await desk.waiting() == [("o1", 1, (16, 26)), ("new", 1, (16, 26))]
