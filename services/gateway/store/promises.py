"""Read models of product pages and lines."""

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from services.gateway.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def keep_availability(tx: Tx, pages: Collection[tuple[Any, ...]]) -> None:
    """Store (sku, node, version, merchant, state, for sale, at most, breaks, as of, ships by, until, alternatives)."""
    rows = [(*page[:7], json.dumps(page[7]), *page[8:11], json.dumps(page[11])) for page in pages]
    await tx.execute(QUERIES["keep_availability"], *columns(rows, 12))


async def keep_promises(tx: Tx, promises: Collection[tuple[Any, ...]]) -> None:
    """Store (order, line, version, sku, node, units, earliest, latest, supply, reason, cause)."""
    await tx.execute(QUERIES["keep_promises"], *columns(promises, 11))


async def keep_ordered(tx: Tx, lines: Collection[tuple[str, str, int, str]]) -> None:
    """Store (order, line, units, sku)."""
    await tx.execute(QUERIES["keep_ordered"], *columns(lines, 4))


async def keep_shipped(tx: Tx, lines: Collection[tuple[str, str, str, str, int]]) -> None:
    """Store (order, line, shipment, SKU, units)."""
    await tx.execute(QUERIES["keep_shipped"], *columns(lines, 5))


async def keep_releases(tx: Tx, releases: Collection[tuple[str, str, int, int]]) -> None:
    """Store (order, line, version, units), negative where they were lost again."""
    await tx.execute(QUERIES["keep_releases"], *columns(releases, 4))


async def keep_allocated(tx: Tx, lines: Collection[tuple[str, str, int, str, int]]) -> None:
    """Store (order, line, version, sku, units) that lines got at once."""
    await tx.execute(QUERIES["keep_allocated"], *columns(lines, 5))


async def keep_cancelled(tx: Tx, lines: Collection[tuple[Any, ...]]) -> None:
    """Store (order, line, version, sku, units, wanted still, new line, reason)."""
    await tx.execute(QUERIES["keep_cancelled"], *columns(lines, 8))


async def keep_declined(tx: Tx, lines: Collection[tuple[Any, ...]]) -> None:
    """Store (order, line, sku, units, reason, alternatives)."""
    rows = [(*line, json.dumps(alternatives)) for *line, alternatives in lines]
    await tx.execute(QUERIES["keep_declined"], *columns(rows, 6))


async def keep_refunds(tx: Tx, lines: Collection[tuple[str, str, str, int, date]]) -> None:
    """Store (order, line, cause, units, last day)."""
    await tx.execute(QUERIES["keep_refunds"], *columns(lines, 5))


async def end_orders(tx: Tx, ended: Mapping[str, datetime]) -> None:
    """Store when units of orders were shipped, cancelled or declined."""
    orders = sorted(ended)
    await tx.execute(QUERIES["end_orders"], orders, [ended[order] for order in orders])
