"""Free units for eligible lines in order of service; what ships together gets units only as a whole.

What ships together is a group: a whole order, or the components of one of its bundles.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias, TypeVar

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot, fefo, lives_long_enough
from services.allocation.domain.match import Match, match
from services.allocation.domain.position import PositionKey
from services.allocation.domain.window import Window

Grants: TypeAlias = Mapping[PositionKey, Sequence[Match[FreeLot]]]
Group: TypeAlias = str | LineKey
G = TypeVar("G", bound=Group)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line of a group that ships together: `waiting` units that stock does not cover, and `claimed` that it does.

    `free` units that are kept for nobody are at its position, as far as known.
    """

    line: LineKey
    position: PositionKey
    waiting: int
    promised: Window | None = None
    free: int = 0
    claimed: int = 0

    @property
    def promised_by(self) -> date | None:
        """Return the last day of its range."""
        return self.promised.latest if self.promised else None


@dataclass(frozen=True, slots=True)
class ShippingDays:
    """The day on which free units ship, and the day until which promised units are worth waiting for."""

    ships_on: date
    soon: date


@dataclass(frozen=True, slots=True)
class Allocation:
    """The units that lines were given, and the orders that ship together and were passed over by others."""

    grants: Grants
    passed_over: frozenset[str]


def allocate(
    queue: Iterable[WaitingLine],
    lots: Iterable[FreeLot],
    ships_on: date,
    least: Mapping[LineKey, int] | None = None,
) -> list[Match[FreeLot]]:
    """Give eligible lines free lots, first expiring first (FEFO), none with less than the line's minimum life.

    A line that has a `least` gets nothing rather than less.
    """

    def fits(line: WaitingLine, lot: FreeLot) -> bool:
        return lives_long_enough(lot, line.min_life_days, ships_on)

    if not least:
        return match(queue, sorted(lots, key=fefo), fits)
    return match(queue, sorted(lots, key=fefo), fits, lambda line: least.get(line.line, 0))


def allocate_together(
    queues: Mapping[PositionKey, Sequence[WaitingLine]],
    lots: Mapping[PositionKey, Sequence[FreeLot]],
    terms: Mapping[PositionKey, ShippingDays],
    groups: Mapping[G, Sequence[OpenLine]],
) -> Allocation:
    """Allocate several positions, where lines of some `groups` may only get units if the rest of them is ready.

    The rest is ready where it owns its units, would get free ones in this same decision, is promised soon enough, or
    where units for it are free at a position that is not decided here. Such groups are tried as if they could be
    served; the oldest that cannot is left out, until all that got something are ready. `terms` are those of all
    positions of these orders.
    """
    if not groups:
        alone = {key: allocate(queue, lots.get(key, ()), terms[key].ships_on) for key, queue in queues.items()}
        return Allocation(alone, frozenset())
    out: set[G] = set()
    of_line = group_of(groups)
    while True:
        least = _least(queues, terms, groups, out)
        grants = {key: allocate(queue, lots.get(key, ()), terms[key].ships_on, least) for key, queue in queues.items()}
        touched = {
            of_line[grant.line.line] for group in grants.values() for grant in group if grant.line.line in of_line
        }
        failing = [group for group in touched if not _whole(groups[group], grants, terms)]
        if not failing:
            return Allocation(grants, frozenset(_passed_over(queues, grants, of_line)))
        out.add(min(failing, key=lambda group: _first_place(queues, groups[group])))


def group_of(groups: Mapping[G, Sequence[OpenLine]]) -> dict[LineKey, G]:
    """Return the group that each line ships with."""
    return {line.line: group for group, lines in groups.items() for line in lines}


def _least(
    queues: Mapping[PositionKey, Sequence[WaitingLine]],
    terms: Mapping[PositionKey, ShippingDays],
    groups: Mapping[G, Sequence[OpenLine]],
    out: Collection[G],
) -> dict[LineKey, int]:
    """Return what a line that ships with others takes: all that it wants, unless the rest of it comes soon."""
    least: dict[LineKey, int] = {}
    of_line = group_of(groups)
    for key, queue in queues.items():
        for line in (line for line in queue if line.line in of_line):
            group = of_line[line.line]
            if group in out or not _others_ready(line, groups[group], queues, terms):
                least[line.line] = line.units + 1
            elif not is_soon(line.promised.latest if line.promised else None, terms[key]):
                least[line.line] = line.units
    return least


def is_soon(promised_by: date | None, terms: ShippingDays) -> bool:
    return promised_by is not None and promised_by <= terms.soon


def _others_ready(
    line: WaitingLine,
    group: Sequence[OpenLine],
    queues: Mapping[PositionKey, Sequence[WaitingLine]],
    terms: Mapping[PositionKey, ShippingDays],
) -> bool:
    """Return whether the lines that are not decided here are ready."""
    others = [open_line for open_line in group if open_line.line != line.line and open_line.position not in queues]
    return all(ready(line, terms[line.position]) or line.free >= line.waiting for line in others)


def ready(one: OpenLine, terms: ShippingDays) -> bool:
    return not one.waiting or is_soon(one.promised_by, terms)


def _whole(lines: Sequence[OpenLine], grants: Grants, terms: Mapping[PositionKey, ShippingDays]) -> bool:
    """Return whether the lines that are decided here got all they want, or get it soon enough."""
    got = units_given(grants)
    return all(
        got.get(line.line, 0) >= line.waiting or is_soon(line.promised_by, terms[line.position])
        for line in lines
        if line.position in grants
    )


def units_given(grants: Grants) -> dict[LineKey, int]:
    """Return the units that each line was given."""
    got: dict[LineKey, int] = defaultdict(int)
    for group in grants.values():
        for grant in group:
            got[grant.line.line] += grant.units
    return got


def _first_place(
    queues: Mapping[PositionKey, Sequence[WaitingLine]], group: Sequence[OpenLine]
) -> tuple[datetime, datetime, str, str]:
    lines = {line.line for line in group}
    return min(line.place for queue in queues.values() for line in queue if line.line in lines)


def _passed_over(
    queues: Mapping[PositionKey, Sequence[WaitingLine]], grants: Grants, of_line: Mapping[LineKey, G]
) -> set[str]:
    """Return the orders of which a group got nothing while a line behind it did."""
    got = {of_line.get(grant.line.line) for group in grants.values() for grant in group}
    passed: set[str] = set()
    for key, queue in queues.items():
        last = max((grant.line.place for grant in grants[key]), default=None)
        passed |= {
            line.order_id
            for line in queue
            if line.line in of_line and of_line[line.line] not in got and last is not None and line.place < last
        }
    return passed
