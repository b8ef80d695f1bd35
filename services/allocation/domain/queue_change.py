"""What leaves the queues when units are released: where, how much, and what it is worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.allocation.domain.boundaries import Delta
from services.allocation.domain.claim import Releases
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.position import PositionKey


@dataclass(slots=True)
class QueueChange:
    """Changes of what stock does not cover at a position, their value in minor units, and units `claimed` more."""

    deltas: list[Delta] = field(default_factory=list)
    value: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True)
class Served:
    """What leaves each queue, and the lines that leave whole."""

    changes: Mapping[PositionKey, QueueChange]
    whole: frozenset[LineKey]


def units_of(releases: Releases) -> Iterator[tuple[PositionKey, WaitingLine, int]]:
    """Return each released line with its position and units."""
    for key, lines in releases.items():
        for grants in lines.values():
            yield key, grants[0].line, sum(grant.units for grant in grants)


def served(released: Sequence[tuple[PositionKey, WaitingLine, int]]) -> Served:
    """Return what leaves the queues: a line that waits on has nothing that stock covers."""
    changes: dict[PositionKey, QueueChange] = {}
    whole: list[LineKey] = []
    for key, line, units in released:
        left, uncovered = line.units - units, line.uncovered
        change = changes.get(key) or changes.setdefault(key, QueueChange())
        change.deltas.append(Delta(line.place, left - uncovered, (left > 0) - (uncovered > 0)))
        change.value += (left - uncovered) * line.unit_price
        change.claimed -= line.claimed
        if not left:
            whole.append(line.line)
    return Served(changes, frozenset(whole))
