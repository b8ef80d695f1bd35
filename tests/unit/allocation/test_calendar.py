"""On which days a node ships."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.allocation.domain.calendar import Calendar, NeverOpen
from shared.testing.builders import a_day
from tests.unit.allocation.queues import EVERY_DAY, WEEKDAYS

AMSTERDAM, NEW_YORK = ZoneInfo("Europe/Amsterdam"), ZoneInfo("America/New_York")


def at(zone: ZoneInfo) -> Calendar:
    return replace(EVERY_DAY, zone=zone)


def test_a_working_day_ships() -> None:
    assert WEEKDAYS.ships_on(a_day(12)) == a_day(12)


def test_a_weekend_waits_for_monday() -> None:
    assert WEEKDAYS.ships_on(a_day(13)) == WEEKDAYS.ships_on(a_day(14)) == a_day(15)


def test_a_holiday_waits_for_the_day_after() -> None:
    closed = replace(WEEKDAYS, holidays=frozenset({a_day(12), a_day(15)}))
    assert closed.ships_on(a_day(12)) == a_day(16)


def test_a_node_that_never_opens_is_named() -> None:
    with pytest.raises(NeverOpen):
        replace(WEEKDAYS, holidays=frozenset(date(2027, 1, 1) + timedelta(n) for n in range(800))).ships_on(a_day(1))


def test_a_closure_of_a_year_ends() -> None:
    closed = frozenset(a_day(1) + timedelta(days=n) for n in range(365))
    assert replace(EVERY_DAY, holidays=closed).ships_on(a_day(1)) == date(2028, 2, 29)


@pytest.mark.parametrize(("hour", "minute", "day"), [(15, 59, 8), (16, 0, 9), (23, 59, 9)])
def test_units_ready_at_the_cut_off_ship_the_next_day(hour: int, minute: int, day: int) -> None:
    now = datetime(2027, 3, 8, hour, minute, tzinfo=EVERY_DAY.zone)
    assert EVERY_DAY.next_shipping_day(now) == a_day(day)


def test_after_the_cut_off_on_friday_is_monday() -> None:
    assert WEEKDAYS.next_shipping_day(datetime(2027, 3, 12, 16, tzinfo=WEEKDAYS.zone)) == a_day(15)


def test_the_cut_off_is_the_nodes_own_time() -> None:
    now = datetime(2027, 3, 8, 15, 30, tzinfo=ZoneInfo("UTC"))
    assert at(AMSTERDAM).next_shipping_day(now) == a_day(9)  # 16:30 there
    assert at(NEW_YORK).next_shipping_day(now) == a_day(8)  # 10:30 there


def test_the_day_is_the_nodes_own_day() -> None:
    late = datetime(2027, 3, 8, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert at(AMSTERDAM).next_shipping_day(late) == a_day(9)  # half past midnight on the 9th
    assert at(ZoneInfo("Pacific/Auckland")).next_shipping_day(late) == a_day(9)  # noon on the 9th


# In 2027 Amsterdam springs forward on March 28 and falls back on October 31, New York on March 14 and November 7.
EDGES = [
    (AMSTERDAM, date(2027, 3, 28), "13:59", "14:00"),
    (AMSTERDAM, date(2027, 3, 27), "14:59", "15:00"),
    (AMSTERDAM, date(2027, 10, 31), "14:59", "15:00"),
    (AMSTERDAM, date(2027, 10, 30), "13:59", "14:00"),
    (NEW_YORK, date(2027, 3, 14), "19:59", "20:00"),
    (NEW_YORK, date(2027, 3, 13), "20:59", "21:00"),
    (NEW_YORK, date(2027, 11, 7), "20:59", "21:00"),
    (NEW_YORK, date(2027, 11, 6), "19:59", "20:00"),
]


@pytest.mark.parametrize(("zone", "day", "before", "cut_off"), EDGES)
def test_the_cut_off_stays_at_four_local_on_both_edges_of_summer(
    zone: ZoneInfo, day: date, before: str, cut_off: str
) -> None:
    def ready(utc: str) -> date:
        now = datetime.combine(day, time.fromisoformat(utc), tzinfo=ZoneInfo("UTC"))
        return at(zone).next_shipping_day(now)

    assert ready(before) == day
    assert ready(cut_off) == day + timedelta(days=1)


@pytest.mark.parametrize(("zone", "day"), [(AMSTERDAM, date(2027, 3, 28)), (NEW_YORK, date(2027, 3, 14))])
def test_a_cut_off_in_the_skipped_hour_falls_at_its_end(zone: ZoneInfo, day: date) -> None:
    calendar = replace(at(zone), cut_off=time(2, 30))
    midnight = datetime.combine(day, time(0), tzinfo=zone).astimezone(ZoneInfo("UTC"))
    assert calendar.next_shipping_day(midnight + timedelta(minutes=119)) == day
    assert calendar.next_shipping_day(midnight + timedelta(minutes=120)) == day + timedelta(days=1)


@pytest.mark.parametrize(("zone", "day"), [(AMSTERDAM, date(2027, 10, 31)), (NEW_YORK, date(2027, 11, 7))])
def test_an_hour_that_autumn_repeats_is_past_the_cut_off_only_from_its_local_time(zone: ZoneInfo, day: date) -> None:
    calendar = replace(at(zone), cut_off=time(4))
    midnight = datetime.combine(day, time(0), tzinfo=zone).astimezone(ZoneInfo("UTC"))
    assert calendar.next_shipping_day(midnight + timedelta(hours=4, minutes=59)) == day
    assert calendar.next_shipping_day(midnight + timedelta(hours=5)) == day + timedelta(days=1)


@pytest.mark.parametrize(("zone", "hour"), [(AMSTERDAM, 23), (NEW_YORK, 5)])
def test_a_day_opens_at_the_nodes_own_midnight(zone: ZoneInfo, hour: int) -> None:
    opens = at(zone).opens_at(a_day(9))
    assert opens == datetime(2027, 3, 8 if zone is AMSTERDAM else 9, hour, tzinfo=ZoneInfo("UTC"))
