"""A bus for tests, which speaks to a service as the outside world does: over Kafka."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.contracts.fields import Fact
from shared.contracts.topics import TOPIC_OF
from shared.messaging.clients import started
from shared.messaging.wire import Headers, announcement


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as it was published, to be published again."""

    topic: str
    key: bytes | None
    body: bytes | None
    headers: Headers


def record_of(body: Fact, event_id: str | None = None, source: str = "test", ahead: timedelta = timedelta()) -> Sent:
    """Turn a fact into a record of now, or of so much later."""
    topic, key, value, headers = announcement(body, source, None, datetime.now(UTC) + ahead)
    if event_id:
        headers = tuple((name, event_id.encode() if name == "ce_id" else text) for name, text in headers)
    return Sent(topic, key, value, headers)


@dataclass(slots=True)
class Bus:
    """A publisher and reader of the topics of one test."""

    producer: AIOKafkaProducer
    bootstrap: str
    prefix: str
    ahead: timedelta = timedelta()  # of the clocks of those who publish

    async def publish(self, *facts: Fact | Sent) -> list[Sent]:
        """Publish in the order given, and wait until the broker has them."""
        records = [fact if isinstance(fact, Sent) else record_of(fact, ahead=self.ahead) for fact in facts]
        acks = [
            await self.producer.send(
                self.prefix + record.topic, record.body, key=record.key, headers=list(record.headers)
            )
            for record in records
        ]
        await asyncio.gather(*acks)
        return records

    async def raw(self, topic: str) -> list[Any]:
        """Read every record of a topic, in the order of each partition."""
        consumer = AIOKafkaConsumer(
            self.prefix + topic, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest",
            isolation_level="read_committed",
        )  # fmt: skip
        async with started(consumer):
            return await _until_end(consumer)

    async def told(self, kind: type[Fact], key: str | None = None) -> list[Any]:
        """Read every event of one type, of one key if given."""
        records = await self.raw(TOPIC_OF[kind].name)
        name = kind.__name__.encode()
        own = [r for r in records if dict(r.headers).get("ce_type") == name]
        return [kind.model_validate_json(r.value) for r in own if key is None or r.key == key.encode()]


async def _until_end(consumer: AIOKafkaConsumer) -> list[Any]:
    ends = await consumer.end_offsets(consumer.assignment())
    records: list[Any] = []
    while any([await consumer.position(partition) < end for partition, end in ends.items()]):
        for batch in (await consumer.getmany(timeout_ms=200)).values():
            records += batch
    return records


@asynccontextmanager
async def bus_at(bootstrap: str, prefix: str) -> AsyncIterator[Bus]:
    """Open a bus on the topics that begin with `prefix`."""
    async with started(AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")) as producer:
        yield Bus(producer, bootstrap, prefix)
