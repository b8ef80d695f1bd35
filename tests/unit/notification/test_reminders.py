"""What only time brings: that all is on track, and that an order ships late."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.notification.domain.notices import FloorUnits, Line, LineId, News, NoticeId, OrderId, Range, Told
from services.notification.domain.plan import plan
from services.notification.domain.reminders import late_notices, reminder_at
from services.notification.domain.schedule import schedule

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ORDER = OrderId("o1")
TOLD_AT = datetime(2027, 3, 1, 11, tzinfo=UTC)


def waits(days: int | None, told_at: datetime = TOLD_AT, line_id: str = "1") -> Line:
    """Return a line that waits for so many days from when its customer was told, or for no date."""
    first = told_at.date() + timedelta(days=days or 0)
    ships = Range(first, first + timedelta(days=5)) if days is not None else None
    return Line(LineId(line_id), 1, 1, ships, Told(ships, NoticeId("n0"), 1, told_at))


def news(*lines: Line, **fields: Any) -> News:
    return replace(News(ORDER, lines, ()), zone=AMSTERDAM, **fields)


def morning(month: int, day: int) -> datetime:
    return datetime(2027, month, day, 9, tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("days", "at"), [(60, morning(3, 31)), (31, morning(3, 17)), (30, None), (5, None), (None, morning(3, 23))]
)
def test_who_waits_for_more_than_30_days_hears_half_way_and_without_a_date_after_21(
    days: int | None, at: datetime | None
) -> None:
    assert reminder_at(news(waits(days))) == at


def test_a_reminder_comes_at_most_every_21_days_and_not_near_other_news() -> None:
    line = waits(60)
    assert reminder_at(news(line, told_at=morning(3, 30))) == morning(4, 2)
    again = news(waits(200), reminded_at=morning(3, 31))
    assert reminder_at(again) == datetime(2027, 6, 24, 9, tzinfo=AMSTERDAM), "half-way from the last one"
    assert reminder_at(news(waits(None), reminded_at=morning(3, 23))) == morning(4, 13)


def test_no_reminder_comes_when_the_wait_is_nearly_over_or_it_is_not_wanted() -> None:
    assert reminder_at(news(waits(60), told_at=morning(4, 29))) is None
    assert reminder_at(news(waits(60), wants_reminders=False)) is None
    assert plan(news(waits(60), wants_reminders=False)).planned == ()


def test_one_reminder_covers_all_lines_that_wait() -> None:
    (notice,) = plan(news(waits(60), waits(5, line_id="2"), waits(None, line_id="3"))).planned
    assert (notice.kind, [line.line_id for line in notice.lines]) == ("on_track", ["1", "2", "3"])
    assert schedule(notice, news(waits(60)), TOLD_AT, TOLD_AT).send_at == morning(3, 31)


def test_a_second_reminder_is_another_notice() -> None:
    (first,) = plan(news(waits(200))).planned
    (second,) = plan(news(waits(200), reminders=1)).planned
    assert first.notice_id != second.notice_id


def packed(on_floor: int = 1, **fields: Any) -> Line:
    """Return a line on the floor that is to ship by the tenth."""
    ships = Range(date(2027, 3, 8), date(2027, 3, 10))
    line = Line(LineId("1"), 2, 0, ships, Told(ships, NoticeId("n0"), 1, TOLD_AT), FloorUnits(((2, on_floor),)))
    return replace(line, **{"ordered": on_floor, **fields})


def test_what_is_packed_and_has_not_left_is_told_the_morning_after_its_last_day() -> None:
    now = datetime(2027, 3, 8, 12, tzinfo=UTC)
    (notice,) = late_notices(news(packed()))
    when = schedule(notice, news(packed()), now, now)
    assert when.send_at == morning(3, 11)
    assert when.alarm_at == datetime(2027, 3, 11, 0, tzinfo=AMSTERDAM), "a person hears of it at once"
    after = schedule(notice, news(packed()), now, datetime(2027, 3, 12, 12, tzinfo=UTC))
    assert after.send_at == morning(3, 13)


@pytest.mark.parametrize(
    ("line", "units"),
    [
        (packed(), [1]),
        (packed(3, shipped=1), [2]),
        (packed(3, shipped=3), []),
        (packed(2, ordered=5, shipped=3), [2]),  # the first three were sold from stock
        (packed(3, wanted=2, shipped=1), [1]),
        (packed(knows_late=1), []),
        (packed(3, ordered=5, shipped=3, units=2), []),  # what left was all that was packed; two still wait
        (packed(told=None), []),
    ],
)
def test_only_what_is_on_the_floor_can_be_late_and_is_told_once(line: Line, units: list[int]) -> None:
    assert [x.units for notice in late_notices(news(line)) for x in notice.lines] == units


def test_what_leaves_is_told_to_whoever_waited_for_it() -> None:
    left = packed(3, shipped=2)
    shipped = [notice for notice in plan(news(left)).planned if notice.kind == "shipped"]
    assert [(x.units, x.knows_shipped) for notice in shipped for x in notice.lines] == [(2, 2)]
    assert not [n for n in plan(news(replace(left, knows_shipped=2))).planned if n.kind == "shipped"]
    sold_from_stock = replace(left, told=None, floor=FloorUnits())
    assert plan(news(sold_from_stock)).planned == ()


def test_units_packed_again_after_they_came_back_can_be_late_again() -> None:
    (first,) = late_notices(news(packed()))
    (again,) = late_notices(news(packed(), lapsed=1))
    assert first.lines == again.lines
    assert first.notice_id != again.notice_id
