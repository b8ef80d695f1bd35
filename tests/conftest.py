"""Real servers for every test that asks: PostgreSQL and Kafka once per session, all else once per test."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.testing import kafka, postgres
from shared.testing.session import session_servers

STARTERS = {"postgres_server": postgres.start_for_tests, "kafka_server": kafka.start_for_tests}


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[str]]]:
    """Starts, side by side, the servers that the tests of this session ask for."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    with session_servers() as (supervisor, places), ThreadPoolExecutor() as threads:
        yield {name: threads.submit(start, supervisor, places) for name, start in STARTERS.items() if name in wanted}


@pytest.fixture(scope="session")
def postgres_server(servers: dict[str, Future[str]]) -> str:
    """The address of a PostgreSQL server, as its superuser."""
    return servers["postgres_server"].result()


@pytest.fixture(scope="session")
def kafka_server(servers: dict[str, Future[str]]) -> str:
    """The bootstrap address of a Kafka broker."""
    return servers["kafka_server"].result()


@pytest.fixture(scope="session")
async def template(postgres_server: str) -> AsyncIterator[str]:
    """The name of a database with the newest schema of every service, to be cloned."""
    async with postgres.new_database(postgres_server) as database:
        await postgres.build_template(database)
        yield database.rpartition("/")[2].partition("?")[0]


@pytest.fixture
async def database(postgres_server: str, template: str) -> AsyncIterator[str]:
    """The address of a database of this test's own, as superuser."""
    async with postgres.new_database(postgres_server, template) as url:
        yield url


@pytest.fixture(scope="session")
async def kafka_admin(kafka_server: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client that makes and removes topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server)
    await admin.start()
    yield admin
    await admin.close()


@pytest.fixture
def topic_prefix() -> str:
    """What this test's topics and groups begin with, so that no other test can see them."""
    return f"t{secrets.token_hex(4)}."
