"""Exceptions that a person must look at."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from services.allocation.store import QUERIES, read, write
from shared.messaging.transaction import Tx


async def add_exceptions(tx: Tx, found: Iterable[tuple[str, str, str, dict[str, str]]]) -> None:
    """Store once what was found: (id, class, subject, facts)."""
    rows = [(*named, json.dumps(facts)) for *named, facts in found]
    await write(tx, "add_exceptions", rows)


async def known_exceptions(tx: Tx, names: Collection[str]) -> set[str]:
    """Return which of these exceptions were found before."""
    return {row["exception_id"] for row in await tx.fetch(QUERIES["known_exceptions"], list(names))}


async def settle_exceptions(tx: Tx, asked: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Settle open exceptions (id, by whom, why); return those settled now, as they are announced."""
    rows = await read(tx, "settle_exceptions", asked)
    return [{**row, "facts": json.loads(row["facts"])} for row in rows]
