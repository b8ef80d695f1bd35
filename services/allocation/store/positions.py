"""Positions, their lots and their supplies. Whoever changes any of these has locked the position first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import asyncpg

from services.allocation.domain.matching import FreeLot, Supply, Window
from services.allocation.domain.positions import Key, Position
from services.allocation.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

LotChange = tuple[str, str, str, date | None, int, int]
LotKey = tuple[str, str, str]
SupplyRow = tuple[str, str, str, int, date, date, str, str]


class OwnedUnitsWouldLeave(Exception):
    """More units would leave than no line owns; take back the shipment or receipt, or count the position first."""

    def __init__(self, lots: Iterable[tuple[LotKey, int]]) -> None:
        short = (f"{sku} at {node}, lot {lot or 'none'}: {units} too many" for (sku, node, lot), units in lots)
        super().__init__("; ".join(short))


async def lock_positions(tx: Tx, keys: Collection[Key]) -> dict[Key, Position]:
    """Locks positions until the end of the transaction, creating the missing."""
    asked = columns(sorted(keys), 2)
    await tx.connection.execute(QUERIES["create_positions"], *asked)
    rows = await tx.connection.fetch(QUERIES["lock_positions"], *asked)
    return {(row["sku"], row["node"]): Position(**row) for row in rows}


async def free_lots(tx: Tx, keys: Collection[Key]) -> Mapping[Key, Sequence[FreeLot]]:
    """Sellable units that no line owns."""
    lots: dict[Key, list[FreeLot]] = defaultdict(list)
    for row in await tx.connection.fetch(QUERIES["free_lots"], *columns(keys, 2)):
        lots[row["sku"], row["node"]].append(FreeLot(row["lot"], row["expires_on"], row["units"]))
    return lots


async def supplies(tx: Tx, keys: Collection[Key]) -> Mapping[Key, Sequence[Supply]]:
    """What is on its way: expected, less what is in stock already, never below zero."""
    found: dict[Key, list[Supply]] = defaultdict(list)
    for row in await tx.connection.fetch(QUERIES["supplies"], *columns(keys, 2)):
        found[row["sku"], row["node"]].append(_supply(row))
    return found


def _supply(row: asyncpg.Record) -> Supply:
    ready = Window(row["earliest"], row["latest"])
    return Supply(row["supply_id"], max(0, row["expected"] - row["stocked"]), ready, row["cause"], row["reason"])


async def change_stock(
    tx: Tx,
    sequences: Mapping[Key, int],
    lots: Sequence[LotChange],
    stocked: Iterable[tuple[str, str, str, int]],
) -> None:
    """Applies what came and left: `lots` are (sku, node, lot, expires_on, delta, shipped from what lines owned).

    Raises OwnedUnitsWouldLeave where more would leave than is free and what lines got.
    """
    await tx.connection.execute(QUERIES["create_lots"], *columns((lot[:4] for lot in lots), 4))
    changes = columns(((*lot[:3], *lot[4:]) for lot in lots), 5)
    if short := await tx.connection.fetch(QUERIES["short_lots"], *changes):
        raise OwnedUnitsWouldLeave(((row["sku"], row["node"], row["lot"]), row["short"]) for row in short)
    await tx.connection.execute(QUERIES["change_lots"], *changes)
    sums: dict[Key, tuple[int, int]] = dict.fromkeys(sequences, (0, 0))
    for sku, node, _, _, delta, shipped in lots:
        came, left = sums[sku, node]
        sums[sku, node] = (came + delta, left + shipped)
    rows = [(*key, sequence, *sums[key]) for key, sequence in sequences.items()]
    await tx.connection.execute(QUERIES["set_stock"], *columns(rows, 5))
    await tx.connection.execute(QUERIES["add_stocked"], *columns(stocked, 4))


async def list_supplies(tx: Tx, versions: Mapping[Key, int], supplies: Iterable[SupplyRow]) -> None:
    """Replaces the inbound of positions by what was told last."""
    await tx.connection.execute(QUERIES["unlist_supplies"], *columns(versions, 2))
    await tx.connection.execute(QUERIES["list_supplies"], *columns(supplies, 8))
    rows = [(*key, version) for key, version in versions.items()]
    await tx.connection.execute(QUERIES["set_inbound"], *columns(rows, 3))


async def set_positions(tx: Tx, rows: Iterable[tuple[str, str, int, int, int, int, str | None]]) -> None:
    """(sku, node, newly allocated units, waiting lines, waiting units, availability version, what the page shows)."""
    await tx.connection.execute(QUERIES["set_positions"], *columns(rows, 7))
