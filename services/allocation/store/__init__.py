"""The tables of allocation in PostgreSQL."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import asyncpg

from shared.db.queries import Queries
from shared.messaging.transaction import Tx

QUERIES: Final = Queries(Path(__file__).parent.with_name("queries"))


async def read(tx: Tx, name: str, rows: Iterable[Sequence[Any]], *more: object) -> list[asyncpg.Record]:
    """Run a statement over a set of rows, given as one array for each of their columns; nothing for no rows."""
    arrays = [list(column) for column in zip(*rows, strict=True)]
    return await tx.fetch(QUERIES[name], *arrays, *more) if arrays else []


async def write(tx: Tx, name: str, rows: Iterable[Sequence[Any]], *more: object) -> None:
    """Run a statement over a set of rows that returns none; nothing is sent for no rows."""
    arrays = [list(column) for column in zip(*rows, strict=True)]
    if arrays:
        await tx.execute(QUERIES[name], *arrays, *more)
