"""A service as a process: what it needs from outside, what runs in it, and when it is ready for work."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import asyncpg
import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pydantic import Field
from pydantic_settings import BaseSettings

from shared.contracts.topics import BY_NAME
from shared.db.pool import create_pool
from shared.messaging import sweep
from shared.messaging.clients import started
from shared.messaging.consumer import Consumer, broker_at, topics_of
from shared.messaging.faults import reason_of, retried
from shared.messaging.fetch import Fetch
from shared.messaging.leases import Lease
from shared.messaging.long_waits import waits
from shared.messaging.problems import problem
from shared.messaging.relay import Relay
from shared.messaging.transaction import QUERIES, Bell
from shared.messaging.worker import Handlers, Worker

log = structlog.get_logger(__name__)
_EXIT: Final = 70
_CLOSES_WITHIN: Final = 10.0
DATABASE_AWAY: Final = problem(
    503, "the database does not answer", fix="send the request again, best with the same Idempotency-Key"
)


Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Scope]]
Send: TypeAlias = Callable[[Scope], Awaitable[None]]
Asgi: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class CannotStart(Exception):
    """Something that the service was told about the world outside is wrong."""


class Settings(BaseSettings):
    """The settings that every service reads from its environment."""

    kafka_bootstrap_servers: str = Field(min_length=1)
    database_url: str = Field(min_length=1)
    topic_prefix: str = ""
    http_host: str = "127.0.0.1"
    http_port: int = 8080


@dataclass(frozen=True, slots=True)
class Service:
    """A service's name, its handlers in the life order of their subjects, and what it does besides.

    Life order is the order in which subjects come to be: nodes, products, orders, shipments.

    `while_leading` is done by one process of the service, `http` answers in each what is asked beside `/health` and
    `/parked`. One that `stays_up` goes on answering, that it cannot, while its database is away.
    """

    name: str
    handlers: Handlers
    while_leading: tuple[Callable[[Worker], Awaitable[None]], ...] = ()
    http: Callable[[Worker], Asgi] | None = None
    stays_up: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A service at work in this process."""

    consumer: Consumer
    lease: Lease

    async def parked(self) -> list[dict[str, Any]]:
        """Return what parked events wait for, the longest first."""
        async with asyncio.timeout(2):
            return await waits(self.consumer.worker.pool)

    async def health(self) -> dict[str, Any]:
        """Return whether it is ready for work, and how much waits."""
        async with asyncio.timeout(2):
            state = await self.consumer.worker.pool.fetchrow(QUERIES["state"])
            unhandled, age = await self.consumer.unhandled()
        stopped = self.consumer.why_not()
        return {
            "ready": stopped is None,
            "stopped": stopped,
            "unhandled": unhandled,
            "oldest_unhandled_seconds": age,
            "member": self.lease.member,
            "leading": self.lease.leading.is_set(),
            **dict(state or {}),
        }


def end_process(reason: str) -> None:
    """End this process at once: another may already stand in its place."""
    log.critical("process ends", reason=reason)
    os._exit(_EXIT)


@dataclass(frozen=True, slots=True)
class Ready:
    """A service that has all it needs, and has taken no place among its processes yet."""

    service: Service
    settings: Settings
    worker: Worker


@asynccontextmanager
async def made_ready(service: Service, settings: Settings) -> AsyncIterator[Ready]:
    """Connect to the database and wait for the topics; what else is slow is to be done before `at_work`."""
    pool = await _pool(service, settings)
    try:
        await _wait_for_topics(service, settings)
        yield Ready(service, settings, Worker(service.name, pool, service.handlers, Bell(f"{service.name}_outbox")))
    finally:
        try:
            await asyncio.wait_for(pool.close(), _CLOSES_WITHIN)
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            pool.terminate()


