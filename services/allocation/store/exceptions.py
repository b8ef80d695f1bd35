"""Exceptions that a person must look at."""

import json
from collections.abc import Iterable
from typing import Any

from services.allocation.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def add_exceptions(tx: Tx, found: Iterable[tuple[str, str, str, dict[str, str]]]) -> None:
    """Store once what was found: (id, class, subject, facts)."""
    rows = [(*named, json.dumps(facts)) for *named, facts in found]
    await tx.connection.execute(QUERIES["add_exceptions"], *columns(rows, 4))


async def settle_exceptions(tx: Tx, asked: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Settle open exceptions (id, by whom, why); return those settled now, as they are announced."""
    rows = await tx.connection.fetch(QUERIES["settle_exceptions"], *columns(asked, 3))
    return [{**row, "facts": json.loads(row["facts"])} for row in rows]
