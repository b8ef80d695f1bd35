"""Discrepancies that a person must look at."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from services.receiving.domain.discrepancies import About, Discrepancy
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def discrepancies(tx: Tx, about: About, subjects: Collection[str]) -> list[Discrepancy]:
    """Read all discrepancies ever named of these subjects."""
    rows = await tx.fetch(QUERIES["discrepancies"], about, list(subjects))
    return [Discrepancy(**{**row, "facts": json.loads(row["facts"])}) for row in rows]


async def open_discrepancies(tx: Tx, subjects: Iterable[tuple[About, str]]) -> list[Discrepancy]:
    """Read the open discrepancies of these subjects."""
    rows = await tx.fetch(QUERIES["open_discrepancies"], *columns(subjects, 2))
    return [Discrepancy(**{**row, "facts": json.loads(row["facts"])}) for row in rows]


async def lock_discrepancies(tx: Tx, names: Collection[str]) -> list[Discrepancy]:
    """Read and lock discrepancies by their ids until the transaction ends; unknown ones are left out."""
    rows = await tx.fetch(QUERIES["lock_discrepancies"], list(names))
    return [Discrepancy(**{**row, "facts": json.loads(row["facts"])}) for row in rows]


async def keep_discrepancies(tx: Tx, news: Iterable[Discrepancy]) -> dict[str, dict[str, Any]]:
    """Store discrepancies; return since when each is open, its node and its merchant, where they are known."""
    rows = [
        (d.exception_id, d.exception_class, d.about, d.subject, json.dumps(d.facts), d.version, d.state) for d in news
    ]
    kept = [dict(row) for row in await tx.fetch(QUERIES["keep_discrepancies"], *columns(rows, 7), tx.now)]
    return {row.pop("exception_id"): row for row in kept}
