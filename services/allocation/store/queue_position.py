"""A line's place in its queue, and the lines before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from services.allocation.domain.boundaries import START, Mark
from services.allocation.domain.line import LineKey
from services.allocation.domain.place import Place
from services.allocation.domain.position import PositionKey
from services.allocation.domain.queue_position import QueuedLine
from services.allocation.domain.ship_together import Group
from services.allocation.domain.window import Window
from services.allocation.store import QUERIES
from services.allocation.store.queue import place_of
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class QueuedLineRow:
    """A line, its units, its order's terms, its group, and everything that waits at its position.

    A line that asks for a longer life than its product's was promised from a supply (`longer_life_from`), if from any.
    """

    line: QueuedLine
    key: PositionKey
    allocated: int
    shipped: int
    cancelled: int
    holds: Sequence[str]
    ship_not_before: date | None
    together: Group | None
    queue_end: Mark
    asks_longer_life: bool = False
    longer_life_from: str | None = None


@dataclass(frozen=True, slots=True)
class OwningLine:
    """A line behind another that owns units, or is covered by units in stock."""

    order_id: str
    line_id: str
    units: int


async def line_in_queue(tx: Tx, line: LineKey) -> QueuedLineRow | None:
    """Read the line; None where it was never placed."""
    row = await tx.connection.fetchrow(QUERIES["line_in_queue"], *line)
    if row is None:
        return None
    end = Mark(None, row["waiting_units"], row["waiting_lines"])
    return QueuedLineRow(
        _in_queue(row, row["waiting"]), (row["sku"], row["node"]), row["allocated"], row["shipped"],
        row["cancelled"], row["holds"], row["ship_not_before"], _together(row), end,
        row["asks_longer_life"], row["promised_from"],
    )  # fmt: skip


def _together(row: asyncpg.Record) -> Group | None:
    left, bundle = row["parcels_left"], row["bundle_line_id"]
    if left is not None and left <= 1:
        return str(row["order_id"])
    return (row["order_id"], bundle) if bundle else None


async def lines_before(tx: Tx, key: PositionKey, after: Place | None, before: Place, most: int) -> list[QueuedLine]:
    """Read lines in order of service, from the beginning or after a place."""
    begin = after or START.place or before
    rows = await tx.fetch(QUERIES["lines_before"], *key, *begin, *before, most)
    return [_in_queue(row, row["units"]) for row in rows]


async def passed_by(tx: Tx, key: PositionKey, place: Place, most: int) -> list[OwningLine]:
    """Read lines behind a place that own units, or are covered by units in stock."""
    rows = await tx.fetch(QUERIES["passed_by"], *key, *place, most)
    return [OwningLine(row["order_id"], row["line_id"], row["units"]) for row in rows]


def _in_queue(row: asyncpg.Record, units: int) -> QueuedLine:
    queue_at, completed_at, order_id, line_id = place_of(row)
    promised = Window(row["earliest"], row["latest"]) if row["latest"] else None
    return QueuedLine(
        order_id, line_id, row["merchant"], row["priority"], queue_at, completed_at, units, row["is_eligible"],
        promised, row["moved_by"], row["moved_why"], row["claimed"],
    )  # fmt: skip
