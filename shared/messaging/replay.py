"""Dead letters handed back or given up: `python -m shared.messaging.replay SERVICE`, with DATABASE_URL.

Replayed, they go before what was parked behind them; discarded, what was parked behind them goes on without. The
service that runs handles both within a second. What waits for something that will never come can be given up, too.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from shared.contracts.topics import SERVICES
from shared.db.pool import create_pool
from shared.db.queries import columns
from shared.messaging.transaction import QUERIES

T = TypeVar("T")
Place = tuple[str, int, int]
console = Console(markup=False, width=None if sys.stdout.isatty() else 200)


class NotDead(Exception):
    """No dead letter stands at a place that was named."""


async def replay(pool: asyncpg.Pool, topic: str | None = None) -> int:
    """Hand the dead letters of one topic, or of all, back to the service; return the number of them."""
    return len(await pool.fetch(QUERIES["exhume"], topic))


async def discard(pool: asyncpg.Pool, places: Sequence[Place], by: str, why: str) -> list[asyncpg.Record]:
    """Give up the dead letters at these places for good: all or, where one is not dead, none. Twice is as once."""
    asked = columns(sorted(set(places)), 3)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(QUERIES["discard"], *asked, by, why)
        given_up = await connection.fetch(QUERIES["discarded"], *asked)
        if missing := set(places) - {(row["topic"], row["partition"], row["offset"]) for row in given_up}:
            raise NotDead(f"no dead letter stands at {', '.join(map(_text_of, sorted(missing)))}: see --list")
    return given_up


async def discard_waiting(pool: asyncpg.Pool, waits_for: str, by: str, why: str) -> list[asyncpg.Record]:
    """Give up for good all events that wait for something that will never come; return where each stood."""
    return await pool.fetch(QUERIES["discard_waiting"], waits_for, by, why)


def main(
    service: str,
    database_url: Annotated[str, typer.Option(envvar="DATABASE_URL")],
    topic: Annotated[str | None, typer.Option(help="only of this topic")] = None,
    show: Annotated[bool, typer.Option("--list", help="only show them")] = False,
    discarded: Annotated[list[str] | None, typer.Option("--discard", help="TOPIC/PARTITION/OFFSET of one")] = None,
    waiting: Annotated[
        str, typer.Option("--discard-waiting", help="give up what waits for this, as waits_too_long names it")
    ] = "",
    by: Annotated[str, typer.Option(help="who discards it")] = "",
    why: Annotated[str, typer.Option(help="why it is discarded")] = "",
) -> None:
    """Hand dead letters back to the service that gave them up; or show them; or discard some for good."""
    if service not in SERVICES:
        sys.exit(f"there is no service {service}; it is one of {', '.join(SERVICES)}")
    if discarded:
        _discard(service, database_url, [_place_of(place) for place in discarded], by.strip(), why.strip())
    elif waiting:
        _discard_waiting(service, database_url, waiting, by.strip(), why.strip())
    elif show:
        _show(_with_pool(service, database_url, lambda pool: pool.fetch(QUERIES["dead_letters"], topic)))
    else:
        number = _with_pool(service, database_url, lambda pool: replay(pool, topic))
        typer.echo(f"{number} dead letters handed back to {service}")


def _discard(service: str, url: str, places: Sequence[Place], by: str, why: str) -> None:
    if not by or not why:
        sys.exit("--discard: say --by, who you are, and --why; both are kept")
    rows = _with_pool(service, url, lambda pool: discard(pool, places, by, why))
    table = Table("discarded", "key", "by", "at", "why", "it had died of")
    for row in rows:
        at = f"{row['discarded_at']:%Y-%m-%d %H:%M}"
        table.add_row(_text_of(row), _key(row), row["discarded_by"], at, row["why"], row["reason"])
    console.print(table)


def _discard_waiting(service: str, url: str, waits_for: str, by: str, why: str) -> None:
    if not by or not why:
        sys.exit("--discard-waiting: say --by, who you are, and --why; both are kept")
    rows = _with_pool(service, url, lambda pool: discard_waiting(pool, waits_for, by, why))
    if not rows:
        sys.exit(f"nothing waits for {waits_for}: see /v1/parked/{service}")
    table = Table("discarded", "key")
    for row in rows:
        table.add_row(_text_of(row), _key(row))
    console.print(table)


def _show(rows: Sequence[asyncpg.Record]) -> None:
    table = Table("dead letter", "key", "died", "of")
    for row in rows:
        table.add_row(_text_of(row), _key(row), f"{row['died_at']:%Y-%m-%d %H:%M}", row["reason"])
    console.print(table)


def _place_of(text: str) -> Place:
    topic, _, rest = text.partition("/")
    partition, _, offset = rest.partition("/")
    if not (topic and partition.isdecimal() and offset.isdecimal()):
        sys.exit(f"--discard: {text} must be TOPIC/PARTITION/OFFSET, such as receipts.v1/0/12: see --list")
    return topic, int(partition), int(offset)


def _text_of(place: asyncpg.Record | Place) -> str:
    return "/".join(str(place[part]) for part in range(3))


def _key(row: asyncpg.Record) -> str:
    return (row["key"] or b"").decode(errors="replace")[:80]


def _with_pool(service: str, url: str, work: Callable[[asyncpg.Pool], Awaitable[T]]) -> T:
    async def do() -> T:
        async with await create_pool(url, service, size=1) as pool:
            return await work(pool)

    try:
        return asyncio.run(do())
    except NotDead as error:
        sys.exit(f"nothing was discarded: {error}")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        sys.exit(f"nothing was changed, see DATABASE_URL: {error}")


if __name__ == "__main__":
    typer.run(main)
