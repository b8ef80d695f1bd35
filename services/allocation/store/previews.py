"""Reads that only previews need."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.allocation.domain.lot import ComingLot
from services.allocation.domain.page import Page, page_from_text
from services.allocation.domain.position import PositionKey
from services.allocation.store import QUERIES, read
from services.allocation.store.supplies import lots_of
from shared.messaging.transaction import Tx

# PostgreSQL looks for deadlocks after a second: whoever only tries gives way long before that.
_LOCKS, _STATEMENTS = "300ms", "1500ms"
EVERYWHERE: Final = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A supply as it was announced last."""

    supply_id: str
    expected: int
    earliest: date
    latest: date
    cause: str
    reason: str
    on_time_share: int | None
    reliable_on: date | None
    lots: tuple[ComingLot, ...] = ()
    is_estimated: bool = False


async def be_brief(tx: Tx) -> None:
    """Limit how long this transaction waits for others, and holds others up."""
    await tx.execute(QUERIES["be_brief"], _LOCKS, _STATEMENTS)


async def pages(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, Page]:
    """Read the pages of positions, and those of their SKUs over all nodes, under EVERYWHERE."""
    rows = await read(tx, "pages_before", keys)
    return {(row["sku"], row["node"]): page_from_text(row["page"]) for row in rows}


async def due(tx: Tx, most: int) -> dict[tuple[object, ...], PositionKey]:
    """Read positions to be decided by now, the longest first, each under all that tells it from what was due before."""
    rows = await tx.fetch(QUERIES["rows_due"], tx.now, most)
    return {tuple(row): (row["sku"], row["node"]) for row in rows}


async def listed(tx: Tx, keys: Collection[PositionKey]) -> Mapping[PositionKey, Sequence[Listed]]:
    """Read what is inbound, without what is in rework."""
    found: dict[PositionKey, list[Listed]] = defaultdict(list)
    for row in await read(tx, "listed_at", keys):
        found[row["sku"], row["node"]].append(
            Listed(
                row["supply_id"], row["expected"], row["earliest"], row["latest"], row["cause"], row["reason"],
                row["on_time_share"], row["reliable_on"], lots_of(row),
                row["is_estimated"],
            )
        )  # fmt: skip
    return found


async def positions_of(tx: Tx, supply_id: str) -> list[PositionKey]:
    """Return the positions that a supply is on its way to."""
    return [(row["sku"], row["node"]) for row in await tx.fetch(QUERIES["positions_of_supply"], supply_id)]


async def end_gathering(tx: Tx, key: PositionKey) -> bool:
    """Let units of a position go that are kept for more of their truck; return whether there are any."""
    return bool(await tx.fetch(QUERIES["end_gathering"], *key, tx.now))


async def policy_version(tx: Tx, merchant: str, sku: str | None) -> int:
    """Return the version in force, 0 where there is no such policy."""
    version: int | None = await tx.connection.fetchval(QUERIES["policy_version"], merchant, sku or "")
    return version or 0


async def front(tx: Tx, key: PositionKey) -> datetime | None:
    """Return the `queue_at` of the first line that waits; None where none does."""
    at: datetime | None = await tx.connection.fetchval(QUERIES["front_of_queue"], *key)
    return at
