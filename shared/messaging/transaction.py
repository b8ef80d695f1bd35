"""One transaction of a service: its changes, its announcements and its parked events commit together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeAlias

import asyncpg

from shared.contracts.fields import Fact
from shared.contracts.structs import encode
from shared.contracts.topics import BY_NAME, TOPIC_OF
from shared.db.queries import Queries
from shared.messaging.wire import Announcer, Event, Headers, pack

QUERIES: Final = Queries(Path(__file__).with_name("queries.sql"))
MAX_RECORD: Final = 900_000
_OUTBOX: Final = ("topic", "key", "body", "headers")
Announced: TypeAlias = tuple[str, bytes, bytes | None, bytes]  # topic, key, body, packed headers


class TooLarge(ValueError):
    """An event is larger than 900 kB: tell it in parts."""


class NotErasable(ValueError):
    """A record without a body erases its key, and this topic takes none."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is parked, and what it waits for."""

    event: Event[Any]
    waits_for: str
    is_named: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that is refused, and why: it becomes a dead letter with the transaction that read it."""

    event: Event[Any]
    reason: str


@dataclass(slots=True)
class Tx:
    """The transaction that handlers work with. `now` is the business time of the whole transaction."""

    connection: asyncpg.pool.PoolConnectionProxy
    source: str
    now: datetime
    parked: list[Waiting] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    needs_met: set[str] = field(default_factory=set)
    outgoing: list[Announced] = field(default_factory=list)
    made_later: list[Iterable[Announced]] = field(default_factory=list)
    announced: bool = False
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)  # read once, until it is changed here
    announcer: Announcer = field(init=False)

    def __post_init__(self) -> None:
        self.announcer = Announcer(self.source, self.now)

    def announce(self, body: Fact, traceparent: str | None) -> None:
        """Publish a fact once this transaction has committed."""
        self._send(*self.announcer.record(body, traceparent))

    def publish(self, event: type[Fact], key: str, body: object, traceparent: str | None) -> None:
        """Publish an event of a type once this transaction has committed; its body is a struct of the contract."""
        self.outgoing.append(self._event(event, key, body, traceparent))

    def publish_all(self, events: Iterable[tuple[type[Fact], str, object, str | None]]) -> None:
        """Publish events like `publish`, however many: each is made when it is written, after those told before."""
        self.made_later += [self.outgoing, (self._event(*event) for event in events)]
        self.outgoing = []

    def send(self, topic: str, key: bytes, body: bytes | None, headers: Headers) -> None:
        """Publish a record as it is."""
        self._send(topic, key, body, pack(headers))

    def _event(self, event: type[Fact], key: str, body: object, traceparent: str | None) -> Announced:
        headers = self.announcer.headers(event.__name__, key, traceparent)
        return _checked(TOPIC_OF[event].name, key.encode(), encode(body), headers)

    def _send(self, topic: str, key: bytes, body: bytes | None, packed: bytes) -> None:
        self.outgoing.append(_checked(topic, key, body, packed))

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Run a statement over sets, given as arrays, and return its rows; nothing is sent where all sets are empty."""
        return [] if _all_are_empty(arguments) else await self.connection.fetch(statement, *arguments)

    async def execute(self, statement: str, *arguments: object) -> str:
        """Run a statement over sets that returns no rows, and return what it did; nothing is sent for no rows."""
        return "" if _all_are_empty(arguments) else await self.connection.execute(statement, *arguments)

    async def copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bool:
        """Add rows to a table, each made while others are on their way, and return whether there were any."""
        remaining = iter(rows)
        for first in remaining:
            rest = chain((first,), remaining)
            await self.connection.copy_records_to_table(table, records=rest, columns=columns)
            return True
        return False

    async def flush(self) -> None:
        """Write what was announced so far, to be published with all the rest once this transaction has committed."""
        self.announced |= await self.copy("outbox", _OUTBOX, self.take())

    def take(self) -> Iterator[Announced]:
        """Return what was announced so far, in order; from now on it is the caller's to write."""
        taken = chain(*self.made_later, self.outgoing)
        self.made_later, self.outgoing = [], []
        return taken

    def park(self, event: Event[Any], waits_for: str, *, named: bool = False) -> None:
        """Keep an event until `waits_for` has arrived; `named` if a person hears by itself that it waits."""
        self.parked.append(Waiting(event, waits_for, named))

    def refuse(self, event: Event[Any], reason: str) -> None:
        """Keep an event for a person: it can never be right. Nothing of it may have been written."""
        self.refused.append(Refused(event, reason))

    def arrived(self, *needs: str) -> None:
        """Wake the events that wait for these."""
        self.needs_met.update(needs)


def _checked(topic: str, key: bytes, body: bytes | None, packed: bytes) -> Announced:
    if len(key) + len(body or b"") + len(packed) > MAX_RECORD:
        raise TooLarge
    if body is None and topic in BY_NAME and not BY_NAME[topic].tombstones:
        raise NotErasable
    return topic, key, body, packed


def _all_are_empty(arguments: Sequence[object]) -> bool:
    sets = [argument for argument in arguments if isinstance(argument, list)]
    return bool(sets) and not any(sets)


Handler: TypeAlias = Callable[[Tx, Sequence[Event[Any]]], Awaitable[None]]


@dataclass(slots=True)
class Bell:
    """The bell of the relay, rung when there is something to publish, in this process or in the one that leads."""

    channel: str
    leading: bool = False
    rung: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def reading(pool: asyncpg.Pool, source: str) -> AsyncIterator[Tx]:
    """Begin a transaction that sees one state of everything and changes nothing."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        yield Tx(connection, source, await connection.fetchval(QUERIES["clock"]))


@asynccontextmanager
async def begin(pool: asyncpg.Pool, source: str, bell: Bell) -> AsyncIterator[Tx]:
    """Begin a transaction that ends by writing the outbox, and wakes the relay when it has committed."""
    async with pool.acquire() as connection, connection.transaction():
        tx = Tx(connection, source, await connection.fetchval(QUERIES["clock"]))
        yield tx
        await tx.flush()
        if tx.announced and not bell.leading:
            await connection.execute(QUERIES["notify"], bell.channel)
    if tx.announced:
        bell.rung.set()
