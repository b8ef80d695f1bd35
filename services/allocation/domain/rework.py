"""Units in rework that come back: a supply that stock itself implies."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window


def put_to_rework(units: int, posted_on: date, calendar: Calendar, cause: str) -> Supply:
    """Return units in rework: ready from the next working day on, and after the node's rework days at the latest."""
    ready = Window(
        calendar.working_days_after(posted_on, 1), calendar.working_days_after(posted_on, calendar.rework_days)
    )
    return Supply(f"rework/{posted_on}", units, ready, cause, "in rework", kind="rework")


def add(reworked: Iterable[Supply], more: Supply) -> list[Supply]:
    """Add units; those of one day are one supply, whose window stays what it was."""
    by_day = {rework.supply_id: rework for rework in reworked}
    known = by_day.get(more.supply_id)
    by_day[more.supply_id] = replace(known, units=known.units + more.units) if known else more
    return [by_day[day] for day in sorted(by_day)]


def take(reworked: Iterable[Supply], units: int) -> list[Supply]:
    """Take units, the oldest first, whether they are mended or given up."""
    left: list[Supply] = []
    for of_day in sorted(reworked, key=lambda rework: rework.supply_id):
        taken = min(units, of_day.units)
        units -= taken
        if of_day.units > taken:
            left.append(replace(of_day, units=of_day.units - taken))
    return left
