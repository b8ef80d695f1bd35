"""When customers are told, by their own clock, and which causes are held back until a person confirms them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from services.notification.domain.notices import Line, News, Notice, Unsent
from services.notification.domain.reminders import late_at, late_since, reminder_at

QUIET: Final = timedelta(minutes=10)  # so long the first move of a day waits for more
AGAIN_AT: Final = (time(17), time(23, 50))  # further moves of the day are told then, each time in one notice
SAME_DAY_UNTIL: Final = time(23, 45)  # what is caused later may be told on the next day
COUNTED: Final = timedelta(minutes=1)  # so long a cause is counted at least before anybody is told of it
SWAP_WAITS: Final = timedelta(minutes=1)  # so long a swap waits for the date of what comes instead
NEAR: Final = timedelta(days=1)  # so long before an option must have left, nothing holds it back any more
MOST_LINES: Final = 200
MOST_DAYS: Final = 14
ALARM_AT: Final = time(16)  # a held cause alarms again then, each day

CauseState = Literal["held", "confirmed", "rejected", "over"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a notice is sent, and when it is sent even if its cause is held: a legal date is near then, if any is.

    A person hears of an order that ships late, `alarm_at`.
    """

    send_at: datetime
    urgent_at: datetime | None = None
    alarm_at: datetime | None = None


def schedule(notice: Notice, news: News, untold_since: datetime, now: datetime) -> Schedule:
    """Return when a notice is sent whose customer has moves that were not told since an instant.

    Moves wait for more of them, but never longer than a legal date allows. A cancel by us waits until its refund's day
    is known, for one quiet window at most, and a swap shortly for the date of what comes instead. All else is told at
    once.
    """
    if notice.kind == "on_track":
        return Schedule(reminder_at(news) or now)
    if notice.kind == "late":
        return Schedule(late_at(notice, news, now), alarm_at=late_since(notice, news))
    if notice.kind == "swapped":
        return Schedule(now + SWAP_WAITS)
    if notice.kind == "declined":
        return Schedule(now + (QUIET if _waits_for_refund(notice, news.lines) else timedelta()))
    if notice.kind != "moved":
        return Schedule(now)
    told_at = now if news.move_is_sending else news.moved_told_at
    at = max(move_told_at(untold_since, told_at, news.zone), now + COUNTED)
    urgent = urgent_at(notice, news.lines, now)
    return Schedule(min(at, urgent) if urgent else at, urgent)


def other_time(unsent: Unsent, news: News, now: datetime) -> datetime | None:
    """Return when an unsent notice that stays is sent, if that is another time now.

    A reminder follows what its customer hears meanwhile. A move of another cause that was to be told a moment after the
    first of the day waits for the evening like any further one.
    """
    if unsent.notice.kind == "on_track":
        return reminder_at(news)
    if unsent.notice.kind != "moved" or unsent.held:
        return None
    return evening_of(unsent.caused_at, now if news.move_is_sending else news.moved_told_at, news.zone)


def move_told_at(untold_since: datetime, told_at: datetime | None, zone: ZoneInfo) -> datetime:
    """Return when a move is told: the first of the customer's day after the quiet window, the others in the evening.

    `told_at` is when moves were told last. After ten to midnight the next day's quiet window is over soon enough.
    """
    return evening_of(untold_since, told_at, zone) or untold_since + QUIET


def evening_of(untold_since: datetime, told_at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return when further moves of a day are told; None where it is the first of the day, or the day is over."""
    today = untold_since.astimezone(zone).date()
    if told_at is None or told_at.astimezone(zone).date() != today:
        return None
    evenings = (datetime.combine(today, at, zone) for at in AGAIN_AT)
    return next((evening for evening in evenings if untold_since <= evening), None)


def urgent_at(notice: Notice, lines: Iterable[Line], now: datetime) -> datetime | None:
    """Return when the option of a notice must not wait any longer; None where it has none, or it is too late for it."""
    covered = {line.line_id for line in notice.lines}
    dates = [x.send_before for x in lines if x.line_id in covered and x.send_before and x.send_before > now]
    return max(min(dates) - NEAR, now) if dates else None


def same_day_ends(caused_at: datetime, zone: ZoneInfo) -> datetime:
    """Return the end of the customer's day on which a fact must be told: of the next day if it is caused at 23:45."""
    local = caused_at.astimezone(zone)
    days = 1 if local.time() < SAME_DAY_UNTIL else 2
    return datetime.combine(local.date() + timedelta(days=days), time(), zone)


def is_same_day(caused_at: datetime, sent_at: datetime, zone: ZoneInfo) -> bool:
    """Return whether a customer was told on the same day, by their own calendar."""
    return sent_at < same_day_ends(caused_at, zone)


def next_alarm(after: datetime, zone: ZoneInfo) -> datetime:
    """Return when a held cause alarms again: at the next 16:00."""
    today = after.astimezone(zone).date()
    alarms = (datetime.combine(today + timedelta(days=days), ALARM_AT, zone) for days in (0, 1))
    return next(alarm for alarm in alarms if alarm > after)


def days_moved(line: Line) -> int | None:
    """Return by how many days a line's latest date moves, as its supplies say; None where it had or has no date."""
    latest = line.unpadded or (line.range.latest if line.range else None)
    before: date | None = line.told.range.latest if line.told and line.told.range else None
    return abs((latest - before).days) if latest and before else None


def is_held(lines: int, farthest: int | None) -> bool:
    """Return whether a cause looks like a slip of the finger: it moves more than 200 lines, or one by over 14 days."""
    return lines > MOST_LINES or (farthest or 0) > MOST_DAYS


def _waits_for_refund(notice: Notice, lines: Iterable[Line]) -> bool:
    ours = {line.line_id for line in lines if any(ending.what == "ours" for ending in line.endings)}
    return any(x.line_id in ours and not x.refunds for x in notice.lines)
