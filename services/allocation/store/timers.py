"""Timers: positions and orders to be decided once time has passed, or together with others."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

import asyncpg

from services.allocation.domain.position import PositionKey
from services.allocation.domain.why import Why
from services.allocation.store import QUERIES, read, write
from services.allocation.store.settings import GroupKey
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def open_gates(tx: Tx, gates: Collection[tuple[PositionKey, datetime]]) -> None:
    """Set the instants at which positions are decided again."""
    if gates:
        await write(tx, "open_gates", ((*key, at) for key, at in gates))


async def decide_again(tx: Tx, whys: Mapping[PositionKey, Why]) -> None:
    """Have positions decided again at once, of whose queues a part was decided, and why."""
    rows = [(*key, why.reason, why.cause, why.traceparent) for key, why in whys.items()]
    await write(tx, "decide_again", rows, tx.now)


async def decide_groups(tx: Tx, groups: Collection[GroupKey]) -> None:
    """Have positions of these groups (merchant, group) decided again."""
    if groups:
        await write(tx, "decide_groups", sorted(groups), tx.now)


async def decide_skus(tx: Tx, skus: Collection[str]) -> None:
    """Have positions of products that changed decided again."""
    if skus:
        await tx.connection.execute(QUERIES["decide_skus"], list(skus), tx.now)


async def decide_nodes(tx: Tx, nodes: Collection[str]) -> None:
    """Have positions of nodes that changed decided again."""
    if nodes:
        await tx.connection.execute(QUERIES["decide_nodes"], list(nodes), tx.now)


async def decide_policies(tx: Tx, policies: Collection[tuple[str, str]]) -> None:
    """Have positions decided again that changed policies (merchant, SKU or none) are about."""
    if policies:
        await write(tx, "decide_policies", sorted(policies), tx.now)


async def by_fact(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, Why | None]:
    """Return, of positions whose time has come, those about which a fact came, and of what a part was decided."""
    return {
        (row["sku"], row["node"]): Why(row["reason"], row["cause"], row["traceparent"]) if row["cause"] else None
        for row in await read(tx, "by_fact", keys, tx.now)
    }


async def look_at(tx: Tx, order_ids: Collection[str], decided: Collection[PositionKey]) -> None:
    """Have orders that ship together looked at as a whole at once, except those just decided whole."""
    if order_ids:
        await tx.connection.execute(QUERIES["look_at"], sorted(order_ids), tx.now, *columns(decided, 2))


async def look_again(tx: Tx, orders: Collection[tuple[str, datetime]]) -> None:
    """Have orders that ship together looked at as a whole at these instants."""
    if orders:
        await write(tx, "look_again", orders)


async def is_anything_due(pool: asyncpg.Pool) -> bool:
    """Return whether anything is due by the clock: all that a service with nothing to do asks."""
    return bool(await pool.fetchval(QUERIES["is_anything_due"]))


async def positions(tx: Tx, most: int) -> list[PositionKey]:
    """Read positions whose time has come."""
    return [(row["sku"], row["node"]) for row in await tx.connection.fetch(QUERIES["due_positions"], tx.now, most)]


async def open_eligible(tx: Tx, today: Mapping[PositionKey, date]) -> None:
    """Mark lines whose gate is open today as eligible."""
    rows = [(*key, day) for key, day in today.items()]
    await write(tx, "open_eligible", rows)


async def done_positions(tx: Tx, keys: Collection[PositionKey]) -> None:
    """Delete the timers of decided positions."""
    await write(tx, "done_positions", keys, tx.now)


async def put_off_positions(tx: Tx, keys: Collection[PositionKey], until: datetime) -> None:
    """Put off the decision of these positions."""
    await write(tx, "put_off_positions", keys, tx.now, until)


async def put_off_orders(tx: Tx, order_ids: Collection[str], until: datetime) -> None:
    """Put off the look at these orders."""
    await tx.connection.execute(QUERIES["put_off_orders"], list(order_ids), tx.now, until)


async def orders(tx: Tx, most: int) -> list[str]:
    """Read orders whose time has come."""
    return [row["order_id"] for row in await tx.connection.fetch(QUERIES["due_orders"], tx.now, most)]


async def done_orders(tx: Tx, order_ids: Collection[str]) -> None:
    """Delete the timers of orders that were looked at."""
    await tx.connection.execute(QUERIES["done_orders"], list(order_ids), tx.now)
