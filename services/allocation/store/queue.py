"""The queue in order of service. Whoever changes or reads it has locked the position first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from services.allocation.domain.boundaries import Delta, Mark, Stretch
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.place import Place
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise
from services.allocation.domain.window import Window
from services.allocation.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


class NotWaiting(Exception):
    """A line cannot wait for fewer units than it waits for."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A line that waits for `delta` units more or less than before; `units` it still waits for.

    `promised`: it was promised something before.
    """

    key: PositionKey
    line: LineKey
    place: Place
    units: int
    delta: int
    unit_price: int
    gate_on: date | None
    eligible: bool
    promised: bool

    @property
    def waited(self) -> bool:
        return self.units > self.delta

    @property
    def is_new(self) -> bool:
        """Return whether a line joins that never waited before."""
        return not self.waited and not self.promised

    @property
    def change(self) -> Delta:
        lines = 1 if not self.waited else -1 if not self.units else 0
        return Delta(self.place, self.delta, lines)


async def wait(tx: Tx, units: Mapping[LineKey, int]) -> list[Wait]:
    """Let lines wait for so many units more or, where negative, less."""
    longer = [(*line, n) for line, n in units.items() if n > 0]
    less = [(*line, -n) for line, n in units.items() if n < 0]
    rows = await tx.connection.fetch(QUERIES["wait_longer"], *columns(longer, 3), tx.now) if longer else []
    waits = [_wait(row, row["units"]) for row in rows]
    if less:
        gone = await tx.connection.fetch(QUERIES["wait_no_more"], *columns(less, 3))
        fewer = await tx.connection.fetch(QUERIES["wait_less"], *columns(less, 3))
        if len(gone) + len(fewer) < len(less):
            raise NotWaiting
        waits += [_wait(row, 0) for row in gone] + [_wait(row, row["units"]) for row in fewer]
    return waits


def _wait(row: asyncpg.Record, units: int) -> Wait:
    return Wait(
        (row["sku"], row["node"]), (row["order_id"], row["line_id"]), place_of(row), units, row["delta"],
        row["unit_price"], row["gate_on"], row["is_eligible"], row["promised"],
    )  # fmt: skip


def place_of(row: asyncpg.Record) -> Place:
    return (row["queue_at"], row["completed_at"], row["order_id"], row["line_id"])


async def next_in_line(tx: Tx, most: Mapping[PositionKey, int]) -> dict[PositionKey, list[WaitingLine]]:
    """Read the first eligible lines of positions, as many as asked of each."""
    found: dict[PositionKey, list[WaitingLine]] = {key: [] for key in most}
    rows = columns(((*key, lines) for key, lines in most.items()), 3)
    for row in await tx.connection.fetch(QUERIES["next_in_line"], *rows):
        found[row["sku"], row["node"]].append(_waiting(row))
    return found


async def lines_at(tx: Tx, lines: Collection[LineKey]) -> list[tuple[PositionKey, WaitingLine]]:
    """Read those of these lines that wait, and where."""
    rows = await tx.connection.fetch(QUERIES["lines_at"], *columns(lines, 2))
    return [((row["sku"], row["node"]), _waiting(row)) for row in rows]


async def lines_in(tx: Tx, stretches: Sequence[tuple[PositionKey, Stretch]]) -> list[tuple[int, int, WaitingLine]]:
    """Read the lines of stretches of queues: (number of its stretch, lines that wait before it, the line)."""
    rows = [
        (*key, *_place(stretch.begin), *(stretch.end or (None,) * 4), stretch.begin.lines, number)
        for number, (key, stretch) in enumerate(stretches)
    ]
    found = await tx.connection.fetch(QUERIES["lines_in"], *columns(rows, 12))
    return [(row["stretch"], row["lines_before"], _waiting(row)) for row in found]


async def lines_between(tx: Tx, spans: Collection[tuple[PositionKey, Mark, Place]]) -> dict[LineKey, int]:
    """Count the lines that wait from a mark up to each of these places."""
    rows = [(*key, *_place(mark), *place) for key, mark, place in spans]
    found = await tx.connection.fetch(QUERIES["lines_between"], *columns(rows, 10))
    return {(row["order_id"], row["line_id"]): row["lines"] for row in found}


def _place(mark: Mark) -> Place | tuple[None, None, None, None]:
    return mark.place or (None, None, None, None)


def _waiting(row: asyncpg.Record) -> WaitingLine:
    promised = Window(row["earliest"], row["latest"]) if row["latest"] else None
    told_range = Window(row["told_earliest"], row["told_latest"]) if row["told_latest"] else None
    return WaitingLine(
        *place_of(row), row["units"], row["min_life_days"], promised, row["unit_price"], row["gate_on"],
        row["ships_together"], told_range, row["shown_ship_by"],
    )  # fmt: skip


async def promise(tx: Tx, promises: Iterable[tuple[PositionKey, Promise]]) -> None:
    """Write what waiting lines are promised from now on."""
    rows = [
        (*key, *line_promise.line.place, *days(line_promise.after))
        for key, line_promise in promises
        if line_promise.after != line_promise.before
    ]
    await tx.connection.execute(QUERIES["promise_queue"], *columns(rows, 8))


def days(window: Window | None) -> tuple[object, object]:
    return (window.earliest, window.latest) if window else (None, None)
