"""Services under test run in this process, on real PostgreSQL and Kafka."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.topics import create_topics, every_topic
from shared.contracts.dead_letters import dead_letter_topics
from shared.contracts.topic import Topic
from shared.contracts.topics import SERVICES, TOPICS
from shared.db.migrations import role_of, url_for
from shared.messaging.service import Running, Service, Settings, running
from shared.testing.bus import Bus, bus_at
from shared.testing.postgres import ROLE_PASSWORD
from shared.testing.until import until


@dataclass(slots=True)
class World:
    """What a test of services has: topics and a database of its own."""

    bus: Bus
    admin_url: str
    admin: asyncpg.Connection
    ended: list[str] = field(default_factory=list)

    def url_of(self, service: str) -> str:
        """Return the database as that service's role."""
        return url_for(self.admin_url, role_of(service), ROLE_PASSWORD)

    def start(self, service: Service, end: Callable[[str], None] | None = None) -> AbstractAsyncContextManager[Running]:
        """Run a service until the block is left."""
        settings = Settings(
            kafka_bootstrap_servers=self.bus.bootstrap,
            database_url=self.url_of(service.name),
            topic_prefix=self.bus.prefix,
        )
        return running(service, settings, end or self.ended.append)

    async def settled(self, service: str) -> None:
        """Wait until nothing is waiting in a service's outbox."""
        await until(lambda: self.admin.fetchval(f"select not exists (select from {service}.outbox)"))


@pytest.fixture
def topics(request: pytest.FixtureRequest) -> tuple[Topic, ...]:
    """Return the topics of a world: those that the service reads and writes whose folder the test is in, else all."""
    service = next((part for part in request.path.parts if part in SERVICES), None)
    return topics_around(service) if service else every_topic()


def topics_around(service: str) -> tuple[Topic, ...]:
    """Return what a service reads and writes, and the topics of its dead letters."""
    own = [topic for topic in TOPICS if service in (*topic.read_by, *topic.written_by)]
    return (*own, *(letters for letters in dead_letter_topics() if letters.name.endswith(f".{service}.dlq")))


@pytest.fixture
async def world(
    kafka_server: str, kafka_admin: AIOKafkaAdminClient, topic_prefix: str, database: str, topics: tuple[Topic, ...]
) -> AsyncIterator[World]:
    """Return its topics, empty, and every schema, empty."""
    await create_topics(kafka_admin, topics, topic_prefix, most_partitions=2)
    admin = await asyncpg.connect(database)
    async with bus_at(kafka_server, topic_prefix) as bus:
        yield World(bus, database, admin)
    await admin.close()
    await kafka_admin.delete_topics([topic_prefix + topic.name for topic in topics])
