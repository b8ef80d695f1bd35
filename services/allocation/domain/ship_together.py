"""Free units for eligible lines in order of service; what ships together gets units only as a whole.

What ships together is a group: a whole order, or the components of one of its bundles.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, TypeVar

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot, fefo, lives_long_enough
from services.allocation.domain.match import Match, match
from services.allocation.domain.place import Place
from services.allocation.domain.position import PositionKey
from services.allocation.domain.window import Window

Grants: TypeAlias = Mapping[PositionKey, Sequence[Match[FreeLot]]]
Group: TypeAlias = str | LineKey
G = TypeVar("G", bound=Group)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line of a group that ships together: `waiting` units that stock does not cover, and `claimed` that it does.

    `free` units that are kept for nobody are at its position, as far as known. `per` units of it go into one bundle; a
    group that has no such number is whole or nothing.
    """

    line: LineKey
    position: PositionKey
    waiting: int
    promised: Window | None = None
    free: int = 0
    claimed: int = 0
    per: int | None = None

    @property
    def promised_by(self) -> date | None:
        """Return the last day of its range."""
        return self.promised.latest if self.promised else None

    def left_out(self, got: int) -> int:
        """Return how many bundles are left out if it gets so many of the units that it waits for."""
        return -(-max(0, self.waiting - got) // self._each)

    def left_out_while_elsewhere(self) -> int:
        """Return how many bundles are left out while nothing of it is released."""
        return -(-(self.waiting + self.claimed) // self._each)

    def wanted(self, left_out: int) -> int:
        """Return how many units it wants if so many bundles are left out."""
        return max(0, self.waiting - left_out * self._each)

    @property
    def _each(self) -> int:
        return self.per or max(1, self.waiting)


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
    takes: Callable[[WaitingLine, int], int] | None = None,
) -> list[Match[FreeLot]]:
    """Give eligible lines free lots, first expiring first (FEFO), none with less than the line's minimum life.

    `takes` says how many a line takes of units that it could get; all of them if nothing does.
    """

    def fits(line: WaitingLine, lot: FreeLot) -> bool:
        return lives_long_enough(lot, line.min_life_days, ships_on)

    return match(queue, sorted(lots, key=fefo), fits, takes)


def allocate_together(
    queues: Mapping[PositionKey, Sequence[WaitingLine]],
    lots: Mapping[PositionKey, Sequence[FreeLot]],
    terms: Mapping[PositionKey, ShippingDays],
    groups: Mapping[G, Sequence[OpenLine]],
) -> Allocation:
    """Allocate several positions, where lines of some `groups` get units for no more than all of their lines can use.

    That is whole bundles, or the whole order. A line that is promised soon enough may take a part, and counts as if it
    had all; units that are free at a position that is not decided here count as if they were given. All groups are
    tried as if they could be served. Of one that cannot, as many bundles are left out as its parts do not make, the
    oldest group first, until all that got something can use it. `terms` are those of all positions of these groups.
    """
    if not groups:
        alone = {key: allocate(queue, lots.get(key, ()), terms[key].ships_on) for key, queue in queues.items()}
        return Allocation(alone, frozenset())
    of_line = group_of(groups)
    open_lines = {line.line: line for lines in groups.values() for line in lines}
    left_out = {group: _left_out_elsewhere(lines, queues, terms) for group, lines in groups.items()}

    def takes(line: WaitingLine, units: int) -> int:
        if (own := open_lines.get(line.line)) is None:
            return units
        most = own.wanted(left_out[of_line[line.line]])
        part = is_soon(own.promised_by, terms[own.position])
        return min(units, most) if part else own.wanted(own.left_out(min(units, most)))

    in_turn = _in_turn(queues, of_line)
    while True:
        grants = {key: allocate(queue, lots.get(key, ()), terms[key].ships_on, takes) for key, queue in queues.items()}
        more = _leave_out(groups, in_turn, grants, terms, left_out)
        if not more:
            return Allocation(grants, frozenset(_passed_over(queues, grants, of_line)))
        left_out |= more


def _in_turn(queues: Mapping[PositionKey, Sequence[WaitingLine]], of_line: Mapping[LineKey, G]) -> list[G]:
    """Return the groups that wait here, by the first of their lines."""
    first: dict[G, Place] = {}
    for line in (line for queue in queues.values() for line in queue if line.line in of_line):
        group = of_line[line.line]
        first[group] = min(line.place, first.get(group, line.place))
    return sorted(first, key=lambda group: first[group])


def _leave_out(
    groups: Mapping[G, Sequence[OpenLine]],
    in_turn: Iterable[G],
    grants: Grants,
    terms: Mapping[PositionKey, ShippingDays],
    left_out: Mapping[G, int],
) -> dict[G, int]:
    """Return of which groups more is left out than so far, since a part got too few units.

    What an older group gives back may do for a younger one, so that only parts elsewhere speak against that one yet.
    That one may then take what groups behind it got meanwhile, and these give back all they got.
    """
    got, more = units_given(grants), dict[G, int]()
    given_back, wanted_again = set[PositionKey](), set[PositionKey]()
    for group in in_turn:
        lacking = [
            (line.position, bundles)
            for line in groups[group]
            if line.position in grants and not is_soon(line.promised_by, terms[line.position])
            for bundles in (line.left_out(got.get(line.line, 0)),)
            if bundles > left_out[group]
        ]
        if final := [bundles for position, bundles in lacking if position not in given_back]:
            more[group] = max(final)
        served = {line.position for line in groups[group] if got.get(line.line)}
        if lacking or served & wanted_again:
            given_back |= served
        wanted_again |= {position for position, _ in lacking if position in given_back}
    return more


def group_of(groups: Mapping[G, Sequence[OpenLine]]) -> dict[LineKey, G]:
    """Return the group that each line ships with."""
    return {line.line: group for group, lines in groups.items() for line in lines}


def is_soon(promised_by: date | None, terms: ShippingDays) -> bool:
    return promised_by is not None and promised_by <= terms.soon


def ready(one: OpenLine, terms: ShippingDays) -> bool:
    return not one.waiting or is_soon(one.promised_by, terms)


def _left_out_elsewhere(
    lines: Iterable[OpenLine], decided: Collection[PositionKey], terms: Mapping[PositionKey, ShippingDays]
) -> int:
    """Return how many bundles of a group lines leave out that are not decided here: what is free there is theirs."""
    elsewhere = (line for line in lines if line.position not in decided and not ready(line, terms[line.position]))
    return max((line.left_out(line.free) for line in elsewhere), default=0)


def units_given(grants: Grants) -> dict[LineKey, int]:
    """Return the units that each line was given."""
    got: dict[LineKey, int] = defaultdict(int)
    for group in grants.values():
        for grant in group:
            got[grant.line.line] += grant.units
    return got


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
