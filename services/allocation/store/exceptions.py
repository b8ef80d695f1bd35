"""Exceptions that a person must look at."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from services.allocation.store import QUERIES, read
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def add_exceptions(
    tx: Tx, found: Iterable[tuple[str, str, str, dict[str, str], str | None]]
) -> dict[str, dict[str, Any]]:
    """Store once what was found: (id, class, subject, facts, merchant if known).

    Return since when each is open, its node and its merchant, where they are known.
    """
    rows = [(name, kind, subject, json.dumps(facts), merchant) for name, kind, subject, facts, merchant in found]
    kept = [dict(row) for row in await tx.fetch(QUERIES["add_exceptions"], *columns(rows, 5), tx.now)]
    return {row.pop("exception_id"): row for row in kept}


async def known_exceptions(tx: Tx, names: Collection[str]) -> set[str]:
    """Return which of these exceptions were found before."""
    return {row["exception_id"] for row in await tx.fetch(QUERIES["known_exceptions"], list(names))}


async def settle_exceptions(tx: Tx, asked: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Settle open exceptions (id, by whom, why); return those settled now, as they are announced."""
    rows = await read(tx, "settle_exceptions", asked)
    return [{**row, "facts": json.loads(row["facts"])} for row in rows]
