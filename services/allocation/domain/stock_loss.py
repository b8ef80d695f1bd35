"""Stock losses: whose units left, and which lines go back to the queue when more leave than nobody owned."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, takewhile
from typing import Literal, TypeAlias

from services.allocation.domain.line import LineKey
from services.allocation.domain.lot import FreeLot, fefo, lives_long_enough
from services.allocation.domain.place import Place

Held: TypeAlias = tuple[LineKey, str]


@dataclass(frozen=True, slots=True)
class OwnedUnits:
    """Units of one lot that a line owns: they are on the floor."""

    queue_at: datetime
    completed_at: datetime
    order_id: str
    line_id: str
    lot: str
    expires_on: date | None
    units: int
    min_life_days: int = 0

    @property
    def line(self) -> LineKey:
        return (self.order_id, self.line_id)

    @property
    def held(self) -> Held:
        return (self.line, self.lot)

    @property
    def place(self) -> Place:
        """Return the place in the order of service; owners lose units from the end of it."""
        return (self.queue_at, self.completed_at, self.order_id, self.line_id)


@dataclass(frozen=True, slots=True)
class ChargedUnits:
    """Units of a lot that left in the name of a line: shipped to its customer, or not found by its picker."""

    line: LineKey
    lot: str
    units: int
    reason: Literal["ship", "short"]


@dataclass(frozen=True, slots=True)
class OwnershipChange:
    """Units of a lot that a line owns more (positive) or less from now on.

    `moved` is from or to another lot. `because` names the lot for whose missing units these are revoked.
    """

    line: LineKey
    lot: str
    change: Literal["given", "shipped", "revoked", "moved"]
    units: int
    expires_on: date | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class LotCorrection:
    """Units that carry another lot than was said: only their lot changes."""

    lot: str
    right_lot: str
    units: int


def charge(
    owned: Collection[OwnedUnits], waiting: Mapping[LineKey, int], takings: Iterable[ChargedUnits]
) -> list[OwnershipChange]:
    """Charge units that left in a line's name to that line, first of the lot that left.

    A shipment from a lot that the line does not own is charged to it all the same: its own lot stays, for the owner of
    the shipped one. Units that a line still waited for (`waiting`, of all known lines) and was shipped, it has got. A
    short goes back to the queue.
    """
    units = {owned_units.held: owned_units.units for owned_units in owned}
    of_line: dict[LineKey, list[OwnedUnits]] = defaultdict(list)
    for owned_units in owned:
        of_line[owned_units.line].append(owned_units)
    open_units = dict(waiting)
    changes: list[OwnershipChange] = []
    for taking in takings:
        if taking.line not in open_units:
            continue
        left = taking.units
        for owned_units in sorted(of_line[taking.line], key=lambda o: (o.lot != taking.lot, o.lot)):
            taken = min(left, units[owned_units.held])
            units[owned_units.held], left = units[owned_units.held] - taken, left - taken
            changes += _taken(owned_units, taking, taken) if taken else []
        changes += _beyond(taking, left, open_units)
    return changes


def _taken(one: OwnedUnits, taking: ChargedUnits, units: int) -> list[OwnershipChange]:
    if taking.reason == "short":
        return [OwnershipChange(one.line, one.lot, "revoked", -units, one.expires_on, taking.lot)]
    shipped = OwnershipChange(one.line, taking.lot, "shipped", -units)
    if one.lot == taking.lot:
        return [shipped]
    swap = OwnershipChange(one.line, one.lot, "moved", -units)
    return [swap, replace(swap, lot=taking.lot, units=units), shipped]


def _beyond(taking: ChargedUnits, left: int, open_units: dict[LineKey, int]) -> list[OwnershipChange]:
    """Charge units that the line did not own: got if it waited for them; those not found it waits for again."""
    if taking.reason == "short":
        open_units[taking.line] += taking.units - left
        return []
    got = min(left, open_units[taking.line])
    open_units[taking.line] -= got
    given = OwnershipChange(taking.line, taking.lot, "given", got)
    return [given, replace(given, change="shipped", units=-got)] if got else []


def settle(
    lots: Iterable[FreeLot], owned: Collection[OwnedUnits], corrected: Iterable[LotCorrection], ships_on: date
) -> list[OwnershipChange]:
    """Settle ownership: after it no lot has fewer units than its lines own. Negative `units` of a lot are too few.

    First units follow their corrected lot. Then owners of missing units get free units of other lots that fit: of those
    at the end of the queue, who would lose them, the first in order of service first. What is still too little is
    revoked from the end of the queue; units of another lot that come free by that go to an owner before. `owned` need
    only name, of each short lot and of all of them together, as many units from the end as there are too few.
    """
    books = _Owners(lots, owned)
    for correction in corrected:
        books.follow(correction)
    books.use_free_lots(ships_on)
    books.revoke_from_the_end(ships_on)
    return books.changes


class _Owners:
    """The owners of units of one position, while ownership is being settled."""

    def __init__(self, lots: Iterable[FreeLot], owned: Collection[OwnedUnits]) -> None:
        self.lots = {lot.lot: lot for lot in sorted(lots, key=fefo)}
        self.free = {name: lot.units for name, lot in self.lots.items()}
        self.from_the_end = sorted(owned, key=lambda owned: owned.place, reverse=True)
        self.of_lot: dict[str, deque[OwnedUnits]] = defaultdict(deque)
        for owned_units in self.from_the_end:
            self.of_lot[owned_units.lot].append(owned_units)
        self.units = {owned_units.held: owned_units.units for owned_units in owned}
        self.moved_to: dict[LineKey, list[OwnedUnits]] = defaultdict(list)
        self.changes: list[OwnershipChange] = []

    def follow(self, corrected: LotCorrection) -> None:
        left = min(corrected.units, self.free[corrected.right_lot])
        for owned in self._owners(corrected.lot):
            units = min(left, self.units[owned.held], self._too_few(corrected.lot))
            left -= units
            self._move(owned, corrected.right_lot, units)

    def use_free_lots(self, ships_on: date) -> None:
        """Give free units to those who would lose theirs, in order of service; then to others, who leave theirs."""
        last = {short: self._last_owners(short) for short in self._short()}
        would_lose = sorted((owned for owners in last.values() for owned in owners), key=lambda owned: owned.place)
        others = [owned for short, owners in last.items() for owned in [*self.of_lot[short]][len(owners) :]]
        for owned in [*would_lose, *others]:
            for lot in (lot for lot, units in self.free.items() if units > 0 and self._fits(owned, lot, ships_on)):
                self._move(owned, lot, min(self.units[owned.held], self._too_few(owned.lot), self.free[lot]))

    def _last_owners(self, short: str) -> list[OwnedUnits]:
        """Return the owners from the end of the queue who own as many units of a lot as there are too few."""
        owners: list[OwnedUnits] = []
        left = self._too_few(short)
        for owned in self._owners(short):
            if left <= 0:
                break
            owners.append(owned)
            left -= self.units[owned.held]
        return owners

    def revoke_from_the_end(self, ships_on: date) -> None:
        for owned in self._from_the_end():
            if not (shorts := self._short()):
                break
            self._revoke(owned, min(self.units[owned.held], self._too_few(owned.lot)), owned.lot)
            for short in shorts if not self._too_few(owned.lot) else ():
                self._give_up(owned, short, ships_on)

    def _from_the_end(self) -> Iterator[OwnedUnits]:
        """Return all that lines own, the last in line first, with what they own only since this began."""
        for line, owned in groupby(self.from_the_end, key=lambda owned: owned.line):
            yield from owned
            yield from self.moved_to[line]

    def _give_up(self, one: OwnedUnits, short: str, ships_on: date) -> None:
        """Take units of its lot from a line, so that those before it keep as many of a short one."""
        for heir in takewhile(lambda _: self.units[one.held], self._owners(short)):
            units = min(self.units[one.held], self.units[heir.held], self._too_few(short))
            if heir.place < one.place and self._fits(heir, one.lot, ships_on):
                self._revoke(one, units, short)
                self._move(heir, one.lot, units)

    def _short(self) -> list[str]:
        return [lot for lot, units in self.free.items() if units < 0]

    def _too_few(self, lot: str) -> int:
        return max(0, -self.free[lot])

    def _owners(self, lot: str) -> Iterator[OwnedUnits]:
        """Return owners from the end of the queue, for as long as the lot is short."""
        owners = self.of_lot[lot]
        while owners and not self.units[owners[0].held]:
            owners.popleft()
        return takewhile(lambda _: self.free[lot] < 0, owners)

    def _fits(self, one: OwnedUnits, lot: str, ships_on: date) -> bool:
        return lives_long_enough(self.lots[lot], one.min_life_days, ships_on)

    def _move(self, one: OwnedUnits, lot: str, units: int) -> None:
        if units:
            self._lose(one, units)
            self.free[lot] -= units
            if (one.line, lot) not in self.units:
                self.moved_to[one.line].append(replace(one, lot=lot, expires_on=self.lots[lot].expires_on, units=units))
            self.units[one.line, lot] = self.units.get((one.line, lot), 0) + units
            moved = OwnershipChange(one.line, one.lot, "moved", -units)
            self.changes += [moved, replace(moved, lot=lot, units=units)]

    def _revoke(self, one: OwnedUnits, units: int, because: str) -> None:
        if units:
            self._lose(one, units)
            self.changes.append(OwnershipChange(one.line, one.lot, "revoked", -units, one.expires_on, because))

    def _lose(self, one: OwnedUnits, units: int) -> None:
        self.units[one.held] -= units
        self.free[one.lot] += units


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of changes: what lines own, got and wait for, and what lots and holdings have."""

    owned: Mapping[LineKey, int]
    shipped: Mapping[LineKey, int]
    waiting: Mapping[LineKey, int]
    lots: Mapping[str, int]
    held: Mapping[Held, int]


def sums(changes: Sequence[OwnershipChange]) -> Sums:
    """Add up changes; a line waits for what it neither owns nor got."""
    owned, shipped, lots, held = Counter[LineKey](), Counter[LineKey](), Counter[str](), Counter[Held]()
    for change in changes:
        owned[change.line] += change.units
        shipped[change.line] -= change.units if change.change == "shipped" else 0
        lots[change.lot] += change.units
        held[change.line, change.lot] += change.units
    waiting = {line: -owned[line] - shipped[line] for line in owned}
    return Sums(owned, shipped, waiting, lots, held)
