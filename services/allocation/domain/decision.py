"""The decision about a position: who is served, and what is promised."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.allocation.domain.boundaries import Mark
from services.allocation.domain.line import LineKey
from services.allocation.domain.promise import Promise
from services.allocation.domain.release import Release
from services.allocation.domain.renewal import Renewal


@dataclass(frozen=True)
class Decision:
    """What goes to the floor, in order of service; the promises that change; the end of the queue with what waits then.

    The lines of `renewals` are still to be promised anew, in another transaction.
    """

    releases: Sequence[Release]
    promises: Sequence[Promise]
    end: Mark
    renewals: Sequence[Renewal] = ()

    @cached_property
    def told(self) -> Sequence[Promise]:
        """Return the promises that customers are told of."""
        return [promise for promise in self.promises if promise.told]

    @cached_property
    def lots(self) -> Mapping[str, int]:
        """Return how many units of each lot lines were given."""
        lots: dict[str, int] = {}
        for release in self.releases:
            for grant in release.grants:
                lots[grant.source.lot] = lots.get(grant.source.lot, 0) + grant.units
        return lots

    @cached_property
    def whole(self) -> Collection[LineKey]:
        """Return the lines that were given all that they wait for."""
        return {release.line.line for release in self.releases if release.units == release.line.units}

    @property
    def units(self) -> int:
        """Return how many units lines were given."""
        return sum(release.units for release in self.releases)
