"""When customers are told, by their own clock: over midnight, and where the clock is changed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notification.domain.notices import (
    Covered,
    Line,
    LineId,
    News,
    NoticeId,
    OrderId,
    Range,
    Told,
    Unsent,
    notice_of,
)
from services.notification.domain.schedule import (
    days_moved,
    is_held,
    is_same_day,
    move_told_at,
    next_alarm,
    other_time,
    schedule,
    urgent_at,
)

AMSTERDAM, NEW_YORK = ZoneInfo("Europe/Amsterdam"), ZoneInfo("America/New_York")
ORDER = OrderId("o1")
MOVE = notice_of(ORDER, "moved", [Covered(LineId("1"), 2, 1)])
CONFIRMATION = notice_of(ORDER, "confirmed", [Covered(LineId("1"), 1, 1)])


def local(text: str, zone: ZoneInfo = AMSTERDAM) -> datetime:
    """Return a moment of 2027, written as month-day hour:minute."""
    return datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("untold_since", "told_at", "expected"),
    [
        ("03-08 10:00", None, "03-08 10:10"),
        ("03-08 10:00", "03-07 23:50", "03-08 10:10"),
        ("03-08 10:20", "03-08 10:10", "03-08 17:00"),
        ("03-08 16:59", "03-08 10:10", "03-08 17:00"),
        ("03-08 17:01", "03-08 10:10", "03-08 23:50"),
        ("03-08 18:00", "03-08 17:00", "03-08 23:50"),
        ("03-08 17:05", None, "03-08 17:15"),
        ("03-08 23:52", "03-08 23:50", "03-09 00:02"),
        ("03-08 23:55", None, "03-09 00:05"),
        ("03-28 01:55", None, "03-28 03:05"),  # the clock goes from 2:00 to 3:00
        ("03-28 10:00", "03-28 01:30", "03-28 17:00"),
        ("10-31 10:00", "10-31 02:30", "10-31 17:00"),  # it goes from 3:00 back to 2:00
        ("10-31 20:00", "10-31 17:00", "10-31 23:50"),
    ],
)
def test_the_first_move_of_a_day_waits_ten_minutes_and_the_others_for_the_evening(
    untold_since: str, told_at: str | None, expected: str
) -> None:
    assert move_told_at(local(untold_since), local(told_at) if told_at else None, AMSTERDAM) == local(expected)


def test_the_day_is_the_customers() -> None:
    """At 23:00 in New York it is the next morning in Amsterdam."""
    told_at, since = local("03-08 12:00", NEW_YORK), local("03-08 23:00", NEW_YORK)
    assert move_told_at(since, told_at, NEW_YORK) == local("03-08 23:50", NEW_YORK)
    assert move_told_at(since, told_at, AMSTERDAM) == since + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("caused_at", "sent_at", "same"),
    [
        ("03-08 10:00", "03-08 23:59", True),
        ("03-08 10:00", "03-09 00:00", False),
        ("03-08 23:44", "03-08 23:54", True),
        ("03-08 23:44", "03-09 00:01", False),
        ("03-08 23:45", "03-09 00:01", True),
        ("03-08 23:45", "03-10 00:00", False),
        ("03-27 23:50", "03-28 23:59", True),  # a day of 23 hours
        ("10-30 23:50", "10-31 23:59", True),  # a day of 25 hours
        ("10-31 00:30", "11-01 00:00", False),
    ],
)
def test_the_same_day_ends_at_the_customers_midnight(caused_at: str, sent_at: str, same: bool) -> None:
    assert is_same_day(local(caused_at), local(sent_at), AMSTERDAM) is same


def news(*unsent: Unsent, told_at: datetime | None = None, send_before: datetime | None = None) -> News:
    line = Line(LineId("1"), 2, 1, None, send_before=send_before)
    return News(ORDER, [line], unsent, zone=AMSTERDAM, moved_told_at=told_at)


def test_a_confirmation_is_sent_at_once_and_a_move_after_the_quiet_window() -> None:
    now = local("03-08 10:00")
    assert schedule(CONFIRMATION, news(), now, now).send_at == now
    assert schedule(MOVE, news(), now, now).send_at == now + timedelta(minutes=10)


def test_whatever_its_time_a_cause_is_counted_for_a_minute() -> None:
    now = local("03-08 10:00")
    assert schedule(MOVE, news(), now - timedelta(hours=1), now).send_at == now + timedelta(minutes=1)


def test_a_move_that_is_being_told_is_the_first_of_the_day() -> None:
    now = local("03-08 10:00")
    sending = Unsent(MOVE, True, now)
    assert schedule(MOVE, news(sending), now, now).send_at == local("03-08 17:00")


def test_a_legal_date_that_is_near_is_waited_for_by_nobody() -> None:
    now, told_at = local("03-08 18:00"), local("03-08 17:00")
    near, far = now + timedelta(hours=20), now + timedelta(days=3)
    assert schedule(MOVE, news(told_at=told_at, send_before=near), now, now).send_at == now
    assert schedule(MOVE, news(told_at=told_at, send_before=far), now, now).send_at == local("03-08 23:50")
    assert urgent_at(MOVE, news(send_before=far).lines, now) == far - timedelta(days=1)
    assert urgent_at(MOVE, news(send_before=now).lines, now) is None, "it is too late for the option"


def test_moves_are_untold_since_the_first_that_nobody_holds_back() -> None:
    first, later = local("03-08 10:00"), local("03-08 10:05")
    assert news(Unsent(MOVE, False, first)).untold_since("moved", later) == first
    assert news(Unsent(MOVE, False, first, held=True)).untold_since("moved", later) == later
    assert news(Unsent(MOVE, True, first)).untold_since("moved", later) == later
    assert news(Unsent(CONFIRMATION, False, first)).untold_since("moved", later) == later


@pytest.mark.parametrize(
    ("lines", "farthest", "held"),
    [(200, 14, False), (201, None, True), (1, 15, True), (1, None, False), (0, 0, False)],
)
def test_a_cause_that_moves_many_or_far_is_held(lines: int, farthest: int | None, held: bool) -> None:
    assert is_held(lines, farthest) is held


def test_days_are_counted_without_padding_from_what_was_told() -> None:
    day = date(2027, 3, 10)
    ranges = Range(day, day + timedelta(days=4))
    line = Line(LineId("1"), 2, 1, ranges, Told(Range(day, day), NoticeId("n")), unpadded=day + timedelta(days=2))
    assert days_moved(line) == 2
    assert days_moved(replace(line, unpadded=None)) == 4
    assert days_moved(replace(line, range=None, unpadded=None)) is None
    assert days_moved(replace(line, told=None)) is None


@pytest.mark.parametrize(
    ("after", "alarm"),
    [("03-08 09:00", "03-08 16:00"), ("03-08 16:00", "03-09 16:00"), ("03-27 20:00", "03-28 16:00")],
)
def test_a_held_cause_alarms_at_four(after: str, alarm: str) -> None:
    assert next_alarm(local(after), AMSTERDAM) == local(alarm)


def test_a_move_of_another_cause_waits_for_the_evening_once_the_first_was_told() -> None:
    caused_at, now = local("03-08 10:09"), local("03-08 10:11")
    waits = Unsent(MOVE, False, caused_at)
    assert other_time(waits, news(waits), now) is None, "nothing was told today"
    assert other_time(waits, news(waits, told_at=local("03-08 10:10")), now) == local("03-08 17:00")
    assert other_time(waits, news(waits, told_at=local("03-07 17:00")), now) is None
    assert other_time(replace(waits, held=True), news(waits, told_at=local("03-08 10:10")), now) is None
