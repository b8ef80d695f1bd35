"""Batches are opened as Kafka's format says, and what is damaged in one costs no more than it must."""

from collections.abc import Sequence

from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.batch import Batch, batches, committed

NAMES = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.none() | st.binary(max_size=40)
RECORDS = st.lists(st.tuples(VALUES, VALUES, st.lists(st.tuples(NAMES, VALUES), max_size=3)), min_size=1, max_size=6)
CODECS = st.integers(0, 4)


def packed(records: Sequence[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]], codec: int) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, is_transactional=0, producer_id=-1, producer_epoch=-1,
                                        base_sequence=-1, batch_size=100_000)  # fmt: skip
    for place, (key, value, headers) in enumerate(records):
        assert builder.append(place, 0, key, value, headers)
    return bytes(builder.build())


@given(RECORDS, CODECS)
def test_whole_batches_are_read_as_aiokafka_reads_them(
    records: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]], codec: int
) -> None:
    raw = packed(records, codec)
    [batch] = batches(raw)
    theirs = [(each.offset, each.key, each.value, tuple(each.headers)) for each in DefaultRecordBatch(raw)]
    assert [(each.offset, each.key, each.body, each.headers) for each in batch.records()] == theirs
    assert not any(each.fault for each in batch.records())
    assert (batch.first, batch.next) == (0, len(records))


@given(RECORDS, CODECS, st.integers(0), st.integers(1, 255))
def test_a_damaged_batch_raises_nothing_and_names_the_fault(
    records: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]], codec: int, at: int, by: int
) -> None:
    raw = bytearray(packed(records, codec))
    place = 16 + at % (len(raw) - 16)  # past the offsets and the length, which Kafka itself goes by
    raw[place] ^= by
    for batch in batches(bytes(raw)):
        assert batch.first < batch.next <= len(records)
        [found] = batch.records()
        assert found.fault
        assert found.body == bytes(raw)


def test_a_batch_that_came_in_part_is_left_for_the_next_fetch() -> None:
    raw = packed([(b"k", b"v", [])], 0)
    assert [batch.raw for batch in batches(raw + raw[:-1])] == [raw]
    assert not list(batches(b""))


def test_what_a_producer_aborted_ends_with_its_mark() -> None:
    mark = Batch(3, 4, 0x30, 7, b"")
    own = [Batch(offset, offset + 1, 0x10, 7, b"") for offset in (0, 1, 2, 4)]
    other = Batch(2, 3, 0x10, 8, b"")
    plain = Batch(2, 3, 0, 7, b"")
    kept = list(committed([own[0], own[1], other, plain, mark, own[3]], [(7, 1)]))
    assert kept == [own[0], other, plain, own[3]]
