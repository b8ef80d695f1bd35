"""The check of a live or finished installation for what must always be true: `python -m deploy.invariants`.

Reads DATABASE_URL as the checker, or else the local run. Looks at one moment, changes nothing, prints every row that
breaks a rule, and ends with 1 if there is any.
"""

import asyncio
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
from rich.console import Console
from rich.table import Table

from deploy.local.addresses import recall
from deploy.local.places import PROJECT, CannotRun
from services.allocation.domain.calendar import Calendar
from services.allocation.domain.line import WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.ship_together import allocate
from shared.contracts.topics import SERVICES
from shared.db.queries import Queries

_HERE: Final = Path(__file__).parent
_UNSERVED: Final = Queries(_HERE / "unserved.sql")
_SHOWN: Final = 10
Broken = dict[str, list[dict[str, Any]]]


async def check(url: str) -> Broken:
    """Return every invariant by name, with the rows that break it."""
    database = await asyncpg.connect(url)
    try:
        async with database.transaction(isolation="repeatable_read", readonly=True):
            broken: Broken = {}
            for service in SERVICES:
                await database.execute(f"set local search_path = {service}")
                broken |= await _run(database, service, Queries(PROJECT / "services" / service / "invariants.sql"))
            broken |= await _run(database, "across", Queries(_HERE / "across.sql"))
            broken["allocation: no free unit could serve a waiting line"] = await _unserved(database)
            return broken
    finally:
        await database.close()


async def _run(database: asyncpg.Connection, owner: str, checks: Queries) -> Broken:
    return {
        f"{owner}: {name.replace('_', ' ')}": [dict(row) for row in await database.fetch(query)]
        for name, query in checks.items()
    }


async def _unserved(database: asyncpg.Connection) -> list[dict[str, Any]]:
    """Return what breaks I4 now: grants that `allocate` would make to lines that ship alone."""
    lots: dict[tuple[str, str], list[FreeLot]] = defaultdict(list)
    queues: dict[tuple[str, str], list[WaitingLine]] = defaultdict(list)
    for row in await database.fetch(_UNSERVED["free_lots"]):
        lots[row["sku"], row["node"]].append(FreeLot(row["lot"], row["expires_on"], row["units"]))
    covered: set[WaitingLine] = set()
    for sku, node, *fields, is_covered in await database.fetch(_UNSERVED["queue"]):
        line = WaitingLine(*fields)
        queues[sku, node].append(line)
        covered |= {line} if is_covered else set()
    calendars = {row["node"]: _calendar(row) for row in await database.fetch(_UNSERVED["calendars"])}
    now = await database.fetchval(_UNSERVED["now"])
    return [
        {"sku": sku, "node": node, "order": grant.line.order_id, "line": grant.line.line_id, "units": grant.units}
        for (sku, node), queue in queues.items()
        for grant in allocate(queue, lots[sku, node], calendars[node].next_shipping_day(now))
        if grant.line not in covered
    ]


def _calendar(row: asyncpg.Record) -> Calendar:
    return Calendar(ZoneInfo(row["zone"]), frozenset(row["working_days"]), frozenset(row["holidays"]), row["cut_off"])


def show(console: Console, broken: Broken) -> bool:
    """Print each invariant and what breaks it; return whether nothing does."""
    table = Table("invariant", "", box=None, pad_edge=False, header_style="bold")
    for name, rows in broken.items():
        table.add_row(name, f"[bold red]{len(rows)} broken[/]" if rows else "[green]holds[/]")
    console.print(table)
    for name, rows in broken.items():
        for row in rows[:_SHOWN]:
            console.print(f"[red]{name}[/]: {', '.join(f'{field} {value}' for field, value in row.items())}")
    return not any(broken.values())


def main() -> None:
    """Check the installation that DATABASE_URL names, or the local one."""
    try:
        url = os.environ.get("DATABASE_URL") or recall().checker
        broken = asyncio.run(check(url))
    except (CannotRun, OSError, asyncpg.PostgresError) as error:
        sys.exit(f"cannot check: {error}; start it with `make run`, or set DATABASE_URL")
    sys.exit(0 if show(Console(highlight=False), broken) else 1)


if __name__ == "__main__":
    main()
