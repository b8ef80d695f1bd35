"""Positions and their lots. The caller has locked the position first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import asyncpg

from services.allocation.domain.lot import FreeLot
from services.allocation.domain.position import Position, PositionKey
from services.allocation.store import QUERIES, read, write
from shared.db.queries import columns
from shared.messaging.transaction import Tx

LotChange = tuple[str, str, str, int, int]
LotKey = tuple[str, str, str]
LotRow = tuple[str, str, str, date | None]
# SKU, node, units owned more, claimed, waiting lines, units, value, versions of queue and page, page, since, renews.
PositionRow = tuple[str, str, int, int, int, int, int, int, int, str, datetime, bool]


async def lock_positions(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, Position]:
    """Lock positions until the transaction ends, creating missing ones."""
    asked = sorted(set(keys))
    await write(tx, "create_positions", asked)
    return {(row["sku"], row["node"]): _position(row) for row in await read(tx, "lock_positions", asked)}


def _position(row: asyncpg.Record) -> Position:
    waiting = (row["waiting_lines"], row["waiting_units"], row["waiting_value"])
    return Position(
        row["sku"], row["node"], row["version"], row["stock_sequence"], row["inbound_version"],
        row["availability_version"], row["page"], waiting, row["queue_version"],
        row["page_state_since"], row["claimed"], row["renews"],
    )  # fmt: skip


async def free_lots(tx: Tx, keys: Collection[PositionKey]) -> Mapping[PositionKey, Sequence[FreeLot]]:
    """Read sellable units that no line owns."""
    lots: dict[PositionKey, list[FreeLot]] = defaultdict(list)
    for row in await read(tx, "free_lots", keys):
        lots[row["sku"], row["node"]].append(FreeLot(row["lot"], row["expires_on"], row["units"]))
    return lots


async def create_lots(tx: Tx, lots: Iterable[LotRow]) -> None:
    """Create lots (sku, node, lot, expires_on) that may be new, or expire on another day than was said."""
    await write(tx, "create_lots", lots)


async def short_lots(tx: Tx, lots: Collection[LotChange]) -> dict[LotKey, int]:
    """Return which lots (sku, node, lot, delta on hand, delta owned) would have too few units, and how many."""
    rows = await read(tx, "short_lots", lots)
    return {(row["sku"], row["node"], row["lot"]): row["units"] for row in rows}


async def lots_after(
    tx: Tx, keys: Collection[PositionKey], lots: Collection[LotChange]
) -> Mapping[PositionKey, Sequence[FreeLot]]:
    """Return what positions have free of each lot once these lots have changed; negative where there is too little."""
    found: dict[PositionKey, list[FreeLot]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["lots_after"], *columns(lots, 5), *columns(keys, 2)):
        found[row["sku"], row["node"]].append(FreeLot(row["lot"], row["expires_on"], row["units"]))
    return found


async def change_stock(tx: Tx, sequences: Mapping[PositionKey, int], lots: Sequence[LotChange]) -> None:
    """Write what came and left, what lines own of it, and how far the news has been applied."""
    await write(tx, "change_lots", lots)
    sums: dict[PositionKey, tuple[int, int]] = dict.fromkeys(sequences, (0, 0))
    for sku, node, _, delta, owned in lots:
        came, more = sums[sku, node]
        sums[sku, node] = (came + delta, more + owned)
    rows = [(*key, sequence, *sums[key]) for key, sequence in sequences.items()]
    await write(tx, "set_stock", rows)


async def set_positions(tx: Tx, rows: Iterable[PositionRow]) -> None:
    """Write what positions come to after a change, one version more."""
    await write(tx, "set_positions", rows)
