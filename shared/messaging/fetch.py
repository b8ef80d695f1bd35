"""What comes next from Kafka, whatever a producer put there and whatever fails: no record is passed by unseen.

aiokafka's fetch raises at the first record it cannot open, after it has moved past others that nobody saw. So after any
failure everything goes back to what was committed, and is then read once batch by batch, by rules of our own (`batch`).
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, for_code
from aiokafka.protocol.fetch import FetchRequest

from shared.messaging.batch import Batch, Found, batches, committed
from shared.messaging.wire import Record

log = structlog.get_logger(__name__)
AT_ONCE: Final = 2000
_LONGEST_WAIT_MS: Final = 1000  # the first record ends it; looking more often costs a service that has nothing to do
_BYTES_AT_ONCE: Final = 1_000_000
_PAUSE: Final = 1.0
_COMMITTED_ONLY: Final = 1


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a partition: whole batches, where its records end, and the transactions that were aborted."""

    partition: TopicPartition
    batches: Sequence[Batch]
    end: int
    aborted: Sequence[tuple[int, int]]

    def next(self, start: int) -> int:
        """Return the offset behind these batches; something is always passed, and nothing behind the end."""
        behind = self.batches[-1].next if self.batches else start
        return max(min(behind, self.end), start + 1 if self.batches else start)

    def records(self, start: int) -> Iterator[Found]:
        """Return the records from an offset on; one that cannot be placed counts as the first of its batch."""
        for batch in committed(self.batches, self.aborted):
            for found in batch.records():
                if found.offset >= start or found.fault:
                    yield found


@dataclass(slots=True)
class Fetch:
    """The records of a consumer. `is_unsure` after a failure: then what was fetched may not have been handled."""

    bootstrap: str
    prefix: str
    is_unsure: bool = False
    in_hand: int = 0  # records that were returned last
    oldest: float | None = None  # when the oldest of these was published, in seconds of the epoch
    moved_at: float = field(default_factory=time.monotonic)  # when all that was returned before was handled

    async def next(self, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        """Wait for records, and take all that came; none came where it returns nothing."""
        try:
            if self.is_unsure:
                await _go_back(consumer)
                self.is_unsure = False
            self.in_hand, self.oldest, self.moved_at = 0, None, time.monotonic()
            found = tuple(chain(*(await consumer.getmany(timeout_ms=_LONGEST_WAIT_MS, max_records=AT_ONCE)).values()))
            self.in_hand, self.oldest = len(found), min((raw.timestamp / 1000 for raw in found), default=None)
            return tuple(self._record(raw) for raw in found)
        except ConsumerStoppedError:
            raise
        except Exception as error:  # noqa: BLE001 aiokafka raises whatever its decoders do
            log.warning("a fetch failed, all is read again from what was handled", error=repr(error))
            self.is_unsure = True
        try:
            return await self._by_batch(consumer)
        except ConsumerStoppedError:
            raise
        except Exception as error:  # noqa: BLE001 the broker may be away: it is asked again, from what was committed
            log.warning("waiting for Kafka", error=repr(error))
            await asyncio.sleep(_PAUSE)
            return ()

    async def unhandled(self, consumer: AIOKafkaConsumer) -> tuple[int, float]:
        """Return how many records of its partitions were not handled yet, and the age of the oldest in seconds."""
        number = self.in_hand
        for partition in consumer.assignment():
            # Another process may have the partition by now.
            if partition in consumer.assignment() and (end := consumer.highwater(partition)):
                number += max(0, end - await consumer.position(partition))
        age = time.time() - self.oldest if self.oldest else time.monotonic() - self.moved_at
        return number, round(max(0.0, age), 1) if number else 0.0

    async def _by_batch(self, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        """Take what comes after all that was committed, of each partition some, and go on behind it."""
        start = await _go_back(consumer)
        parts = await _raw(self.bootstrap, start)
        for part in parts:
            try:
                consumer.seek(part.partition, part.next(start[part.partition]))
            except IllegalStateError:
                log.info("another process has the partition now", partition=str(part.partition))
        self.is_unsure = False
        records = tuple(
            Record(
                part.partition.topic.removeprefix(self.prefix),
                part.partition.partition,
                found.offset,
                found.key,
                found.body,
                found.headers,
                fault=found.fault,
            )
            for part in parts
            for found in part.records(start[part.partition])
        )
        self.in_hand, self.oldest, self.moved_at = len(records), None, time.monotonic()
        return records

    def _record(self, raw: ConsumerRecord) -> Record:
        topic = raw.topic.removeprefix(self.prefix)
        return Record(topic, raw.partition, raw.offset, raw.key, raw.value, tuple(raw.headers))


async def _go_back(consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    """Set every partition back to what was committed, and return where that is."""
    start = {}
    for partition in consumer.assignment():
        offset = await consumer.committed(partition)
        if offset is None:
            offset = (await consumer.beginning_offsets([partition]))[partition]
        consumer.seek(partition, offset)
        start[partition] = offset
    return start


async def _raw(bootstrap: str, start: Mapping[TopicPartition, int]) -> list[Part]:
    """Ask the broker for batches from these offsets on, as they are."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    try:
        await client.bootstrap()
        await client.set_topics({partition.topic for partition in start})
        asked = defaultdict[int | None, dict[str, list[tuple[int, int, int]]]](lambda: defaultdict(list))
        for partition, offset in start.items():
            leader = client.cluster.leader_for_partition(partition)
            asked[leader][partition.topic].append((partition.partition, offset, _BYTES_AT_ONCE))
        answers = []
        for leader, topics in asked.items():
            request = FetchRequest(0, 0, _BYTES_AT_ONCE, _COMMITTED_ONLY, list(topics.items()))
            answers += (await client.send(leader, request)).to_object()["topics"]
        return [_part(topic["topics"], answer) for topic in answers for answer in topic["partitions"]]
    finally:
        await client.close()


def _part(topic: str, answer: Mapping[str, Any]) -> Part:
    if answer["error_code"]:
        raise for_code(answer["error_code"])
    aborted = [(each["producer_id"], each["first_offset"]) for each in answer["aborted_transactions"]]
    place = TopicPartition(topic, answer["partition"])
    return Part(place, list(batches(answer["message_set"] or b"")), answer["highwater_offset"], aborted)
