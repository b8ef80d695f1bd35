"""Cancels: which units a change of an order takes from a line, first those that nobody has in hand yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.allocation.domain.line import LineKey, PlacedLine
from services.allocation.domain.stock_loss import OwnedUnits, OwnershipChange


@dataclass(frozen=True, slots=True)
class LineState:
    """A line's state: `waiting` units in its queue, what it has on the floor, and how many are to be stopped there.

    Those to be stopped are cancelled (`stopping`) or held (`holding`); the same units may be both.
    `version` is the last at which something was told of it.
    """

    placed: PlacedLine
    shipped: int
    cancelled: int
    waiting: int
    owned: tuple[OwnedUnits, ...] = ()
    stopping: int = 0
    version: int = 0
    holding: int = 0

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
    def on_the_floor(self) -> int:
        return sum(owned.units for owned in self.owned)


@dataclass(frozen=True, slots=True)
class CancelledUnits:
    """Units that a line does not want any more: what waited is cancelled, the floor is asked to `stop` the rest."""

    cancelled: int
    stop: int


def cancel(line: LineState, units: int) -> CancelledUnits:
    """Cancel units: first those that wait, then ask the floor to stop the rest.

    Units that were shipped or never ordered it cannot take.
    """
    waiting = min(units, line.waiting)
    return CancelledUnits(waiting, min(units - waiting, line.on_the_floor - line.stopping))


def units_stopped(owned: Iterable[OwnedUnits], units: int) -> list[OwnershipChange]:
    """Return units to their lots that the floor put back: those that expire last first."""
    changes: list[OwnershipChange] = []
    left = units
    for owned_units in sorted(
        owned, key=lambda owned: (owned.expires_on is None, owned.expires_on, owned.lot), reverse=True
    ):
        taken = min(owned_units.units, left)
        left -= taken
        if taken:
            lot, expires_on = owned_units.lot, owned_units.expires_on
            changes.append(OwnershipChange(owned_units.line, lot, "revoked", -taken, expires_on, lot))
    return changes


def split_stopped(line: LineState, units: int) -> tuple[int, int]:
    """Return how many of the units that the floor put back are cancelled, and how many wait again."""
    cancelled = min(units, line.stopping)
    return cancelled, units - cancelled


def line_after(line: LineState, taken: CancelledUnits) -> LineState:
    """Return a line after units were taken from it."""
    return replace(
        line,
        waiting=line.waiting - taken.cancelled,
        cancelled=line.cancelled + taken.cancelled,
        stopping=line.stopping + taken.stop,
    )


def owned_without(owned: Sequence[OwnedUnits], changes: Iterable[OwnershipChange]) -> tuple[OwnedUnits, ...]:
    """Return what is owned once some of it was given back."""
    units = {owned_units.held: owned_units.units for owned_units in owned}
    for change in changes:
        units[change.line, change.lot] += change.units
    return tuple(
        replace(owned_units, units=units[owned_units.held]) for owned_units in owned if units[owned_units.held]
    )
