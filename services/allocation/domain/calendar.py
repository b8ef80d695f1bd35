"""The days on which a node ships."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

_DAY: Final = timedelta(days=1)
_LONGEST_CLOSURE: Final = 366


class NeverOpen(Exception):
    """The node has no working day within a year: mend its holidays."""


class NodeDay(Struct, frozen=True, gc=False):
    """A day at a node: `today`, the one on which what is ready now ships, and until when it does: never in the past."""

    today: date
    ships_on: date
    cuts_off_at: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days and hours of a node. `working_days` counts from Monday = 1; `cut_off` is local time.

    `rework_days` is how many working days rework takes there, `orders_per_day` how many orders the floor can ship. Its
    `version` is its name among those of the node: calendars are equal when they say the same.
    """

    zone: ZoneInfo
    working_days: frozenset[int]
    holidays: frozenset[date]
    cut_off: time
    rework_days: int = 5
    orders_per_day: int | None = None
    version: int = field(default=0, compare=False)

    def ships_on(self, day: date) -> date:
        """Return the first working day from `day` on."""
        for ahead in range(_LONGEST_CLOSURE):
            candidate = day + ahead * _DAY
            if candidate.isoweekday() in self.working_days and candidate not in self.holidays:
                return candidate
        raise NeverOpen

    def next_shipping_day(self, now: datetime) -> date:
        """Return the day on which what is ready now ships: today before the cut-off, else the next working day."""
        return _next_shipping_day(self, now)

    def day_at(self, now: datetime) -> NodeDay:
        """Return what day it is at the node."""
        ships_on = self.next_shipping_day(now)
        return NodeDay(now.astimezone(self.zone).date(), ships_on, self.cuts_off_at(ships_on))

    def opens_at(self, day: date) -> datetime:
        """Return when a day begins at the node."""
        return datetime.combine(day, time(), self.zone)

    def cuts_off_at(self, day: date) -> datetime:
        """Return when a day's cut-off has passed, in UTC; where clocks change then, the later reading of that time."""
        local = datetime.combine(day, self.cut_off, self.zone)
        return max(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))

    def working_days_after(self, day: date, days: int) -> date:
        """Return the working day that comes so many working days after `day`, which does not count itself."""
        for _ in range(days):
            day = self.ships_on(day + _DAY)
        return day


@lru_cache(maxsize=1000)
def _next_shipping_day(calendar: Calendar, now: datetime) -> date:
    local = now.astimezone(calendar.zone)
    today = local.date()
    return calendar.ships_on(today if local.time() < calendar.cut_off else today + _DAY)
