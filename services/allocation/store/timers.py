"""Timers: what is to be decided once time has passed, or together with others."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Literal, TypeAlias

import asyncpg

from services.allocation.domain.position import PositionKey
from services.allocation.domain.why import Why
from services.allocation.store import QUERIES, read, write
from services.allocation.store.settings import GroupKey
from shared.messaging.transaction import Tx

Kind: TypeAlias = Literal["position", "order", "payment", "deadline"]
Subject: TypeAlias = tuple[str, str]  # SKU and node, order and line, or order and nothing


async def is_anything_due(pool: asyncpg.Pool) -> bool:
    """Return whether anything is due by the clock: all that a service with nothing to do asks."""
    return bool(await pool.fetchval(QUERIES["is_anything_due"]))


async def due(tx: Tx, kind: Kind, most: int) -> list[Subject]:
    """Read what is due of one kind, the longest first."""
    return [(row["subject"], row["detail"]) for row in await tx.fetch(QUERIES["due"], kind, tx.now, most)]


async def add(tx: Tx, kind: Kind, timers: Iterable[tuple[Subject, datetime]]) -> None:
    """Set when to decide something again, besides all that is set."""
    await write(tx, "set_timers", sorted({(*subject, at) for subject, at in timers}), kind)


async def replace(tx: Tx, kind: Kind, timers: Mapping[Subject, datetime | None]) -> None:
    """Set when to decide something again in place of all that is set; None is never."""
    await write(tx, "forget_timers", timers, kind)
    await add(tx, kind, ((subject, at) for subject, at in timers.items() if at))


async def done(tx: Tx, kind: Kind, subjects: Collection[Subject]) -> None:
    """Delete the timers by which something was due."""
    await write(tx, "done", subjects, kind, tx.now)


async def put_off(tx: Tx, kind: Kind, subjects: Collection[Subject], until: datetime) -> None:
    """Put off what is due."""
    await write(tx, "put_off", subjects, kind, tx.now, until)


async def decide_again(tx: Tx, whys: Mapping[PositionKey, Why]) -> None:
    """Have positions decided again at once, of whose queues a part was decided, and why."""
    rows = [(*key, why.reason, why.cause, why.traceparent) for key, why in whys.items()]
    await write(tx, "decide_again", rows, tx.now)


async def decide_groups(tx: Tx, groups: Collection[GroupKey]) -> None:
    """Have positions of these groups (merchant, group) decided again."""
    await write(tx, "decide_groups", sorted(groups), tx.now)


async def decide_skus(tx: Tx, skus: Collection[str]) -> None:
    """Have positions of products that changed decided again."""
    await tx.execute(QUERIES["decide_skus"], list(skus), tx.now)


async def decide_nodes(tx: Tx, nodes: Collection[str]) -> None:
    """Have positions of nodes that changed decided again."""
    await tx.execute(QUERIES["decide_nodes"], list(nodes), tx.now)


async def decide_merchants(tx: Tx, merchants: Collection[str]) -> None:
    """Have positions decided again of merchants whose orders ship from elsewhere."""
    if merchants:
        await tx.execute(QUERIES["decide_merchants"], list(merchants), tx.now)


async def decide_policies(tx: Tx, policies: Collection[tuple[str, str]]) -> None:
    """Have positions decided again that changed policies (merchant, SKU or none) are about."""
    await write(tx, "decide_policies", sorted(policies), tx.now)


async def by_fact(tx: Tx, kind: Kind, subjects: Collection[Subject]) -> dict[Subject, Why | None]:
    """Return, of what is due, that about which a fact came, and of what a part was decided."""
    return {
        (row["subject"], row["detail"]): Why(row["reason"], row["cause"], row["traceparent"]) if row["cause"] else None
        for row in await read(tx, "by_fact", subjects, kind, tx.now)
    }


async def look_at(tx: Tx, orders: Mapping[str, Why]) -> None:
    """Have orders that ship together looked at as a whole at once, and why."""
    rows = [(order_id, why.reason, why.cause, why.traceparent) for order_id, why in sorted(orders.items())]
    await write(tx, "look_at", rows, tx.now)


async def open_eligible(tx: Tx, today: Mapping[PositionKey, date]) -> None:
    """Mark lines whose gate is open today as eligible."""
    rows = [(*key, day) for key, day in today.items()]
    await write(tx, "open_eligible", rows)
