"""One transaction of a service: its changes, its announcements and its parked events commit together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
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


class TooLarge(ValueError):
    """An event is larger than 900 kB: tell it in parts."""


class NotErasable(ValueError):
    """A record without a body erases its key, and this topic takes none."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is parked, and what it waits for."""

    event: Event[Any]
    waits_for: str


@dataclass(slots=True)
class Tx:
    """The transaction that handlers work with. `now` is the business time of the whole transaction."""

    connection: asyncpg.pool.PoolConnectionProxy
    source: str
    now: datetime
    parked: list[Waiting] = field(default_factory=list)
    needs_met: set[str] = field(default_factory=set)
    outgoing: list[tuple[str, bytes, bytes | None, bytes]] = field(default_factory=list)
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
        headers = self.announcer.headers(event.__name__, key, traceparent)
        self._send(TOPIC_OF[event].name, key.encode(), encode(body), headers)

    def send(self, topic: str, key: bytes, body: bytes | None, headers: Headers) -> None:
        """Publish a record as it is."""
        self._send(topic, key, body, pack(headers))

    def _send(self, topic: str, key: bytes, body: bytes | None, packed: bytes) -> None:
        if len(key) + len(body or b"") + len(packed) > MAX_RECORD:
            raise TooLarge
        if body is None and topic in BY_NAME and not BY_NAME[topic].tombstones:
            raise NotErasable
        self.outgoing.append((topic, key, body, packed))

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Run a statement over sets, given as arrays, and return its rows; nothing is sent where all sets are empty."""
        return [] if _all_are_empty(arguments) else await self.connection.fetch(statement, *arguments)

    async def execute(self, statement: str, *arguments: object) -> str:
        """Run a statement over sets that returns no rows, and return what it did; nothing is sent for no rows."""
        return "" if _all_are_empty(arguments) else await self.connection.execute(statement, *arguments)

    async def flush(self) -> None:
        """Write what was announced so far, to be published with all the rest once this transaction has committed.

        Long work does so now and then: the server ends a transaction that leaves it idle, and other work of this
        process has its turn.
        """
        if self.outgoing:
            await self.connection.copy_records_to_table("outbox", records=self.outgoing, columns=_OUTBOX)
            self.announced = True
            self.outgoing.clear()

    def park(self, event: Event[Any], waits_for: str) -> None:
        """Keep an event until `waits_for` has arrived."""
        self.parked.append(Waiting(event, waits_for))

    def arrived(self, *needs: str) -> None:
        """Wake the events that wait for these."""
        self.needs_met.update(needs)


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
