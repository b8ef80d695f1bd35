"""Notices that only time brings: that all is on track, and that an order ships late."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.notification.domain.notices import Covered, Line, News, Notice, Range, notice_of

LONG_WAIT: Final = timedelta(days=30)  # who waits longer for a date hears half-way to it
AT_MOST_EVERY: Final = timedelta(days=21)  # an order is reminded so often; without a date it is
NOT_AFTER_NEWS: Final = timedelta(days=3)  # no reminder within these days of another notice
MORNING: Final = time(9)


def on_track_notice(news: News) -> Notice | None:
    """Return the notice that an order's waiting lines ship as its customer was told, if one is due some day."""
    lines = [line for line in news.lines if line.units and line.told]
    if not lines or reminder_at(news) is None:
        return None
    covered = [Covered(x.line_id, x.told.version, x.units, x.told.range) for x in lines if x.told]
    return notice_of(news.order_id, "on_track", covered, news.reminders + news.lapsed)


def reminder_at(news: News) -> datetime | None:
    """Return when an order's customer hears that all is on track, in the morning of that day.

    It is half-way from what they heard last to the earliest date of a line that waits for more than 30 days, and 21
    days after it for a line without a date; at most every 21 days, and not within 3 days of another notice.
    """
    if not news.wants_reminders or news.move_is_sending:
        return None
    days = [day for line in news.lines if line.units for day in _reminder_of(line, news)]
    if not days:
        return None
    not_before = [min(days)]
    not_before += [news.reminded_at + AT_MOST_EVERY] if news.reminded_at else []
    not_before += [news.told_at + NOT_AFTER_NEWS] if news.told_at else []
    at = _morning(max(not_before), news.zone)
    ends = [_begins(line.told.range, news.zone) for line in news.lines if line.units and line.told and line.told.range]
    return at if not ends or at < max(ends) else None


def _reminder_of(line: Line, news: News) -> Iterable[datetime]:
    if line.told is None or line.told.at is None:
        return
    heard_at = max(line.told.at, news.reminded_at or line.told.at)
    if line.told.range is None:
        yield heard_at + AT_MOST_EVERY
        return
    wait = _begins(line.told.range, news.zone) - heard_at
    if wait > LONG_WAIT:
        yield heard_at + wait / 2


def late_notices(news: News) -> list[Notice]:
    """Return the notices of units that are packed and did not leave by the last day that their customer was told.

    One for each such day: it is planned as soon as the units are packed, and told the next morning.
    """
    days: dict[Range, list[Covered]] = {}
    for line in news.lines:
        if line.told and line.told.range and line.packed and line.knows_late < line.told.version:
            covered = Covered(line.line_id, line.told.version, line.packed, line.told.range)
            days.setdefault(line.told.range, []).append(covered)
    return [notice_of(news.order_id, "late", lines, news.lapsed) for lines in days.values()]


def late_at(notice: Notice, news: News, now: datetime) -> datetime:
    """Return the morning after the last day that a customer was told, or the next one if that is over."""
    return _morning(max(late_since(notice, news), now), news.zone)


def late_since(notice: Notice, news: News) -> datetime:
    """Return the end of the last day that a customer was told of a late order."""
    last = max(line.range.latest for line in notice.lines if line.range)
    return datetime.combine(last + timedelta(days=1), time(), news.zone)


def _morning(at: datetime, zone: ZoneInfo) -> datetime:
    """Return nine o'clock of that day, or of the next if it is past."""
    today = at.astimezone(zone).date()
    mornings = (datetime.combine(today + timedelta(days=days), MORNING, zone) for days in (0, 1))
    return next(morning for morning in mornings if morning >= at)


def _begins(ships: Range, zone: ZoneInfo) -> datetime:
    return datetime.combine(ships.earliest, time(), zone)
