"""Units that do not ship, their refunds, and what was asked of them and could not be done."""

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

from services.notification.domain.notices import Ending, OrderId, Refund, Refused
from services.notification.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def add_endings(tx: Tx, endings: Collection[tuple[Any, ...]]) -> None:
    """Store (order, line, version, kind, units, units still wanted, reason, alternatives, new line) of ended units."""
    rows = [(*row, json.dumps(alternatives), new_line_id) for *row, alternatives, new_line_id in endings]
    await tx.execute(QUERIES["add_endings"], *columns(rows, 9))


async def add_refunds(tx: Tx, refunds: Collection[tuple[str, str, str, int, int, date]]) -> None:
    """Store (order, line, cause, units, amount, last day) of refunds."""
    await tx.execute(QUERIES["add_refunds"], *columns(refunds, 6))


async def add_refusals(tx: Tx, refusals: Collection[tuple[str, str, str, str, int, str, int, str]]) -> None:
    """Store (order, line, line or component that it is served as, cause, change, what was asked, units, reason)."""
    await tx.execute(QUERIES["add_refusals"], *columns(refusals, 8))


async def of_orders(tx: Tx, orders: Collection[OrderId]) -> dict[tuple[str, str], list[Ending]]:
    found: dict[tuple[str, str], list[Ending]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["untold_endings"], list(orders)):
        found[row["order_id"], row["line_id"]].append(Ending(row["line_version"], row["ending"], row["units"]))
    return found


async def refunds(tx: Tx, orders: Collection[OrderId]) -> dict[tuple[str, str], list[Refund]]:
    found: dict[tuple[str, str], list[Refund]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["untold_refunds"], list(orders)):
        found[row["order_id"], row["line_id"]].append(Refund(row["number"], row["units"], row["due_by"], row["amount"]))
    return found


async def refused(tx: Tx, orders: Collection[OrderId]) -> dict[tuple[str, str], Refused]:
    rows = await tx.fetch(QUERIES["refused"], list(orders))
    return {(row["order_id"], row["line_id"]): Refused(row["units"], row["known"]) for row in rows}
