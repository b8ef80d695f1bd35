"""The decision about a position: who is served, and what is promised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.allocation.domain.boundaries import Mark
from services.allocation.domain.line import LineKey
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import Match
from services.allocation.domain.promise import Promise


@dataclass(frozen=True, slots=True)
class Decision:
    """Units for lines, the promises that change, and the end of the queue with everything that waits then."""

    grants: Sequence[Match[FreeLot]]
    promises: Sequence[Promise]
    end: Mark

    @property
    def given(self) -> Mapping[LineKey, Sequence[Match[FreeLot]]]:
        """Return what each line was given."""
        lines: dict[LineKey, list[Match[FreeLot]]] = {}
        for grant in self.grants:
            lines.setdefault(grant.line.line, []).append(grant)
        return lines
