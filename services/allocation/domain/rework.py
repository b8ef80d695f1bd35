"""Units in rework that come back: a supply that stock itself implies."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.window import Window

REWORK: Final = "rework/"


@dataclass(frozen=True, slots=True)
class Reworked:
    """Units that were posted to rework on one day, and when they are ready to ship."""

    posted_on: date
    units: int
    ready: Window
    cause: str


def put_to_rework(units: int, posted_on: date, calendar: Calendar, cause: str) -> Reworked:
    """Return units in rework: ready from the next working day on, and after the node's rework days at the latest."""
    earliest = calendar.working_days_after(posted_on, 1)
    return Reworked(
        posted_on, units, Window(earliest, calendar.working_days_after(posted_on, calendar.rework_days)), cause
    )


def add(reworked: Iterable[Reworked], more: Reworked) -> list[Reworked]:
    """Add units; those of one day are one supply, whose window stays what it was."""
    by_day = {rework.posted_on: rework for rework in reworked}
    known = by_day.get(more.posted_on)
    by_day[more.posted_on] = replace(known, units=known.units + more.units) if known else more
    return [by_day[day] for day in sorted(by_day)]


def take(reworked: Iterable[Reworked], units: int) -> list[Reworked]:
    """Take units, the oldest first, whether they are mended or given up."""
    left: list[Reworked] = []
    for of_day in sorted(reworked, key=lambda rework: rework.posted_on):
        taken = min(units, of_day.units)
        units -= taken
        if of_day.units > taken:
            left.append(replace(of_day, units=of_day.units - taken))
    return left
