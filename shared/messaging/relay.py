"""The relay, which publishes the outbox: in commit order per key, at least once, by one leader per service."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.contracts.topics import TOPICS
from shared.messaging.faults import is_transient
from shared.messaging.transaction import QUERIES, Bell
from shared.messaging.wire import unpack

log = structlog.get_logger(__name__)
_AT_ONCE: Final = 2000
_POLL: Final = 1.0
_TIME_OUT: Final = 10.0
_SEND_AGAIN_AFTER: Final = _TIME_OUT
_COMPACTED: Final = [topic.name for topic in TOPICS if topic.compacted]


@dataclass(frozen=True, slots=True)
class Flight:
    """Rows that were sent, and their acknowledgements to come."""

    ids: list[int] = field(default_factory=list)
    acks: list[asyncio.Future[Any]] = field(default_factory=list)


@dataclass(slots=True)
class Relay:
    """The publisher in the process that leads."""

    pool: asyncpg.Pool
    bootstrap: str
    prefix: str
    bell: Bell
    send_again_at: float | None = None
    tidy_at: float = 0.0

    async def run(self) -> None:
        """Publish for as long as this process leads; after any failure, begin again from the lowest row."""
        # A leader before us may have frozen with old rows in hand. Once its producer has timed out, what compacted
        # topics should end with is sent once more.
        self.send_again_at = asyncio.get_running_loop().time() + _SEND_AGAIN_AFTER
        while True:
            try:
                await self._publish_until_failure()
            except Exception as error:
                if not (isinstance(error, KafkaError) or is_transient(error)):
                    raise
                log.warning("relay starts again", error=repr(error))
                await asyncio.sleep(_POLL)

    async def _publish_until_failure(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap,
            acks="all",
            enable_idempotence=True,
            max_batch_size=131_072,
            request_timeout_ms=int(_TIME_OUT * 1000),
        )
        flights: list[Flight] = []
        try:
            await producer.start()
            await self._publish(producer, flights)
        finally:
            await producer.stop()
            await asyncio.gather(*(ack for flight in flights for ack in flight.acks), return_exceptions=True)

    async def _publish(self, producer: AIOKafkaProducer, flights: list[Flight]) -> None:
        """Read and send the next rows while the last ones are still on their way."""
        while True:
            self.bell.rung.clear()
            on_their_way = [row_id for flight in flights for row_id in flight.ids]
            rows = await self.pool.fetch(QUERIES["unsent"], on_their_way, _AT_ONCE)
            if rows:
                flights.append(Flight())
                await self._send(producer, rows, flights[-1])
            if len(flights) == 2 or not rows:
                await self._land(flights)
            if not rows:
                await self._rest(producer, flights)

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record], flight: Flight) -> None:
        """Fill the flight row by row, so that after an error in the middle the first half is waited for too."""
        for row in rows:
            headers = list(unpack(row["headers"]))
            ack = await producer.send(self.prefix + row["topic"], row["body"], key=row["key"], headers=headers)
            flight.ids.append(row["id"])
            flight.acks.append(ack)

    async def _land(self, flights: list[Flight]) -> None:
        if flights:
            await asyncio.gather(*flights[0].acks)
            await self.pool.execute(QUERIES["forget_sent"], flights[0].ids, _COMPACTED)
            del flights[0]

    async def _rest(self, producer: AIOKafkaProducer, flights: list[Flight]) -> None:
        now = asyncio.get_running_loop().time()
        if now > self.tidy_at:
            await self.pool.execute(QUERIES["forget_old"])
            self.tidy_at = now + _POLL
        if self.send_again_at and now > self.send_again_at:
            flights.append(Flight())
            await self._send(producer, await self.pool.fetch(QUERIES["sent_again"]), flights[-1])
            await asyncio.gather(*flights.pop().acks)
            self.send_again_at = None
        try:
            await asyncio.wait_for(self.bell.rung.wait(), _POLL)
        except TimeoutError:
            return
