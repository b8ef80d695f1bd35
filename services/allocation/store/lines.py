"""Orders, their lines, the queue, allocations and promises."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import asyncpg

from services.allocation.domain.matching import LineKey, Waiting, Window
from services.allocation.domain.positions import Key, Placed
from services.allocation.domain.promising import Promise
from services.allocation.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def known_orders(tx: Tx, order_ids: Collection[str]) -> set[str]:
    """Which of these orders were placed before."""
    return {row["order_id"] for row in await tx.connection.fetch(QUERIES["known_orders"], list(order_ids))}


async def place(
    tx: Tx, orders: Collection[tuple[str, str, str, datetime]], lines: Collection[tuple[Placed, datetime]]
) -> None:
    """Keeps orders (id, merchant, market, completed_at) and their lines with their place in the queue."""
    await tx.connection.execute(QUERIES["place_orders"], *columns(orders, 4))
    placed = [
        (line.order_id, line.line_id, line.sku, line.node, line.units, line.min_life_days, line.unit_price, at, at)
        for line, at in lines
    ]
    await tx.connection.execute(QUERIES["place_lines"], *columns(placed, 9))


async def join_queue(tx: Tx, orders: Collection[str]) -> None:
    """Lines of orders that were just placed wait for all that they have not got."""
    await tx.connection.execute(QUERIES["join_queue"], list(orders))


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
    return Waiting(*place, row["units"], row["min_life_days"], ready, promised, row["unit_price"])


async def change_queue(tx: Tx, left: Iterable[tuple[Key, Waiting]], waiting: Iterable[tuple[Key, Waiting]]) -> None:
    """Lets served lines leave the queue, and writes what the others still wait for and are promised."""
    await tx.connection.execute(QUERIES["leave_queue"], *columns(((*key, *line.place) for key, line in left), 6))
    rows = [(*key, *line.place, line.units, *_days(line.ready), *_days(line.promised)) for key, line in waiting]
    await tx.connection.execute(QUERIES["update_queue"], *columns(rows, 11))


async def return_to_queue(tx: Tx, units: Mapping[LineKey, int]) -> dict[LineKey, tuple[bool, bool]]:
    """Lines wait again at their old place: did each wait meanwhile, and was it ever promised anything?"""
    rows = await tx.connection.fetch(QUERIES["return_to_queue"], *columns(((*line, n) for line, n in units.items()), 3))
    return {(row["order_id"], row["line_id"]): (row["waited"], row["promised"]) for row in rows}


async def wait_for_less(tx: Tx, units: Mapping[LineKey, int]) -> set[LineKey]:
    """Lines got units that they waited for; those that still wait for some."""
    rows = columns(((*line, n) for line, n in units.items()), 3)
    await tx.connection.execute(QUERIES["wait_no_more"], *rows)
    return {(row["order_id"], row["line_id"]) for row in await tx.connection.fetch(QUERIES["wait_for_less"], *rows)}


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


def _days(window: Window | None) -> tuple[object, object]:
    return (window.earliest, window.latest) if window else (None, None)
