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
    least: Callable[[WaitingLine], int] = lambda _: 0,
) -> list[Match[S]]:
    """Lay demand end to end in queue order and supply end to end in its own order; where they overlap, units match.

    A source that does not fit a line is left for the next, and so are all units that a line could get if they are fewer
    than the `least` it takes. Linear in lines + sources where all fit.
    """
    supply = list(sources)
    left = [source.units for source in supply]
    first = 0
    matches: list[Match[S]] = []
    for line in queue:
        while first < len(supply) and not left[first]:
            first += 1
        taken: dict[int, int] = {}
        need = line.units
        for place in range(first, len(supply)):
            if left[place] and fits(line, supply[place]):
                taken[place] = min(need, left[place])
                need -= taken[place]
            if not need:
                break
        if line.units - need >= least(line):
            for place, units in taken.items():
                left[place] -= units
                matches.append(Match(line, supply[place], units))
    return matches


def for_sale(lots: Iterable[FreeLot], grants: Iterable[Match[FreeLot]], min_life_days: int, ships_on: date) -> int:
    """Return units that a new customer could have at once: free after the grants, and with the minimum life."""
    free = sum(lot.units for lot in lots if lives_long_enough(lot, min_life_days, ships_on))
    return free - sum(grant.units for grant in grants if lives_long_enough(grant.source, min_life_days, ships_on))
