"""Positions, their lots and their supplies. The caller has locked the position first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import asyncpg

from services.allocation.domain.lot import FreeLot
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.rework import Reworked
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window
from services.allocation.store import QUERIES, read, write
from shared.db.queries import columns
from shared.messaging.transaction import Tx

LotChange = tuple[str, str, str, int, int]
LotKey = tuple[str, str, str]
LotRow = tuple[str, str, str, date | None]
SupplyRow = tuple[str, str, str, int, date, date, str, str, int | None]
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
        row["page_state_since"], _reorder(row), row["claimed"], row["renews"],
    )  # fmt: skip


def _reorder(row: asyncpg.Record) -> Window | None:
    return Window(row["reorder_earliest"], row["reorder_latest"]) if row["reorder_latest"] else None


async def free_lots(tx: Tx, keys: Collection[PositionKey]) -> Mapping[PositionKey, Sequence[FreeLot]]:
    """Read sellable units that no line owns."""
    lots: dict[PositionKey, list[FreeLot]] = defaultdict(list)
    for row in await read(tx, "free_lots", keys):
        lots[row["sku"], row["node"]].append(FreeLot(row["lot"], row["expires_on"], row["units"]))
    return lots


async def supplies(tx: Tx, keys: Collection[PositionKey]) -> Mapping[PositionKey, Sequence[Supply]]:
    """Read what is inbound: expected, less what is in stock already, never below zero; and what is in rework."""
    found: dict[PositionKey, list[Supply]] = defaultdict(list)
    for row in await read(tx, "supplies", keys):
        found[row["sku"], row["node"]].append(_supply(row))
    return found


def _supply(row: asyncpg.Record) -> Supply:
    ready = Window(row["earliest"], row["latest"])
    units = max(0, row["expected"] - row["stocked"])
    return Supply(row["supply_id"], units, ready, row["cause"], row["reason"], row["on_time_share"])


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
    for row in await tx.connection.fetch(QUERIES["lots_after"], *columns(lots, 5), *columns(keys, 2)):
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


async def add_stocked(tx: Tx, stocked: Iterable[tuple[str, str, str, int]]) -> None:
    """Add units of supplies (sku, node, supply, units) that are in stock, in whatever status."""
    await write(tx, "add_stocked", stocked)


async def rework(tx: Tx, keys: Collection[PositionKey]) -> Mapping[PositionKey, Sequence[Reworked]]:
    """Read units in rework, oldest first."""
    found: dict[PositionKey, list[Reworked]] = defaultdict(list)
    for row in await read(tx, "rework", keys):
        ready = Window(row["earliest"], row["latest"])
        found[row["sku"], row["node"]].append(Reworked(row["posted_on"], row["units"], ready, row["cause"]))
    return found


async def set_rework(tx: Tx, reworked: Mapping[PositionKey, Sequence[Reworked]]) -> None:
    """Replace what positions have in rework."""
    await write(tx, "forget_rework", reworked)
    rows = [
        (*key, row.posted_on, row.ready.earliest, row.ready.latest, row.units, row.cause)
        for key, reworks in reworked.items()
        for row in reworks
    ]
    await write(tx, "keep_rework", rows)


async def list_supplies(tx: Tx, versions: Mapping[PositionKey, int], supplies: Iterable[SupplyRow]) -> None:
    """Replace the inbound of positions by the last one announced."""
    await write(tx, "unlist_supplies", versions)
    await write(tx, "list_supplies", supplies)
    rows = [(*key, version) for key, version in versions.items()]
    await write(tx, "set_inbound", rows)


async def set_positions(tx: Tx, rows: Iterable[PositionRow]) -> None:
    """Write what positions come to after a change, one version more."""
    await write(tx, "set_positions", rows)
