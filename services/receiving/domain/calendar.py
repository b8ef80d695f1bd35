"""Working days of a node, and when the units of a truck are ready to ship."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.receiving.facts.window import Window

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which a node works; `working_days` counts from Monday = 1."""

    working_days: frozenset[int]
    holidays: frozenset[date]

    def works_on(self, day: date) -> bool:
        return day.isoweekday() in self.working_days and day not in self.holidays


@dataclass(frozen=True, slots=True)
class Span:
    """How many working days something takes: at best, and at worst."""

    soonest: int
    slowest: int


OF_AN_ASN: Final = Span(1, 6)


def add_working_days(day: date, days: int, calendar: Calendar) -> date:
    """Return the `days`-th working day after `day`, which itself counts as 0 whether the node works on it or not.

    A day on which nobody works counts from the next working day, as its 1: a truck that is due on Saturday and takes
    one working day is ready on Monday, like the one that was due on Friday.
    """
    while days:
        day += DAY
        days -= calendar.works_on(day)
    return day


def working_days_between(first: date, last: date, calendar: Calendar) -> int:
    """Count the working days after `first` until `last`: Friday to Monday is one, and backwards is negative."""
    if last < first:
        return -working_days_between(last, first, calendar)
    return sum(calendar.works_on(first + n * DAY) for n in range(1, (last - first).days + 1))


def ready_window(due: Window, calendar: Calendar, span: Span = OF_AN_ASN) -> Window:
    """Return when units that are due between two dates are ready: `span` working days after the first and the last.

    Without a history to learn from, the span of an announced truck is one to six days.
    """
    earliest = add_working_days(due.earliest, span.soonest, calendar)
    return Window(earliest, max(earliest, add_working_days(due.latest, span.slowest, calendar)))


def dates_in_words(due: Window) -> str:
    """Write a range of dates as a person says it: 12 March, 12–14 March, 30 March – 2 April."""
    first, last = due.earliest, due.latest
    if first == last:
        return f"{last.day} {last:%B}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%B}"
    return f"{first.day} {first:%B} – {last.day} {last:%B}"


def moment_in_words(at: datetime, zone: ZoneInfo) -> str:
    """Write a moment as people at the node say it: Thu 11 March 09:00."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%B %H:%M}"
