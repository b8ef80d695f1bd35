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
    breaks = _breaks(list(supplies), free_units, waiting_units, calendar, first_day) if backorderable else ()
    most = breaks[-1].up_to_units if breaks else free_units
    state: State = "in_stock" if free_units else "backorder" if breaks else "out_of_stock"
    return Availability(state, free_units, breaks, most)


def _breaks(
    supplies: Sequence[Supply], free: int, taken: int, calendar: Calendar, first_day: date
) -> tuple[Break, ...]:
    """Up to five quantities, each with the free units in it, at which the range of a further order changes."""

    def ships(day: date) -> date:
        return calendar.ships_on(max(day, first_day))

    earliest = _steps(sorted((s.ready.earliest, s.units) for s in supplies), taken)
    breaks: dict[Window, int] = {}
    for units, last_day in _steps(sorted((s.ready.latest, s.units) for s in supplies), taken):
        first = next(day for up_to, day in earliest if up_to >= units)
        breaks[Window(ships(first), ships(last_day))] = free + units
    return tuple(Break(units, window) for window, units in breaks.items())[:_MOST_BREAKS]


def _steps(supplies: Iterable[tuple[date, int]], taken: int) -> list[tuple[int, date]]:
    """For units beyond those taken: up to how many each supply brings them, and on which day."""
    steps: list[tuple[int, date]] = []
    total = -taken
    for day, units in supplies:
        total += units
        if units and total > 0:
            steps.append((total, day))
    return steps
