"""The one subscriber of a process. FastStream's defaults lose messages; these settings keep them."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import KafkaAckableMessage

from shared.contracts.topics import TOPICS
from shared.messaging.faults import retried
from shared.messaging.fetch import Fetch
from shared.messaging.service_stopped import tell_stopped
from shared.messaging.transaction import begin
from shared.messaging.wire import Record
from shared.messaging.worker import Handlers, TooManyDead, Worker

log = structlog.get_logger(__name__)
_LOG: Final = logging.getLogger(__name__)  # FastStream would print on its own, past our format and filter
_ACKS_MAY_FAIL: Final = 3
_PAUSE: Final = 1.0
STANDS_AFTER: Final = 60.0
REST: Final = 30.0
_WHAT_TO_DO: Final = "Look at its dead letters (shared.messaging.replay --list), mend it, and hand them back."


def topics_of(handlers: Handlers) -> list[str]:
    """Return the topics on which a service's handlers find their events."""
    kinds = set(handlers)
    return [topic.name for topic in TOPICS if kinds & set(topic.events)]


def broker_at(bootstrap: str) -> KafkaBroker:
    """Return a broker that only consumes: the relay publishes."""
    return KafkaBroker(bootstrap, consumer_only=True, graceful_timeout=10.0, logger=_LOG, log_level=logging.DEBUG)


@dataclass(slots=True)
class Consumer:
    """The feed of a worker from Kafka. `end` is called when this process must not live on."""

    worker: Worker
    fetch: Fetch
    member: str
    end: Callable[[str], None]
    acks_failed: int = 0
    stopped: str | None = None
    subscriber: Any = None
    rests: asyncio.Event = field(default_factory=asyncio.Event)
    rest: asyncio.Future[None] | None = None

    def subscribe(self, broker: KafkaBroker) -> None:
        """Add the one subscriber to the broker: every topic, in batches, as a static member of the service's group."""
        names = [self.fetch.prefix + name for name in topics_of(self.worker.handlers)]
        self.subscriber = broker.subscriber(
            *names,
            group_id=self.fetch.prefix + self.worker.service,
            group_instance_id=self.member,
            batch=True,
            fetch_max_wait_ms=200,  # as long may records wait that come while others of their topic are handled
            session_timeout_ms=6000,
            heartbeat_interval_ms=1500,
            auto_offset_reset="earliest",
            isolation_level="read_committed",  # shops and warehouse systems write in transactions, and abort some
            ack_policy=AckPolicy.MANUAL,
            parser=self._as_it_came,
            decoder=_leave_bytes_alone,
        )
        self.subscriber.get_msg = self.fetch.next
        self.subscriber(self.take)

    async def take(self, message: KafkaMessage) -> None:
        """Handle a batch and only then let Kafka forget it."""
        try:
            await self.worker.handle(message.raw_message)
        except TooManyDead as error:
            self.give_up(error)
        except Exception:
            log.exception("a batch comes again")
            await asyncio.sleep(random.uniform(_PAUSE / 2, _PAUSE))  # noqa: S311 jitter, not a secret
            self.fetch.is_unsure = True
        else:
            await self._ack(message)

    def why_not(self) -> str | None:
        """Return why this process gets nothing done; None while it does."""
        stands = time.monotonic() - self.fetch.moved_at
        if self.stopped is None and stands > STANDS_AFTER:
            return f"for {stands:.0f} s nothing could be read from Kafka, or what was read not be handled: see the log"
        return self.stopped

    async def unhandled(self) -> tuple[int, float]:
        """Return how many records of its partitions wait, and since when in seconds."""
        at_kafka = self.subscriber and self.subscriber.consumer
        return await self.fetch.unhandled(at_kafka) if at_kafka else (self.fetch.in_hand, 0.0)

    def give_up(self, error: TooManyDead) -> None:
        """Consume no more for a while, and leave partitions and lead to others; the process lives on, not ready.

        FastStream's StopConsume would cancel the very task that stops the consumer, which then keeps them.
        """
        if self.stopped:
            return
        self.stopped = f"{error.__doc__} {_WHAT_TO_DO}"
        log.critical("stopped", reason=self.stopped)
        self.subscriber.running = False
        self.rests.set()
        self.rest = asyncio.ensure_future(self._rest())

    async def _rest(self) -> None:
        """Stop, and try again after a while: one more dead letter then, and it rests again."""
        await self.subscriber.stop()
        await retried(self._tell)
        await asyncio.sleep(REST)
        log.warning("tries again")
        self.fetch.is_unsure, self.fetch.moved_at = True, time.monotonic()
        self.worker.failures.may_be_told = True
        self.stopped = None
        self.rests.clear()
        await self.subscriber.start()

    def rest_no_more(self) -> None:
        """End a rest, since the process ends."""
        if self.rest:
            self.rest.cancel()

    async def _tell(self) -> None:
        async with begin(self.worker.pool, self.worker.source, self.worker.bell) as tx:
            await tell_stopped(tx, self.worker.service, self.stopped or "")

    async def _ack(self, message: KafkaMessage) -> None:
        """Acknowledge a batch; a failure in a rebalance is no harm, but three in a row end the process."""
        try:
            await message.ack()
        except KafkaError as error:
            self.acks_failed += 1
            log.warning("acknowledgement failed", times=self.acks_failed, error=repr(error))
            if self.acks_failed >= _ACKS_MAY_FAIL:
                self.end("three acknowledgements in a row failed: another process has this one's place")
        else:
            self.acks_failed = 0

    async def _as_it_came(self, batch: Sequence[Record]) -> KafkaMessage:
        """Pass a batch on unread: FastStream's own parser dies of a header that is null or not UTF-8."""
        return KafkaAckableMessage(body=b"", raw_message=batch, consumer=self.subscriber.consumer)


async def _leave_bytes_alone(_: KafkaMessage) -> None:
    return None
