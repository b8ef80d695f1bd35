"""What leaves the queues when units are released: where, how much, and what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.allocation.domain.boundaries import Delta
from services.allocation.domain.claim import Claim
from services.allocation.domain.line import LineKey
from services.allocation.domain.position import PositionKey
from services.allocation.domain.release import Releases


@dataclass(slots=True)
class QueueChange:
    """Changes of what stock does not cover at a position, their value in minor units, and units `claimed` more."""

    deltas: list[Delta] = field(default_factory=list)
    value: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True)
class Served:
    """What leaves each queue, and the lines that leave whole.

    `uncovered` lines wait on, with more units that stock does not cover than before.
    """

    changes: Mapping[PositionKey, QueueChange]
    whole: frozenset[LineKey]
    uncovered: frozenset[LineKey] = frozenset()


def served(releases: Releases, claims: Mapping[PositionKey, Sequence[Claim]]) -> Served:
    """Return what leaves the queues; of what a line still waits for, stock covers what it claims."""
    changes: dict[PositionKey, QueueChange] = {}
    whole: list[LineKey] = []
    uncovered: list[LineKey] = []
    for key, group in releases.items():
        change = changes[key] = QueueChange()
        kept = {claim.line.line: claim.units for claim in claims.get(key, ()) if claim.released}
        for release in group:
            line = release.line
            covered = kept.get(line.line, 0) if kept else 0
            left, before = line.units - release.units - covered, line.units - line.claimed
            change.deltas.append(Delta(line.place, left - before, (left > 0) - (before > 0)))
            change.value += (left - before) * line.unit_price
            change.claimed += covered - line.claimed
            if release.units == line.units:
                whole.append(line.line)
            elif left > before:
                uncovered.append(line.line)
    return Served(changes, frozenset(whole), frozenset(uncovered))
