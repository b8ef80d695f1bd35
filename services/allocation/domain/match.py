"""Matching: demand in queue order laid against supply in its own order."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Generic, TypeVar

from msgspec import Struct

from services.allocation.domain.line import WaitingLine
from services.allocation.domain.lot import FreeLot, lives_long_enough
from services.allocation.domain.supply import Supply

S = TypeVar("S", FreeLot, Supply)


class Match(Struct, Generic[S], frozen=True, gc=False):
    """Units of one source for one line."""

    line: WaitingLine
    source: S
    units: int


def match(
    queue: Iterable[WaitingLine],
    sources: Iterable[S],
    fits: Callable[[WaitingLine, S], bool],
    takes: Callable[[WaitingLine, int], int] | None = None,
) -> list[Match[S]]:
    """Lay demand end to end in queue order and supply end to end in its own order; where they overlap, units match.

    A source that does not fit a line is left for the next, and so are units that a line could get and does not take.
    Linear in lines + sources where all fit.
    """
    supply = list(sources)
    left = [source.units for source in supply]
    first = 0
    matches: list[Match[S]] = []
    for line in queue:
        while first < len(supply) and not left[first]:
            first += 1
        taken: list[tuple[int, int]] = []
        need = line.units
        for place in range(first, len(supply)):
            if left[place] and fits(line, supply[place]):
                taken.append((place, min(need, left[place])))
                need -= taken[-1][1]
            if not need:
                break
        if takes is not None and taken:
            taken = _first(taken, takes(line, line.units - need))
        for place, units in taken:
            left[place] -= units
            matches.append(Match(line, supply[place], units))
    return matches


def _first(taken: Iterable[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    first: list[tuple[int, int]] = []
    for place, units in taken:
        if most:
            first.append((place, min(units, most)))
            most -= first[-1][1]
    return first


def for_sale(lots: Iterable[FreeLot], grants: Iterable[Match[FreeLot]], min_life_days: int, ships_on: date) -> int:
    """Return units that a new customer could have at once: free after the grants, and with the minimum life."""
    free = sum(lot.units for lot in lots if lives_long_enough(lot, min_life_days, ships_on))
    return free - sum(grant.units for grant in grants if lives_long_enough(grant.source, min_life_days, ships_on))
