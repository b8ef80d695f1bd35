"""What a new customer may have of a position, and when it would ship."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.matching import Supply, Window

State = Literal["in_stock", "backorder", "out_of_stock"]
_MOST_BREAKS: Final = 5


@dataclass(frozen=True, slots=True)
class Break:
    """When an order of up to so many units would ship."""

    up_to_units: int
    ships: Window


@dataclass(frozen=True, slots=True)
class Availability:
    """What a product page shows."""

    state: State
    available_to_sell: int
    breaks: tuple[Break, ...]
    max_orderable: int


def availability(
    free_units: int,
    waiting_units: int,
    supplies: Iterable[Supply],
    backorderable: bool,
    calendar: Calendar,
    first_day: date,
) -> Availability:
    """In stock while units are free; backorder while supplies bring more than is waited for; else out of stock."""
    breaks = _breaks(list(supplies), waiting_units, calendar, first_day) if backorderable else ()
    on_its_way = breaks[-1].up_to_units if breaks else 0
    state: State = "in_stock" if free_units else "backorder" if on_its_way else "out_of_stock"
    return Availability(state, free_units, breaks, free_units + on_its_way)


def _breaks(supplies: Sequence[Supply], taken: int, calendar: Calendar, first_day: date) -> tuple[Break, ...]:
    """Up to five quantities at which the range of a further order gets later."""
    latest = _steps(sorted((s.ready.latest, s.units) for s in supplies), taken)
    earliest = _steps(sorted((s.ready.earliest, s.units) for s in supplies), taken)
    breaks: list[Break] = []
    for units, last_day in latest[:_MOST_BREAKS]:
        first = next(day for up_to, day in earliest if up_to >= units)
        ships = Window(calendar.ships_on(max(first, first_day)), calendar.ships_on(max(last_day, first_day)))
        breaks.append(Break(units, ships))
    return tuple(breaks)


def _steps(supplies: Iterable[tuple[date, int]], taken: int) -> list[tuple[int, date]]:
    """For units beyond those taken: up to how many the day holds."""
    steps: list[tuple[int, date]] = []
    total = -taken
    for day, units in supplies:
        total += units
        if total <= 0 or units == 0:
            continue
        if steps and steps[-1][1] == day:
            steps.pop()
        steps.append((total, day))
    return steps
