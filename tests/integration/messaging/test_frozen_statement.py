"""A process that freezes while it copies rows holds its locks no longer than the leader's next look."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg

from shared.db.pool import create_pool
from shared.messaging.sweep import end_frozen
from shared.testing.until import until
from tests.integration.conftest import World


async def test_a_statement_whose_process_stands_still_is_ended_and_one_that_works_is_not(world: World) -> None:
    async def never_more() -> AsyncIterator[bytes]:
        await asyncio.sleep(600)
        yield b""

    pool = await create_pool(world.url_of("inventory"), "inventory")
    frozen = await asyncpg.connect(world.url_of("inventory"), server_settings={"search_path": "inventory"})
    copying = asyncio.ensure_future(frozen.copy_to_table("stopped", source=never_more(), columns=["service", "since"]))
    working = asyncio.ensure_future(pool.execute("select pg_sleep(1)"))
    assert await end_frozen(pool) == 0, "it may go on yet"
    await until(lambda: end_frozen(pool, timedelta(milliseconds=200)))
    copying.cancel()
    assert await working == "SELECT 1"
    await pool.close()
    assert frozen.is_closed()
    await asyncio.gather(copying, return_exceptions=True)
