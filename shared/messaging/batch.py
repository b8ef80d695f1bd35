"""Record batches as Kafka keeps them (magic 2, kafka.apache.org/documentation/#recordbatch), opened record by record.

A reader of batches gives up at the first thing that is odd. This one says of each record, or of a batch that cannot be
opened, what is wrong with it, and goes on with the next.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.record.util import calc_crc32c, decode_varint

from shared.messaging.wire import Headers

_LENGTH: Final = struct.Struct(">qi")  # first offset, bytes that follow
# Epoch of the leader, magic, CRC, attributes, last offset - first, two timestamps, producer and its epoch and sequence.
_HEAD: Final = struct.Struct(">ibIhiqqqhii")
_CHECKED_FROM: Final = struct.calcsize(">ibI")
_CODEC, _TRANSACTIONAL, _CONTROL = 0x07, 0x10, 0x20
_OPENERS: Final[Mapping[int, Callable[[bytes], bytes]]] = {
    0: bytes,
    1: gzip_decode,
    2: snappy_decode,
    3: lz4_decode,
    4: zstd_decode,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A record, or a batch that cannot be opened: then it stands in `body` as it came, and `fault` says why."""

    offset: int
    key: bytes | None
    body: bytes | None
    headers: Headers
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it came: the first offset in it and the next behind it, and whether its checksum is right."""

    first: int
    next: int
    attributes: int
    producer: int
    raw: bytes
    is_whole: bool = True

    @property
    def tells(self) -> bool:
        """Return whether it holds records of somebody, not marks of Kafka's own."""
        return not self.attributes & _CONTROL

    @property
    def is_transactional(self) -> bool:
        """Return whether it counts only if its transaction was committed."""
        return bool(self.attributes & _TRANSACTIONAL)

    def records(self) -> Iterator[Found]:
        """Open it."""
        try:
            packed, number = self._opened()
        except Exception as error:  # noqa: BLE001 whatever a decoder makes of damaged bytes
            fault = f"the records {self.first} to {self.next - 1} cannot be opened: {type(error).__name__}: {error}"
            yield Found(self.first, None, self.raw, (), fault)
            return
        at = 0
        for place in range(number):
            try:
                length, begin = decode_varint(packed, at)
                at = begin + length
                if length < 0 or at > len(packed):
                    raise ValueError(f"{length} bytes are said to follow")
            except (IndexError, ValueError) as error:
                fault = f"the records from {place + 1} of {number} of a batch cannot be found: {error}"
                yield Found(self.first + place, None, bytes(packed), (), fault)
                return
            yield self._record(packed[begin:at], self.first + place)

    def _opened(self) -> tuple[bytearray, int]:
        """Return the bytes of its records, and how many these are."""
        head = _HEAD.unpack_from(self.raw, _LENGTH.size)
        magic, number = head[1], head[-1]
        if magic != 2:
            raise ValueError(f"format {magic} is not known")
        if not self.is_whole:
            raise ValueError("its checksum is wrong")
        return bytearray(_OPENERS[self.attributes & _CODEC](self.raw[_LENGTH.size + _HEAD.size :])), number

    def _record(self, packed: bytearray, place: int) -> Found:
        try:
            _, at = decode_varint(packed, 1)
            offset, at = decode_varint(packed, at)
            key, at = _bytes(packed, at)
            body, at = _bytes(packed, at)
            number, at = decode_varint(packed, at)
            headers, fault = list[tuple[str, bytes | None]](), None
            for _ in range(number):
                name, at = _bytes(packed, at)
                value, at = _bytes(packed, at)
                text = (name or b"").decode(errors="backslashreplace")
                headers.append((text, value))
                if text.encode() != name:
                    fault = "the name of a header is not UTF-8"
        except (IndexError, ValueError) as error:
            return Found(place, None, bytes(packed), (), f"the record cannot be opened: {error}")
        return Found(self.first + offset, key, body, tuple(headers), fault)


def batches(blob: bytes) -> Iterator[Batch]:
    """Split what a fetch returned; the last batch may have come in part and is left out."""
    at = 0
    while at + _LENGTH.size + _HEAD.size <= len(blob):
        first, length = _LENGTH.unpack_from(blob, at)
        end = at + _LENGTH.size + length
        if length < _HEAD.size or end > len(blob):
            return
        _, _, crc, attributes, last, _, _, producer, _, _, number = _HEAD.unpack_from(blob, at + _LENGTH.size)
        is_whole = calc_crc32c(blob[at + _LENGTH.size + _CHECKED_FROM : end]) == crc
        # Of a damaged batch the head may be wrong too: passed is only what two of its numbers agree on, or one offset.
        passed = last + 1 if is_whole or last + 1 == number else 1
        yield Batch(first, first + passed, attributes, producer, blob[at:end], is_whole)
        at = end


def committed(found: Iterable[Batch], aborted: Iterable[tuple[int, int]]) -> Iterator[Batch]:
    """Keep what no transaction took back: aborted is what its producer wrote from an offset to its next mark."""
    due = sorted(aborted, key=lambda each: each[1])
    open_: set[int] = set()
    for batch in found:
        while due and due[0][1] <= batch.first:
            open_.add(due.pop(0)[0])
        if not batch.tells:
            open_.discard(batch.producer)
        elif not (batch.is_transactional and batch.producer in open_):
            yield batch


def _bytes(packed: bytearray, at: int) -> tuple[bytes | None, int]:
    length, at = decode_varint(packed, at)
    if length < 0:
        return None, at
    if at + length > len(packed):
        raise ValueError(f"{length} bytes are said to follow")
    return bytes(packed[at : at + length]), at + length