@asynccontextmanager
async def at_work(
    ready: Ready, end: Callable[[str], None] = end_process, database_lost: Callable[[str], None] | None = None
) -> AsyncIterator[Running]:
    """Take a place among the service's processes and work until the block is left.

    `database_lost` is called in place of `end` where the lease is lost because the database is away, not because this
    process stood still: then another may be in its place by now.
    """
    service, settings, worker = ready.service, ready.settings, ready.worker
    async with AsyncExitStack() as stack:
        lease = await _take_lease(ready, end, database_lost or end)
        stack.push_async_callback(lease.give_back)
        fetch = Fetch(settings.kafka_bootstrap_servers, settings.topic_prefix)
        consumer = Consumer(worker, fetch, lease.member, end)
        await stack.enter_async_context(_task(_lead(service, settings, consumer, lease)))
        broker = broker_at(settings.kafka_bootstrap_servers)
        consumer.subscribe(broker)
        await stack.enter_async_context(started(broker))
        stack.callback(consumer.rest_no_more)
        log.info("running", service=service.name, member=lease.member)
        yield Running(consumer, lease)


@asynccontextmanager
async def running(
    service: Service, settings: Settings, end: Callable[[str], None] = end_process
) -> AsyncIterator[Running]:
    """Run a service in this process until the block is left."""
    async with made_ready(service, settings) as ready, at_work(ready, end) as running:
        yield running


async def _take_lease(ready: Ready, end: Callable[[str], None], away: Callable[[str], None]) -> Lease:
    """Take a slot, as soon as the database lets us; the bell rings for what other processes write."""
    group, bell = ready.settings.topic_prefix + ready.service.name, ready.worker.bell

    async def take() -> Lease:
        lease = Lease(ready.settings.database_url, ready.service.name, group, end, away)
        await lease.take({bell.channel: bell.rung.set})
        return lease

    return await retried(take)


@asynccontextmanager
async def _task(work: Awaitable[Any]) -> AsyncIterator[asyncio.Future[Any]]:
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _lead(service: Service, settings: Settings, consumer: Consumer, lease: Lease) -> None:
    """Do what only one process of the service does: publish, sweep, its own business; leave it in a rest."""
    worker = consumer.worker
    while True:
        await lease.leading.wait()
        worker.bell.leading = True
        relay = Relay(worker.pool, settings.kafka_bootstrap_servers, settings.topic_prefix, service.name, worker.bell)
        async with _task(consumer.rests.wait()) as rest:
            every = (relay.run(), sweep.run(consumer), *(work(worker) for work in service.while_leading))
            async with _task(asyncio.gather(*every)) as works:
                await asyncio.wait((rest, works), return_when=asyncio.FIRST_COMPLETED)
        worker.bell.leading = lease.may_lead = False
        if rest.cancelled() or not consumer.rest:
            log.error("the leader's work failed", exc_info=None if works.cancelled() else works.exception())
            return consumer.end("the leader's work failed")
        await asyncio.shield(consumer.rest)
        lease.may_lead = True


async def _pool(service: Service, settings: Settings) -> asyncpg.Pool:
    """Wait for a database that is not there yet, but not for one that turns us away."""
    try:
        return await retried(partial(create_pool, settings.database_url, service.name))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise CannotStart(f"DATABASE_URL: {reason_of(error)}") from error


async def _wait_for_topics(service: Service, settings: Settings) -> None:
    """Wait for broker and topics, which may come a little later; an absent one would raise at start."""
    read = topics_of(service.handlers)
    dead = [BY_NAME[topic].dead_letters_of(service.name) for topic in read]
    names = {settings.topic_prefix + name for name in (*read, *dead)}
    while missing := names - await _topics_at(settings.kafka_bootstrap_servers):
        log.info("waiting for topics", missing=sorted(missing)[:3])
        await asyncio.sleep(0.5)


async def _topics_at(bootstrap: str) -> set[str]:
    try:
        async with started(AIOKafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
            return set(await admin.list_topics())
    except (KafkaError, OSError) as error:
        log.info("waiting for Kafka", at=bootstrap, error=type(error).__name__)
        return set()
    except ValueError as error:
        raise CannotStart(f"KAFKA_BOOTSTRAP_SERVERS: {error}") from error
