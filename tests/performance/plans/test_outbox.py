"""What the relay asks each second reads what waits, not what was sent and stays a while."""

import json
from typing import Any

import asyncpg

from shared.messaging.transaction import QUERIES

LINGERING = 120_000


async def test_the_relay_reads_what_waits_and_not_what_lingers(database: str) -> None:
    connection = await asyncpg.connect(database, server_settings={"search_path": "allocation"})
    await connection.execute(
        "insert into outbox (topic, key, headers, sent_at) select 'queues.v1', 'k', '[]', now() "
        f"from generate_series(1, {LINGERING})"
    )
    await connection.execute(
        "insert into outbox (topic, key, headers) select 'queues.v1', 'k', '[]' from generate_series(1, 10)"
    )
    await connection.execute("analyze outbox")
    for name, arguments in (("unsent", "('{1}', 2000)"), ("state", "")):
        declared = "(bigint[], bigint)" if arguments else ""
        await connection.execute(f"prepare {name} {declared} as {QUERIES[name]}")
        explained = await connection.fetchval(f"explain (analyze, buffers, format json) execute {name} {arguments}")
        [top] = json.loads(explained)
        assert blocks(top["Plan"]) < 50, name
    await connection.close()


def blocks(node: dict[str, Any]) -> int:
    return int(node["Shared Hit Blocks"] + node["Shared Read Blocks"])
