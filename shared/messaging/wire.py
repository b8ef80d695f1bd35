"""Records on Kafka, and how a record becomes an event and an event a record."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec
from pydantic import ValidationError
from uuid_utils import UUID, uuid7

from shared.contracts.envelope import HEADER_LENGTH
from shared.contracts.fields import Fact
from shared.contracts.topics import BY_NAME, TOPIC_OF

B = TypeVar("B", bound=Fact)
Headers = tuple[tuple[str, bytes | None], ...]
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Poison(Exception):
    """A record that no handler can read."""


class WrongKey(Poison):
    """A record whose key is not what its body says: what stands under that key has nothing to do with it."""


class Tombstone(Fact):
    """The record without a body by which a key of a compacted topic is erased."""

    erased: str

    def key(self) -> str:
        return self.erased


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record as it came, of a topic without prefix. Everything in it may be broken."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    body: bytes | None
    headers: Headers
    parked_id: int | None = None
    parked_at: datetime | None = None
    attempts: int = 0
    waited: timedelta = timedelta()  # parked, by the servers' own clock, whatever day it is in business
    fault: str | None = None  # why not even Kafka's own format was kept, so that the parts above may be other than said


@dataclass(frozen=True, slots=True)
class Event(Generic[B]):
    """A fact that was published."""

    source: str
    id: str
    key: str
    at: datetime
    body: B
    traceparent: str | None
    record: Record

    @property
    def cause(self) -> str:
        """Return how the effects of this event name it."""
        return f"{self.source}/{self.id}"


def caused_at(cause: str) -> datetime | None:
    """Return when the event happened that a cause names, to the millisecond, as its id says.

    Ids of ours are UUIDv7, which begin with their instant (RFC 9562, 5.7). None where another gave the id, or where
    time itself is the cause.
    """
    try:
        event_id = UUID(cause.rpartition("/")[2])
        return datetime.fromtimestamp(event_id.timestamp / 1_000, UTC) if event_id.version == 7 else None
    except ValueError:  # it is no UUID, or its year has five digits
        return None


def identity(record: Record) -> tuple[str, str]:
    """Return source and id of the event in a record; of a broken record, its place on the topic."""
    headers = dict(record.headers)
    try:
        return _required(headers, "ce_source"), _required(headers, "ce_id")
    except Poison:
        return f"kafka:{record.topic}", f"{record.partition}/{record.offset}"


def read(record: Record) -> Event[Any]:
    """Read the event in a record; Poison says what is wrong with it."""
    if record.fault:
        raise Poison(record.fault)
    headers = dict(record.headers)
    if record.body is None:
        return _tombstone(record)
    if _required(headers, "ce_specversion") != "1.0":
        raise Poison("header ce_specversion must be 1.0")
    body = _body(record, _required(headers, "ce_type"))
    key = _text(record.key, "record key")
    if key != body.key():
        raise WrongKey("record key is not what the body says")
    source, event_id = _required(headers, "ce_source"), _required(headers, "ce_id")
    return Event(source, event_id, key, _time(headers), body, _trace_of(headers), record)


@dataclass(slots=True)
class Announcer:
    """The writer of the events that one transaction publishes: what their headers share is written once.

    All effects of one cause are told in one span of its trace (W3C Trace Context).
    """

    source: str
    at: datetime
    shared: dict[str, str] = field(default_factory=dict)
    spans: dict[str | None, str] = field(default_factory=dict)

    def record(self, body: Fact, traceparent: str | None) -> tuple[str, bytes, bytes, bytes]:
        """Return topic, key, body and packed headers of a new event."""
        key, name = body.key(), type(body).__name__
        headers = self.headers(name, key, traceparent, getattr(body, "sequence", None))
        return TOPIC_OF[type(body)].name, key.encode(), body.model_dump_json(exclude_none=True).encode(), headers

    def headers(self, name: str, key: str, traceparent: str | None, sequence: int | None = None) -> bytes:
        """Return the packed headers of a new event of a type, as `pack` would pack them."""
        shared = self.shared.get(name) or self._shared(name)
        span = self.spans.get(traceparent) or self.spans.setdefault(traceparent, _next_span(traceparent))
        own_id = uuid7(nanoseconds=int(self.at.timestamp() * 1_000) * 1_000_000)
        own = f'["ce_id","{own_id}"],["ce_subject",{_text_of(key.encode())}],["traceparent","{span}"]'
        numbered = "" if sequence is None else f',["sequence","{sequence}"]'
        return f"[{own}{numbered},{shared}]".encode()

    def _shared(self, name: str) -> str:
        headers = {
            "ce_specversion": "1.0",
            "ce_type": name,
            "ce_source": self.source,
            "ce_time": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "content-type": "application/json",
        }
        packed = ",".join(f'["{header}",{_text_of(value.encode())}]' for header, value in headers.items())
        self.shared[name] = packed
        return packed


def announcement(body: Fact, source: str, traceparent: str | None, at: datetime) -> tuple[str, bytes, bytes, Headers]:
    """Return topic, key, body and headers of a single new event."""
    topic, key, value, packed = Announcer(source, at).record(body, traceparent)
    return topic, key, value, unpack(packed)


def pack(headers: Headers) -> bytes:
    """Pack headers as bytes that a table can keep; any byte survives."""
    return _encode([(name, None if value is None else value.decode("latin-1")) for name, value in headers])


def _text_of(value: bytes) -> str:
    """Return bytes as they stand in packed headers."""
    return _encode(value.decode("latin-1")).decode()


def id_in(packed: bytes) -> str:
    """Return the id of an event in its packed headers."""
    return (dict(unpack(packed))["ce_id"] or b"").decode()


def unpack(packed: bytes) -> Headers:
    """Unpack headers."""
    return tuple((name, None if value is None else value.encode("latin-1")) for name, value in _decode(packed))


def _tombstone(record: Record) -> Event[Tombstone]:
    if not BY_NAME[record.topic].tombstones:
        raise Poison(f"{record.topic} takes no record without a body")
    key, headers = _text(record.key, "record key"), dict(record.headers)
    source, event_id = identity(record)
    at = _time(headers) if "ce_time" in headers else datetime.now(UTC)
    return Event(source, event_id, key, at, Tombstone(erased=key), _trace_of(headers), record)


def _body(record: Record, name: str) -> Fact:
    model = next((event for event in BY_NAME[record.topic].events if event.__name__ == name), None)
    if model is None:
        known = ", ".join(event.__name__ for event in BY_NAME[record.topic].events)
        raise Poison(f"header ce_type is none of {known}")
    try:
        return model.model_validate_json(record.body or b"")
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors(include_input=False))
        raise Poison(f"{name}: {'; '.join(problems)}") from None


def _required(headers: Mapping[str, bytes | None], name: str) -> str:
    if not headers.get(name):
        raise Poison(f"header {name} is missing")
    return _text(headers[name], f"header {name}", HEADER_LENGTH)


def _text(value: bytes | None, what: str, most: int = 500) -> str:
    try:
        text = (value or b"").decode()
    except UnicodeDecodeError:
        raise Poison(f"{what} is not UTF-8") from None
    if not text or "\x00" in text or len(text) > most:
        raise Poison(f"{what} must be 1 to {most} characters of text")
    return text


def _time(headers: Mapping[str, bytes | None]) -> datetime:
    try:
        at = datetime.fromisoformat(_required(headers, "ce_time"))
    except ValueError:
        raise Poison("header ce_time must be an RFC 3339 instant") from None
    if at.tzinfo is None:
        raise Poison("header ce_time must carry a time zone")
    return at


def _trace_of(headers: Mapping[str, bytes | None]) -> str | None:
    value = (headers.get("traceparent") or b"").decode("latin-1")
    return value if _TRACEPARENT.fullmatch(value) else None


def _next_span(traceparent: str | None) -> str:
    """Return a child of the causing span, or a new trace (W3C Trace Context)."""
    known = _TRACEPARENT.fullmatch(traceparent or "")
    trace, flags = (known[1], known[3]) if known else (secrets.token_hex(16), "01")
    return f"00-{trace}-{secrets.token_hex(8)}-{flags}"
