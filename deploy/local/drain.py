"""The wait until every event has had all its effects."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.places import CannotRun
from shared.messaging.clients import started

_LOOK_EVERY: Final = 0.1
_FEW: Final = 100
_GIVE_UP_AFTER: Final = 120.0  # seconds in which nothing changes


@dataclass(frozen=True, slots=True)
class Readers:
    """Consumer groups and their topics, and the schemas with an outbox."""

    groups: Mapping[str, Iterable[str]]
    schemas: Iterable[str]


async def wait_until_drained(bootstrap: str, admin_url: str, readers: Readers, look: Callable[[], None]) -> None:
    """Wait until two looks in a row find no lag, nothing unsent, parked or to be told, and no new record."""
    async with (
        started(AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")) as consumer,
        started(AIOKafkaAdminClient(bootstrap_servers=bootstrap)) as admin,
        asyncpg.create_pool(admin_url, min_size=0, max_size=1) as database,
    ):
        deadline, before = time.monotonic() + _GIVE_UP_AFTER, None
        while True:
            look()
            waiting, _ = now = await _look(consumer, admin, database, readers)
            if not waiting and now == before:
                return
            if now != before:
                deadline = time.monotonic() + _GIVE_UP_AFTER
            if time.monotonic() > deadline:
                raise CannotRun(f"for {_GIVE_UP_AFTER:g} s nothing moved: {', '.join(waiting) or 'new records'}")
            before = now
            await asyncio.sleep(_LOOK_EVERY)


async def _look(
    consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient, database: asyncpg.Pool, readers: Readers
) -> tuple[list[str], dict[TopicPartition, int]]:
    """Return what still waits, and the end of every topic that somebody reads."""
    topics = {topic for group in readers.groups.values() for topic in group}
    described = await admin.describe_topics(sorted(topics))
    partitions = [TopicPartition(t["topic"], p["partition"]) for t in described for p in t["partitions"]]
    waiting = [f"{schema} {kind}" for schema in readers.schemas for kind in await _unsettled(database, schema)]
    ends = await consumer.end_offsets(partitions)
    for group, names in readers.groups.items():
        read = await admin.list_consumer_group_offsets(group)
        own = [partition for partition in partitions if partition.topic in set(names)]
        places = {p: max(read[p].offset, 0) if p in read else 0 for p in own}
        unread = await _unread(consumer, {p: place for p, place in places.items() if place < ends[p]}, ends)
        waiting += [f"{group} has {unread} records to read"] * (unread > 0)
    return waiting, ends


async def _unread(
    consumer: AIOKafkaConsumer, places: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> int:
    """Return how many records come after these places, or about how many where they are many.

    Few are counted one by one, since the marks at the ends of transactions have offsets, too.
    """
    behind = sum(ends[partition] - place for partition, place in places.items())
    if not places or behind > _FEW:
        return behind
    consumer.assign(list(places))
    for partition, place in places.items():
        consumer.seek(partition, place)
    unread = 0
    while any([await consumer.position(partition) < ends[partition] for partition in places]):
        unread += sum(map(len, (await consumer.getmany(timeout_ms=200)).values()))
    consumer.unsubscribe()
    return unread


async def _unsettled(database: asyncpg.Pool, schema: str) -> list[str]:
    dead = await database.fetch(f"select topic, reason from {schema}.dead_letters limit 3")
    if dead:
        reasons = "; ".join(f"{row['topic']}: {row['reason']}" for row in dead)
        raise CannotRun(
            f"{schema} gave up on events ({reasons}): see its log; without KEEP=1 the next run starts empty"
        )
    unsent = await database.fetchval(f"select count(*) from {schema}.outbox")
    parked = await database.fetchval(f"select count(*) from {schema}.parked")
    counts = {"unsent": unsent, "parked": parked}
    if schema == "notification":
        counts["to tell"] = await database.fetchval(
            "select count(*) from notification.notices where state in ('planned', 'sending') and reachable "
            "and due_at <= notification.clock()"
        )
    return [f"{count} {kind}" for kind, count in counts.items() if count]
