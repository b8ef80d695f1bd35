"""The decision about a position: who is served, and what is promised."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.allocation.domain.boundaries import Mark
from services.allocation.domain.line import LineKey
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import Match
from services.allocation.domain.promise import Promise
from services.allocation.domain.renewal import Renewal


@dataclass(frozen=True)
class Decision:
    """Units given to lines, by line; the promises that change; the end of the queue with everything that waits then.

    The lines of `renewals` are still to be promised anew, in another transaction.
    """

    given: Mapping[LineKey, Sequence[Match[FreeLot]]]
    promises: Sequence[Promise]
    end: Mark
    renewals: Sequence[Renewal] = ()

    @cached_property
    def lots(self) -> Mapping[str, int]:
        """Return how many units of each lot lines were given."""
        lots: dict[str, int] = {}
        for grants in self.given.values():
            for grant in grants:
                lots[grant.source.lot] = lots.get(grant.source.lot, 0) + grant.units
        return lots

    @cached_property
    def whole(self) -> Collection[LineKey]:
        """Return the lines that were given all that they wait for."""
        return {line for line, units in self.units.items() if units == self.given[line][0].line.units}

    @cached_property
    def units(self) -> Mapping[LineKey, int]:
        """Return how many units each line was given."""
        return {line: sum(grant.units for grant in grants) for line, grants in self.given.items()}
