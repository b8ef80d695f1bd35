"""The days on which a node works, and when the units of a truck are ready to ship."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_SOONEST: Final = 1
_SLOWEST: Final = 6


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a node works; `working_days` counts from Monday = 1."""

    working_days: frozenset[int]
    holidays: frozenset[date]

    def works_on(self, day: date) -> bool:
        return day.isoweekday() in self.working_days and day not in self.holidays


@dataclass(frozen=True, slots=True)
class Window:
    """Two dates, local to the node, both included."""

    earliest: date
    latest: date


def add_working_days(day: date, days: int, calendar: Calendar) -> date:
    """The `days`-th working day after `day`, which itself counts as 0 whether the node works on it or not.

    So a day on which nobody works counts from the next working day, as its 1: a truck that is due on Saturday and
    takes one working day is ready on Monday, like the one that was due on Friday.
    """
    while days:
        day += _DAY
        days -= calendar.works_on(day)
    return day


def ready_window(due: Window, calendar: Calendar) -> Window:
    """When units of a truck that is due between two dates are ready to ship.

    One working day after the first date at best, six after the last at worst, until there is a history to learn
    from (design: promises.md, "The range").
    """
    return Window(add_working_days(due.earliest, _SOONEST, calendar), add_working_days(due.latest, _SLOWEST, calendar))


def spoken(due: Window) -> str:
    """A range of dates as a person says it: 12 March, 12–14 March, 30 March – 2 April."""
    first, last = due.earliest, due.latest
    if first == last:
        return f"{last.day} {last:%B}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%B}"
    return f"{first.day} {first:%B} – {last.day} {last:%B}"
