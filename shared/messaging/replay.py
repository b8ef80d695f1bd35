"""Brings dead letters back to life: `python -m shared.messaging.replay SERVICE`, with its DATABASE_URL.

They go before what was parked behind them; the service that runs handles them within a second.
"""

import asyncio
import sys

import asyncpg
import typer

from shared.contracts.topics import SERVICES
from shared.db.pool import create_pool
from shared.messaging.transaction import QUERIES


async def replay(pool: asyncpg.Pool, topic: str | None = None) -> int:
    """Hands the dead letters of one topic, or of all, back to the service; the number of them."""
    return len(await pool.fetch(QUERIES["exhume"], topic))


def main(
    service: str,
    database_url: str = typer.Option(envvar="DATABASE_URL"),
    topic: str | None = typer.Option(None, help="only of this topic"),
) -> None:
    """Hands dead letters back to the service that gave them up."""
    if service not in SERVICES:
        sys.exit(f"there is no service {service}; it is one of {', '.join(SERVICES)}")
    try:
        number = asyncio.run(_replay(service, database_url, topic))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        sys.exit(f"nothing was handed back, see DATABASE_URL: {error}")
    typer.echo(f"{number} dead letters handed back to {service}")


async def _replay(service: str, url: str, topic: str | None) -> int:
    async with await create_pool(url, service, size=1) as pool:
        return await replay(pool, topic)


if __name__ == "__main__":
    typer.run(main)
