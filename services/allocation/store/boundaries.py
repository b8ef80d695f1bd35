"""Boundaries of supplies in the queues of locked positions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from services.allocation.domain.boundaries import RANKINGS, Boundaries, Boundary, Mark, Ranking, Target
from services.allocation.domain.position import PositionKey
from services.allocation.store import QUERIES, read, write
from services.allocation.store.queue import place_of
from shared.db.queries import columns
from shared.messaging.transaction import Tx

Targets = Mapping[Ranking, Sequence[Target]]


@dataclass(slots=True)
class Walk:
    """A walk from a known mark to the line at which so many units end, over as many lines at a time."""

    key: PositionKey
    mark: Mark
    units: int
    most: int

    @property
    def ahead(self) -> bool:
        return self.units >= self.mark.units


async def boundaries(tx: Tx, ends: Mapping[PositionKey, Mark]) -> Mapping[PositionKey, Boundaries]:
    """Read where supplies ended when their queues were last decided; the queues ended then where `ends` say."""
    found: dict[PositionKey, dict[Ranking, list[Boundary]]] = {
        key: {ranking: [] for ranking in RANKINGS} for key in ends
    }
    for row in await read(tx, "boundaries", ends):
        end = Mark(place_of(row), row["units_before"], row["lines_before"])
        if row["queue_at"] is None:
            end = ends[row["sku"], row["node"]]
        found[row["sku"], row["node"]][row["ranking"]].append(
            Boundary((row["kind"], row["supply_id"]), row["ready_on"], row["units"], end, row["padding"])
        )
    return found


async def find(
    tx: Tx, targets: Mapping[PositionKey, Targets], ends: Mapping[PositionKey, Mark]
) -> Mapping[PositionKey, Boundaries]:
    """Walk to where each supply ends now; `ends` are the ends of the queues."""
    wanted = [
        (key, ranking, target, Walk(key, target.nearest, target.total, _stride(target, ends[key])))
        for key, by_ranking in targets.items()
        for ranking, ends_to_find in by_ranking.items()
        for target in ends_to_find
    ]
    await _walk(tx, [walk for *_, walk in wanted if walk.mark.place is not None or walk.units < walk.mark.units])
    found: dict[PositionKey, dict[Ranking, list[Boundary]]] = {
        key: {ranking: [] for ranking in RANKINGS} for key in targets
    }
    for key, ranking, target, walk in wanted:
        found[key][ranking].append(Boundary(target.supply, target.ready_on, target.units, walk.mark))
    return found


def _stride(target: Target, end: Mark) -> int:
    """Return as many lines as that many units are on average, and some more."""
    return 4 + abs(target.total - target.nearest.units) * end.lines * 5 // (max(1, end.units) * 4)


async def _walk(tx: Tx, walks: Sequence[Walk]) -> None:
    """Go on with every walk until it has arrived, over twice as many lines each time."""
    while walks:
        going: list[Walk] = []
        for ahead, query in ((True, "walk_forward"), (False, "walk_back")):
            own = [walk for walk in walks if walk.ahead is ahead]
            for row in await _seen(tx, query, own) if own else ():
                walk = own[row["walk"]]
                arrived = row["units_seen"] > walk.units - walk.mark.units if ahead else _reached(row, walk)
                walk.mark, walk.most = _mark(row, walk, ahead=ahead), walk.most * 2
                going += [] if arrived else [walk]
        walks = going


async def _seen(tx: Tx, query: str, walks: Sequence[Walk]) -> list[asyncpg.Record]:
    rows = [
        (number, *walk.key, *(walk.mark.place or (None,) * 4), abs(walk.units - walk.mark.units), walk.most)
        for number, walk in enumerate(walks)
    ]
    found: list[asyncpg.Record] = await tx.fetch(QUERIES[query], *columns(rows, 9))
    return found


def _reached(row: asyncpg.Record, walk: Walk) -> bool:
    return bool(row["units_seen"] >= walk.mark.units - walk.units)


def _mark(row: asyncpg.Record, walk: Walk, *, ahead: bool) -> Mark:
    if ahead:
        units, lines = row["units_seen"] - row["units"], row["lines_seen"] - 1
        return Mark(place_of(row), walk.mark.units + units, walk.mark.lines + lines)
    return Mark(place_of(row), walk.mark.units - row["units_seen"], walk.mark.lines - row["lines_seen"])


async def keep(tx: Tx, boundaries: Mapping[PositionKey, Boundaries]) -> None:
    """Write where supplies end from now on."""
    await write(tx, "forget_boundaries", boundaries)
    await write(tx, "keep_boundaries", _rows(boundaries))


def _rows(boundaries: Mapping[PositionKey, Boundaries]) -> Iterable[tuple[object, ...]]:
    for key, by_ranking in boundaries.items():
        for ranking, ranked in by_ranking.items():
            for boundary in ranked:
                end = boundary.end
                before = (*end.place, end.units, end.lines) if end.place else (None,) * 6
                yield (*key, ranking, *boundary.supply, boundary.ready_on, boundary.units, *before, boundary.padding)
