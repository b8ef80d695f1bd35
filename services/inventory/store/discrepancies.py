"""Discrepancies that a person must look at."""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import asyncpg

from services.inventory.domain.discrepancies import Discrepancy, ExceptionClass
from services.inventory.domain.ledger import Position
from services.inventory.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def discrepancies(tx: Tx, names: Collection[str]) -> dict[str, Discrepancy]:
    """Read the discrepancies with these ids."""
    rows = await tx.fetch(QUERIES["discrepancies"], list(names))
    return {row["exception_id"]: _discrepancy(row) for row in rows}


async def open_discrepancies(tx: Tx, positions: Collection[Position], *classes: ExceptionClass) -> list[Discrepancy]:
    """Read the open discrepancies of these classes at locked positions."""
    rows = await tx.fetch(QUERIES["open_discrepancies"], *columns(positions, 2), list(classes))
    return [_discrepancy(row) for row in rows]


async def keep_discrepancies(tx: Tx, news: Sequence[Discrepancy]) -> dict[str, dict[str, Any]]:
    """Store discrepancies; return since when each is open, its node and its merchant."""
    rows: Iterable[tuple[Any, ...]] = [
        (
            discrepancy.exception_id,
            discrepancy.exception_class,
            *discrepancy.place,
            discrepancy.subject,
            discrepancy.at,
            json.dumps(dict(discrepancy.facts)),
            discrepancy.version,
            discrepancy.state,
        )
        for discrepancy in news
    ]
    kept = [dict(row) for row in await tx.fetch(QUERIES["keep_discrepancies"], *columns(rows, 11), tx.now)]
    return {row.pop("exception_id"): row for row in kept}


def _discrepancy(row: asyncpg.Record) -> Discrepancy:
    return Discrepancy(
        row["exception_id"], row["exception_class"], (row["sku"], row["node"], row["status"], row["lot"]),
        row["subject"], row["at"], json.loads(row["facts"]), row["version"], row["state"],
    )  # fmt: skip
