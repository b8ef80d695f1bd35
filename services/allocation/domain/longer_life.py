"""Lines that ask for a longer life than their product's: promised from the first supply whose units live that long.

The boundaries count such a line where it stands, as if any units served it. Whoever stands behind it and is served by
the supply that it gets, or by a later one, finds its units taken once either way; who is served by an earlier one finds
more than was counted on. So nobody is promised sooner than a full match would, and the boundaries need not know of it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.allocation.domain.boundaries import Boundary
from services.allocation.domain.calendar import Calendar
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.supply import Supply, SupplyKey, known_as, lasting_units
from services.allocation.domain.window import Window


@dataclass(frozen=True, slots=True)
class LongerLifeLine:
    """A waiting line that asks for a longer life, the units that wait before it, and what it was promised from."""

    line: WaitingLine
    units_before: int
    supply_id: str | None = None


@dataclass(frozen=True, slots=True)
class Serving:
    """What serves a line that asks for a longer life: nothing, or all of it once the last supply is ready."""

    ready: Window | None = None
    supply: SupplyKey | None = None

    def is_news(self, line: LongerLifeLine) -> bool:
        """Return whether the line was promised from another supply."""
        return known_as(self.supply) != line.supply_id or (self.ready is None) != (line.line.promised is None)


def serve_longer_lives(
    lines: Sequence[LongerLifeLine], latest: Sequence[Boundary], supplies: Sequence[Supply], calendar: Calendar
) -> dict[LineKey, Serving]:
    """Return what serves each line, given in order of service; `latest` are where supplies end, ranked by latest.

    Of the supply in which a line stands, it gets what those before it leave; of that and of later ones, what earlier
    lines leave that ask for a longer life.
    """
    known: Mapping[SupplyKey, Supply] = {supply.key: supply for supply in supplies}
    taken: dict[SupplyKey, int] = defaultdict(int)
    return {row.line.line: _serve(row, latest, known, taken, calendar) for row in lines}


def _serve(
    asks: LongerLifeLine,
    latest: Sequence[Boundary],
    known: Mapping[SupplyKey, Supply],
    taken: dict[SupplyKey, int],
    calendar: Calendar,
) -> Serving:
    line, left, before = asks.line, asks.line.uncovered, 0
    is_its_own = True
    for boundary in latest:
        if boundary.end.place is None or boundary.end.place > line.place:
            supply = known[boundary.supply]
            used = max(0, asks.units_before - before) if is_its_own else taken[supply.key]
            lasting = lasting_units(supply, line.min_life_days, calendar) - taken[supply.key]
            units = max(0, min(left, lasting, boundary.units - used))
            left -= units
            taken[supply.key] += units
            is_its_own = False
            if not left:
                return Serving(supply.ready, supply.key)
        before += boundary.units
    return Serving()
