"""Floors: what no correct design can avoid, written from arrays in memory, in one transaction, by nobody else."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.db.queries import Queries, columns
from shared.messaging.wire import Announcer
from shared.testing.builders import released

_QUERIES: Final = Queries(Path(__file__).with_name("floors.sql"))
# QueueChanged and AvailabilityChanged, as large as they are on average.
_OTHER_EVENTS: Final = ((b"s1|ams", b"x" * 130, b"h" * 330), (b"s1|ams", b"x" * 420, b"h" * 330))


async def fill(connection: asyncpg.Connection, skus: int, lines: int) -> None:
    """Make the tables of the floor, in which so many lines wait for each SKU."""
    await connection.execute(_QUERIES["make"])
    await connection.execute(_QUERIES["fill"], skus, lines)
    await connection.execute(_QUERIES["fill_positions"], skus, lines)
    await connection.execute("vacuum analyze")
    await connection.execute("checkpoint")


async def release(connection: asyncpg.Connection, each: int, *, receipts: bool) -> float:
    """Return the seconds in which the first lines of each SKU leave the queue, own a unit each, and are announced.

    That is F-sql; with `receipts` it is F-sql+: and what no receipt of a position can avoid besides.
    """
    rows = await connection.fetch(_QUERIES["waiting"], each)
    places = columns(map(tuple, rows), 6)
    announcer = Announcer("firstfill", datetime.now(UTC))
    records = [announcer.record(released(row["order_id"]), None)[1:] for row in rows]
    skus = sorted(set(places[0]))
    if receipts:
        records += [other for _ in skus for other in _OTHER_EVENTS]
    announced, units = columns(records, 3), [each] * len(skus)
    began = perf_counter()
    async with connection.transaction():
        if receipts:
            await connection.execute(_QUERIES["claim"], skus)
            await connection.execute(_QUERIES["add_to_lots"], skus, ["L1"] * len(skus), units)
            await connection.execute(_QUERIES["add_to_supplies"], skus, units)
            await connection.execute(_QUERIES["count_positions"], skus, units)
        await connection.execute(_QUERIES["leave_queue"], *places)
        await connection.execute(_QUERIES["keep_allocations"], places[0], places[4], places[5])
        await connection.execute(_QUERIES["announce"], *announced)
    return perf_counter() - began


async def relay(bootstrap: str, topic: str, events: int) -> float:
    """Return the seconds in which as many events are read from Kafka and sent on: F-bus."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1), NewTopic(f"{topic}-out", 1, 1)])
    await admin.close()
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=131_072) as producer:
        await asyncio.gather(*[await producer.send(topic, b"x" * 750) for _ in range(events)])
        async with consumer:
            began, sent = perf_counter(), 0
            while sent < events:
                records = [r for group in (await consumer.getmany(timeout_ms=1000)).values() for r in group]
                await asyncio.gather(*[await producer.send(f"{topic}-out", record.value) for record in records])
                sent += len(records)
            return perf_counter() - began


async def promise(connection: asyncpg.Connection, lines: Sequence[tuple[str, str]], version: int) -> float:
    """Return the seconds in which as many promises are inserted."""
    moved: list[list[Any]] = columns(lines, 2)
    began = perf_counter()
    async with connection.transaction():
        await connection.execute(_QUERIES["keep_promises"], *moved, version)
    return perf_counter() - began
