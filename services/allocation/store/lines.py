"""Orders, their lines, the queue, allocations and promises."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import asyncpg

from services.allocation.domain.matching import FreeLot, LineKey, Match, Waiting, Window
from services.allocation.domain.positions import Key, Placed
from services.allocation.domain.promising import Promise
from services.allocation.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

Shipped = tuple[str | None, str | None, str, str, str, int]


async def known_orders(tx: Tx, order_ids: Collection[str]) -> set[str]:
    """Which of these orders were placed before."""
    return {row["order_id"] for row in await tx.connection.fetch(QUERIES["known_orders"], list(order_ids))}


async def place(
    tx: Tx, orders: Collection[tuple[str, str, str, datetime]], lines: Collection[tuple[Placed, datetime]]
) -> None:
    """Keeps orders (id, merchant, market, completed_at) and puts their lines at their place in the queue."""
    await tx.connection.execute(QUERIES["place_orders"], *columns(orders, 4))
    placed = [(line.order_id, line.line_id, line.sku, line.node, line.units) for line, _ in lines]
    await tx.connection.execute(QUERIES["place_lines"], *columns(placed, 5))
    joining = [
        (line.sku, line.node, at, at, line.order_id, line.line_id, line.units, line.min_life_days) for line, at in lines
    ]
    await tx.connection.execute(QUERIES["join_queue"], *columns(joining, 8))


async def queue(tx: Tx, keys: Collection[Key]) -> Mapping[Key, Sequence[Waiting]]:
    """The waiting lines of locked positions, in order of service."""
    found: dict[Key, list[Waiting]] = defaultdict(list)
    for row in await tx.connection.fetch(QUERIES["queue"], *columns(keys, 2)):
        found[row["sku"], row["node"]].append(_waiting(row))
    return found


def _waiting(row: asyncpg.Record) -> Waiting:
    place = (row["queue_at"], row["completed_at"], row["order_id"], row["line_id"])
    ready = Window(row["ready_earliest"], row["ready_latest"]) if row["ready_latest"] else None
    promised = Window(row["earliest"], row["latest"]) if row["latest"] else None
    return Waiting(*place, row["units"], row["min_life_days"], ready, promised)


async def change_queue(tx: Tx, left: Iterable[tuple[Key, Waiting]], waiting: Iterable[tuple[Key, Waiting]]) -> None:
    """Lets served lines leave the queue, and writes what the others still wait for and are promised."""
    await tx.connection.execute(QUERIES["leave_queue"], *columns(((*key, *line.place) for key, line in left), 6))
    rows = [(*key, *line.place, line.units, *_days(line.ready), *_days(line.promised)) for key, line in waiting]
    await tx.connection.execute(QUERIES["update_queue"], *columns(rows, 11))


async def add_allocations(tx: Tx, grants: Iterable[tuple[Key, int, Match[FreeLot]]]) -> None:
    """Gives units of lots to lines, each at the version that its position has after this transaction."""
    given = [(*grant.line.line, grant.source.lot, version, *key, grant.units) for key, version, grant in grants]
    await tx.connection.execute(QUERIES["add_allocations"], *columns(given, 7), tx.now)
    lots: dict[tuple[str, str, str], int] = defaultdict(int)
    for _, _, lot, _, sku, node, units in given:
        lots[sku, node, lot] += units
    await tx.connection.execute(QUERIES["allocate_lots"], *columns(((*lot, n) for lot, n in lots.items()), 4))


async def change_lines(tx: Tx, changes: Iterable[tuple[str, str, int, int]]) -> dict[LineKey, int]:
    """(order, line, units it owns from now on, times it is told about); the version that each line then has."""
    rows = await tx.connection.fetch(QUERIES["change_lines"], *columns(changes, 4))
    return {(row["order_id"], row["line_id"]): row["line_version"] for row in rows}


async def add_promises(tx: Tx, promises: Iterable[tuple[Key, int, int, Promise, str, str]]) -> None:
    """(position, its version, the line's version, promise, reason, cause)."""
    rows = [
        (*p.line.line, line_version, *key, version, p.line.units, *_days(p.after),
         p.supply and p.supply.supply_id, reason, cause)
        for key, version, line_version, p, reason, cause in promises
    ]  # fmt: skip
    await tx.connection.execute(QUERIES["add_promises"], *columns(rows, 12), tx.now)


async def ship(tx: Tx, shipped: Collection[Shipped]) -> dict[tuple[str, str, str], int]:
    """Lines got units (order, line, sku, node, lot, units). How many of those they owned, by sku, node and lot."""
    rows = await tx.connection.fetch(QUERIES["ship_allocations"], *columns(shipped, 6))
    gone = [(row["order_id"], row["line_id"], row["units"]) for row in rows]
    await tx.connection.execute(QUERIES["ship_lines"], *columns(gone, 3))
    owned: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        owned[row["sku"], row["node"], row["lot"]] += row["units"]
    return owned


def _days(window: Window | None) -> tuple[object, object]:
    return (window.earliest, window.latest) if window else (None, None)
