"""Who gets which units: demand in queue order laid against supply in its own order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeAlias, TypeVar

LineKey: TypeAlias = tuple[str, str]
Place: TypeAlias = tuple[datetime, datetime, str, str]


@dataclass(frozen=True, slots=True)
class Window:
    """Two dates, both included."""

    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line in the queue of one position: `units` it still waits for.

    `promised` are the ship dates it holds, `told` those that its customer was told last. It does not ship before
    `gate_on`. `together`: only with the rest of its order. `unit_price` is in minor units. `shown_by` is T where
    the rule on delays is on (law.py).
    """

    queue_at: datetime
    completed_at: datetime
    order_id: str
    line_id: str
    units: int
    min_life_days: int = 0
    promised: Window | None = None
    unit_price: int = 0
    gate_on: date | None = None
    together: bool = False
    told: Window | None = None
    shown_by: date | None = None

    @property
    def place(self) -> Place:
        """The order of service: lower is served first."""
        return (self.queue_at, self.completed_at, self.order_id, self.line_id)

    @property
    def line(self) -> LineKey:
        return (self.order_id, self.line_id)


@dataclass(frozen=True, slots=True)
class FreeLot:
    """Sellable units of one lot that no line owns. An empty lot is none."""

    lot: str
    expires_on: date | None
    units: int


@dataclass(frozen=True, slots=True)
class Supply:
    """Units on their way, when they are ready to ship, and how often (percent) the supplier is on time, if known."""

    supply_id: str
    units: int
    ready: Window
    cause: str
    reason: str
    on_time_share: int | None = None


S = TypeVar("S", FreeLot, Supply)


@dataclass(frozen=True, slots=True)
class Match(Generic[S]):
    """Units of one source for one line."""

    line: Waiting
    source: S
    units: int


def match(
    queue: Iterable[Waiting],
    sources: Iterable[S],
    fits: Callable[[Waiting, S], bool],
    least: Callable[[Waiting], int] = lambda _: 0,
) -> list[Match[S]]:
    """Lays demand end to end in queue order and supply end to end in its own order; where they overlap, units match.

    A source that does not fit a line is left for the next, and so is all that a line could get if that is less than
    the `least` it takes. Linear in lines + sources where all fit.
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


def lives_long_enough(lot: FreeLot, min_life_days: int, ships_on: date) -> bool:
    """Whether units that ship on a day have at least so many days left after it; without expiry they always do."""
    return lot.expires_on is None or lot.expires_on >= ships_on + timedelta(days=min_life_days)


def for_sale(lots: Iterable[FreeLot], grants: Iterable[Match[FreeLot]], min_life_days: int, ships_on: date) -> int:
    """Units that a new customer could have at once: free after the grants, and with the minimum life."""
    free = sum(lot.units for lot in lots if lives_long_enough(lot, min_life_days, ships_on))
    return free - sum(one.units for one in grants if lives_long_enough(one.source, min_life_days, ships_on))


def fefo(lot: FreeLot) -> tuple[date, str]:
    """First expiring first; what does not expire comes last."""
    return (lot.expires_on or date.max, lot.lot)
