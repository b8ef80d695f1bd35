"""Cancels: which units a change of an order takes from a line, first those that nobody has in hand yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.allocation.domain.line import LineKey, PlacedLine
from services.allocation.domain.stock_loss import OwnedUnits, OwnershipChange


@dataclass(frozen=True, slots=True)
class LineState:
    """A line's state: `waiting` units in its queue, what it owns, and how many the floor was asked to stop.

    `version` is the last at which something was told of it.
    """

    placed: PlacedLine
    shipped: int
    cancelled: int
    waiting: int
    owned: tuple[OwnedUnits, ...] = ()
    stopping: int = 0
    version: int = 0

    @property
    def line(self) -> LineKey:
        return self.placed.line

    @property
    def wanted(self) -> int:
        return self.placed.units - self.cancelled

    @property
    def open_units(self) -> int:
        """Return the units that a cancel can still take: wanted, not shipped, not asked back from the floor before."""
        return self.wanted - self.shipped - self.stopping

    @property
    def unreleased(self) -> tuple[OwnedUnits, ...]:
        return tuple(owned for owned in self.owned if not owned.released)

    @property
    def on_the_floor(self) -> int:
        return sum(owned.units for owned in self.owned if owned.released)


@dataclass(frozen=True, slots=True)
class CancelledUnits:
    """Units that a line does not want any more, and where they were.

    `changes` are units that nobody picks yet, `stop` are on the floor.
    """

    waiting: int
    changes: tuple[OwnershipChange, ...]
    stop: int

    @property
    def cancelled(self) -> int:
        return self.waiting - sum(change.units for change in self.changes)


def cancel(line: LineState, units: int) -> CancelledUnits:
    """Cancel units: first those that wait, then those owned ahead of release; ask the floor to stop the rest.

    Units that were shipped or never ordered it cannot take.
    """
    waiting = min(units, line.waiting)
    changes = give_back(line.unreleased, units - waiting)
    left = units - waiting + sum(change.units for change in changes)
    return CancelledUnits(waiting, tuple(changes), min(left, line.on_the_floor - line.stopping))


def give_back(owned: Iterable[OwnedUnits], most: int | None = None) -> list[OwnershipChange]:
    """Return units that lines own no longer, at most so many; those that expire last go first."""
    changes: list[OwnershipChange] = []
    left = most
    for owned_units in sorted(
        owned, key=lambda owned: (owned.expires_on is None, owned.expires_on, owned.lot), reverse=True
    ):
        units = owned_units.units if left is None else min(owned_units.units, left)
        left = None if left is None else left - units
        if units:
            changes.append(
                OwnershipChange(
                    owned_units.line,
                    owned_units.lot,
                    "revoked",
                    -units,
                    owned_units.released,
                    owned_units.expires_on,
                    owned_units.lot,
                )
            )
    return changes


def units_stopped(line: LineState, units: int) -> list[OwnershipChange]:
    """Return units to a line's lots that the floor put back: the line owns them no longer."""
    return give_back((owned for owned in line.owned if owned.released), units)


def line_after(line: LineState, taken: CancelledUnits) -> LineState:
    """Return a line after units were taken from it."""
    return replace(
        line,
        waiting=line.waiting - taken.waiting,
        cancelled=line.cancelled + taken.cancelled,
        owned=owned_without(line.owned, taken.changes),
        stopping=line.stopping + taken.stop,
    )


def owned_without(owned: Sequence[OwnedUnits], changes: Iterable[OwnershipChange]) -> tuple[OwnedUnits, ...]:
    """Return what is owned once some of it was given back."""
    units = {owned_units.held: owned_units.units for owned_units in owned}
    for change in changes:
        units[change.line, change.lot, change.released] += change.units
    return tuple(
        replace(owned_units, units=units[owned_units.held]) for owned_units in owned if units[owned_units.held]
    )
