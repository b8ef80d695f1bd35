"""A window that cannot be met any more is given again before it lies, and then stays for some days."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.overdue import announced_or_moved, in_time_or_moved, overdue_from
from services.allocation.domain.supply import Kind, Supply
from services.allocation.domain.window import Window
from shared.testing.builders import MONDAY, a_day
from tests.unit.allocation.queues import WEEKDAYS, a_truck, a_window

AMSTERDAM, NEW_YORK = ZoneInfo("Europe/Amsterdam"), ZoneInfo("America/New_York")


def mending(latest: date, earliest: date | None = None) -> Supply:
    return Supply("rework/2027-03-01", 1, Window(earliest or latest, latest), "", "in rework", kind="rework")


def at(day: int, hour: int = 8, minute: int = 0) -> datetime:
    return MONDAY.replace(day=day, hour=hour, minute=minute)


def test_a_window_is_overdue_from_the_cut_off_of_its_last_day() -> None:
    assert overdue_from(mending(a_day(11)), WEEKDAYS) == at(11, 16)
    assert in_time_or_moved(mending(a_day(11)), WEEKDAYS, at(11, 15, 59)) == mending(a_day(11))
    assert in_time_or_moved(mending(a_day(11)), WEEKDAYS, at(11, 16)).ready == a_window(12, 18)


@pytest.mark.parametrize(
    ("zone", "latest", "holidays", "cut_off", "lies"),
    [
        (AMSTERDAM, a_day(12), (), time(16), datetime(2027, 3, 12, 15, tzinfo=UTC)),
        (AMSTERDAM, a_day(13), (), time(16), datetime(2027, 3, 15, 15, tzinfo=UTC)),  # Saturday ships on Monday
        (AMSTERDAM, a_day(12), (12, 15), time(16), datetime(2027, 3, 16, 15, tzinfo=UTC)),
        (AMSTERDAM, a_day(12), (), time(0, 1), datetime(2027, 3, 11, 23, 1, tzinfo=UTC)),
        (AMSTERDAM, a_day(26), (), time(16), datetime(2027, 3, 26, 15, tzinfo=UTC)),  # winter time's last Friday
        (AMSTERDAM, a_day(29), (), time(16), datetime(2027, 3, 29, 14, tzinfo=UTC)),  # summer time's first Monday
        (NEW_YORK, a_day(12), (), time(16), datetime(2027, 3, 12, 21, tzinfo=UTC)),
        (NEW_YORK, a_day(15), (), time(16), datetime(2027, 3, 15, 20, tzinfo=UTC)),
        (AMSTERDAM, date(2027, 10, 29), (), time(16), datetime(2027, 10, 29, 14, tzinfo=UTC)),
        (AMSTERDAM, date(2027, 11, 1), (), time(16), datetime(2027, 11, 1, 15, tzinfo=UTC)),
    ],
)
def test_weekend_holiday_cut_off_and_both_dst_edges(
    zone: ZoneInfo, latest: date, holidays: tuple[int, ...], cut_off: time, lies: datetime
) -> None:
    calendar = replace(WEEKDAYS, zone=zone, holidays=frozenset(map(a_day, holidays)), cut_off=cut_off)
    assert overdue_from(mending(latest), calendar) == lies
    before, after = (in_time_or_moved(mending(latest), calendar, lies + timedelta(seconds=s)) for s in (-1, 0))
    assert before.ready.latest == latest
    assert after.ready.earliest == calendar.next_shipping_day(lies) > latest


@pytest.mark.parametrize("night", [date(2027, 3, 28), date(2027, 10, 31)])
def test_a_cut_off_in_the_hour_that_is_skipped_or_comes_twice_is_the_later_one(night: date) -> None:
    sundays = Calendar(AMSTERDAM, frozenset(range(1, 8)), frozenset(), time(2, 30))
    lies = overdue_from(mending(night), sundays)
    assert lies == datetime(night.year, night.month, night.day, 1, 30, tzinfo=UTC)
    assert in_time_or_moved(mending(night), sundays, lies).ready.earliest == night + timedelta(days=1)


def test_overdue_rework_is_given_three_days_so_that_it_does_not_drift() -> None:
    quick = replace(WEEKDAYS, rework_days=1)
    assert in_time_or_moved(mending(a_day(9)), quick, at(9, 16)).ready == a_window(10, 12)


@pytest.mark.parametrize("kind", ["stock", "reorder", "rework"])
def test_a_supply_derived_by_allocation_moves_at_the_cut_off(kind: Kind) -> None:
    assert overdue_from(replace(mending(a_day(9)), kind=kind), WEEKDAYS) == at(9, 16)


def test_a_truck_is_left_to_receiving_until_the_night() -> None:
    assert overdue_from(a_truck(earliest=9, latest=10), WEEKDAYS) == at(11, 0, 15)


def test_news_of_a_window_that_has_passed_does_not_take_back_the_one_that_was_given_since() -> None:
    supply, since = a_truck(earliest=9, latest=10), a_truck(earliest=12, latest=18)
    assert announced_or_moved(supply, None, WEEKDAYS, at(9)) == supply
    assert announced_or_moved(supply, since, WEEKDAYS, at(15)).ready == a_window(12, 18)
    assert announced_or_moved(supply, since, WEEKDAYS, at(19)).ready == a_window(19, 26)
    assert announced_or_moved(supply, None, WEEKDAYS, at(15)).ready == a_window(15, 22)


@given(
    days=st.integers(0, 60), hours=st.integers(0, 23), latest=st.integers(-40, 40), width=st.integers(0, 9),
    rework_days=st.integers(1, 6), closed=st.frozensets(st.integers(0, 60), max_size=20), ours=st.booleans(),
)  # fmt: skip
def test_no_window_ends_in_the_past_and_a_given_one_stays(
    days: int, hours: int, latest: int, width: int, rework_days: int, closed: frozenset[int], ours: bool
) -> None:
    now = MONDAY.replace(hour=0) + timedelta(days=days, hours=hours, minutes=20)
    holidays = frozenset(MONDAY.date() + timedelta(days=n) for n in closed)
    calendar = replace(WEEKDAYS, rework_days=rework_days, holidays=holidays)
    ends = MONDAY.date() + timedelta(days=latest)
    supply = mending(ends, ends - timedelta(days=width))
    moved = in_time_or_moved(supply if ours else replace(supply, kind="inbound"), calendar, now)
    assert calendar.ships_on(moved.ready.latest) >= now.date()
    assert now < overdue_from(moved, calendar)
    assert in_time_or_moved(moved, calendar, now) == moved
