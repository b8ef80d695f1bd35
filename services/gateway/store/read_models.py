"""Read models of supplies, queues, the dock and exceptions."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import asyncpg

from services.gateway.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

FileHead = tuple[str, datetime, str, bool]
FileRow = tuple[str, datetime, str, bool, str, str, str, str | None]
DockRow = tuple[str, str, str, datetime, str, str, datetime | None, datetime | None, str | None, str]
AdviceRow = tuple[str, int, str, str, datetime, str, str | None, str | None]


async def keep_exceptions(tx: Tx, exceptions: Collection[tuple[Any, ...]]) -> None:
    """Store (exception, version, class, subject, facts as JSON, state, open since, node, merchant)."""
    await tx.execute(QUERIES["keep_exceptions"], *columns(exceptions, 9))


async def keep_inbound(tx: Tx, inbound: Collection[tuple[str, str, int, int | None, str]]) -> None:
    """Store (sku, node, version, after sequence, supplies as JSON)."""
    await tx.execute(QUERIES["keep_inbound"], *columns(inbound, 5))


async def keep_queues(tx: Tx, queues: Collection[tuple[str, str, int, int, int, int]]) -> None:
    """Store (sku, node, version, waiting lines, units and value)."""
    await tx.execute(QUERIES["keep_queues"], *columns(queues, 6))


async def keep_advices(tx: Tx, advices: Collection[AdviceRow]) -> None:
    """Store (asn, version, supplier, node, closed at, lines as JSON, format, document)."""
    await tx.execute(QUERIES["keep_advices"], *columns(advices, 8))


async def keep_files(tx: Tx, files: Collection[FileRow]) -> None:
    """Store (file, said at, sender, whether it is a test, state, ASNs and faults as JSON, answer)."""
    await tx.execute(QUERIES["keep_files"], *columns(files, 8))


async def keep_dock(tx: Tx, facts: Collection[DockRow]) -> None:
    """Store (asn, kind, subject, said at, node, state, at, ends at, door, details as JSON)."""
    await tx.execute(QUERIES["keep_dock"], *columns(facts, 10))


async def keep_scan_answers(tx: Tx, answers: Collection[tuple[str, datetime, str, str | None, str]]) -> None:
    """Store (scan, said at, device, answer as JSON)."""
    await tx.execute(QUERIES["keep_scan_answers"], *columns(answers, 5))


async def forget_scan_answers(pool: asyncpg.Pool, now: datetime) -> None:
    """Delete answers that are a day old."""
    await pool.execute(QUERIES["forget_scan_answers"], now)


async def keep_orders(tx: Tx, orders: Collection[tuple[str, str]]) -> None:
    """Store (order, merchant)."""
    await tx.execute(QUERIES["keep_orders"], *columns(orders, 2))
