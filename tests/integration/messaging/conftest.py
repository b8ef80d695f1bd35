"""A probe for every test of messaging."""

from collections.abc import Iterator
from typing import TextIO

import pytest
import structlog
from structlog.dev import ConsoleRenderer
from structlog.typing import ExcInfo

from deploy.topics import every_topic
from shared.contracts.contacts import ContactGiven
from shared.contracts.topic import Topic
from shared.contracts.topics import TOPIC_OF
from tests.integration.conftest import World
from tests.integration.messaging.probe import LIFE, Probe


@pytest.fixture(autouse=True, scope="session")
def _short_logs() -> Iterator[None]:
    """Return one line for each thing said: pictures of every variable of every frame would cost more than the tests."""
    structlog.configure([structlog.processors.add_log_level, ConsoleRenderer(exception_formatter=_last_line)])
    yield
    structlog.reset_defaults()


def _last_line(to: TextIO, error: ExcInfo) -> None:
    to.write(f" {error[1]!r}")


@pytest.fixture
def topics() -> tuple[Topic, ...]:
    """Return what probes read, stock.v1, exceptions.v1, and their dead letters."""
    read = {TOPIC_OF[kind].name for kind in (*LIFE, ContactGiven)}
    dead = {f"{topic}.{service}.dlq" for topic in read for service in ("inventory", "notification")}
    return tuple(topic for topic in every_topic() if topic.name in read | dead | {"stock.v1", "exceptions.v1"})


@pytest.fixture
async def probe(world: World) -> Probe:
    """Return a probe in the place of inventory, with a table to write to."""
    return await with_table(Probe(world))


async def with_table(probe: Probe) -> Probe:
    """Give a probe its table."""
    await probe.world.admin.execute(
        f"set search_path = {probe.name};"
        "create table probe (id bigint generated always as identity primary key, name text);"
        f"grant select, insert on probe to firstfill_{probe.name}"
    )
    return probe
