"""The relay, which publishes the outbox: in commit order per key, at least once, by one leader per service."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.messaging.clients import started
from shared.messaging.faults import is_transient
from shared.messaging.transaction import QUERIES, Bell
from shared.messaging.wire import unpack

log = structlog.get_logger(__name__)
_AT_ONCE: Final = 2000
_BYTES_AT_ONCE: Final = 8_000_000  # a transaction must end in time, however large its events are
_POLL: Final = 1.0
_TIME_OUT_MS: Final = 10_000
_ABORT_WITHIN: Final = 2.0
_LONGEST_TRANSACTION_MS: Final = 15_000  # as long may a leader that died keep readers waiting if none follows


def producer_of(bootstrap: str, name: str) -> AIOKafkaProducer:
    """Return the one producer of this name that can write: once it has started, none that started before can.

    A leader that froze with records in hand, and wakes when another has gone on, writes none of them.
    """
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        transactional_id=name,
        transaction_timeout_ms=_LONGEST_TRANSACTION_MS,
        max_batch_size=131_072,
        request_timeout_ms=_TIME_OUT_MS,
    )


@dataclass(slots=True)
class Relay:
    """The publisher in the process that leads; `service` names its producer."""

    pool: asyncpg.Pool
    bootstrap: str
    prefix: str
    service: str
    bell: Bell

    async def run(self) -> None:
        """Publish for as long as this process leads; after any failure, begin again from the lowest row."""
        while True:
            try:
                await self._publish_until_failure()
            except Exception as error:
                if not (isinstance(error, KafkaError) or is_transient(error)):
                    raise
                log.warning("relay starts again", error=repr(error))
                await asyncio.sleep(_POLL)

    async def _publish_until_failure(self) -> None:
        async with started(producer_of(self.bootstrap, f"{self.prefix}{self.service}")) as producer:
            await self._publish(producer)

    async def _publish(self, producer: AIOKafkaProducer) -> None:
        """Send the next rows in one transaction while the rows of the last one are deleted."""
        sent: list[int] = []
        while True:
            self.bell.rung.clear()
            rows = await self.pool.fetch(QUERIES["unsent"], sent, _AT_ONCE, _BYTES_AT_ONCE)
            await asyncio.gather(self._forget(sent), self._send(producer, rows))
            sent = [row["id"] for row in rows]
            if not rows:
                await self._rest()

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
        """Send all of these rows or, as readers see it, none."""
        if not rows:
            return
        await producer.begin_transaction()
        acks: list[asyncio.Future[Any]] = []
        try:
            for row in rows:
                headers = list(unpack(row["headers"]))
                acks.append(
                    await producer.send(self.prefix + row["topic"], row["body"], key=row["key"], headers=headers)
                )
            await asyncio.gather(*acks)
            await producer.commit_transaction()
        except BaseException:
            await _abort(producer)
            raise
        finally:
            await asyncio.gather(*acks, return_exceptions=True)

    async def _forget(self, sent: Sequence[int]) -> None:
        if sent:
            await self.pool.execute(QUERIES["forget_sent"], sent)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self.bell.rung.wait(), _POLL)
        except TimeoutError:
            return


async def _abort(producer: AIOKafkaProducer) -> None:
    """Drop what was begun, so that readers need not wait until the next producer does it."""
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(_ABORT_WITHIN):
            await producer.abort_transaction()
