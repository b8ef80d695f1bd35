"""Batches that no client writes: made as Kafka keeps them, changed, and handed to the broker as they are."""

from collections.abc import Callable, Sequence
from typing import Final

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.errors import for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from shared.testing.bus import Sent
from shared.testing.until import until
from tests.integration.conftest import World

CODECS: Final = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
_LENGTH_END, _CRC, _CHECKED_FROM, _RECORDS = 12, 17, 21, 61
_PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "none": bytes,
    "gzip": gzip_encode,
    "snappy": snappy_encode,
    "lz4": lz4_encode,
    "zstd": zstd_encode,
}


def batch_of(records: Sequence[Sent], codec: str = "none") -> bytes:
    """Return records as one batch."""
    builder = DefaultRecordBatchBuilder(2, CODECS[codec], is_transactional=0, producer_id=-1, producer_epoch=-1,
                                        base_sequence=-1, batch_size=1_000_000)  # fmt: skip
    for place, record in enumerate(records):
        assert builder.append(place, 0, record.key, record.body, list(record.headers))
    return bytes(builder.build())


def renamed(batch: bytes, header: bytes, other: bytes) -> bytes:
    """Return a batch in which a header has another name, of the same length."""
    assert batch.count(header) == 1
    return _checked(batch.replace(header, other))


def packed(batch: bytes, codec: str) -> bytes:
    """Return a batch compressed as it is, which no producer would do whose records are odd."""
    records = _PACKERS[codec](batch[_RECORDS:])
    length = (_RECORDS - _LENGTH_END + len(records)).to_bytes(4, "big")
    attributes = CODECS[codec].to_bytes(2, "big")
    head = batch[: _LENGTH_END - 4] + length + batch[_LENGTH_END:_CHECKED_FROM] + attributes
    return _checked(head + batch[_CHECKED_FROM + 2 : _RECORDS] + records)


def _checked(batch: bytes) -> bytes:
    checksum = calc_crc32c(batch[_CHECKED_FROM:])
    return b"".join((batch[:_CRC], checksum.to_bytes(4, "big"), batch[_CHECKED_FROM:]))


async def produce(world: World, topic: str, partition: int, batch: bytes) -> None:
    """Hand a batch to the broker."""
    await until(lambda: _taken(world, topic, partition, batch))


async def _taken(world: World, topic: str, partition: int, batch: bytes) -> bool:
    """Return whether the broker took it; a topic that was made just now may have no leader yet."""
    client, name = AIOKafkaClient(bootstrap_servers=world.bus.bootstrap), world.bus.prefix + topic
    await client.bootstrap()
    try:
        await client.set_topics([name])
        leader = client.cluster.leader_for_partition(TopicPartition(name, partition))
        if leader is None:
            return False
        answer = await client.send(leader, ProduceRequest(None, -1, 10_000, [(name, [(partition, batch)])]))
        [(_, [(_, error, *_rest)])] = answer.topics
        if error and not for_code(error).retriable:
            raise for_code(error)
        return not error
    finally:
        await client.close()
