"""Real servers for every test that asks: PostgreSQL and Kafka once per session, all else once per test.

With several workers (`pytest -n 3`) the process that directs them starts the servers, and every worker uses these.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from deploy.local.places import PROJECT
from shared.testing import postgres
from shared.testing.servers import KAFKA, POSTGRES, TEMPLATE, chosen_runtime, make_template, started_servers
from tests.effort import cases

NEED_NO_SERVER: Final = tuple(
    PROJECT / "tests" / folder for folder in ("unit", "property", "contracts", "architecture")
)
# What starts installations of its own begins first and stays on one worker, and so does what reads every source;
# all else follows file by file.
INSTALLATIONS: Final = ("tests/e2e/", "tests/faults/", "tests/integration/test_local_servers.py")
SOURCES: Final = "tests/architecture/"
settings.register_profile("effort", settings(), max_examples=cases(settings().max_examples))
settings.load_profile("effort")
_SERVERS: Final = pytest.StashKey[dict[str, str]]()
_RUNNING: Final = pytest.StashKey[ExitStack]()


def pytest_report_header() -> str:
    """Say which servers the tests run on."""
    return f"servers: {chosen_runtime()}"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers for workers to come, unless no test among those asked for needs one."""
    if session.config.getoption("numprocesses", None) and not _needs_no_server(session.config):
        session.config.stash[_RUNNING] = running = ExitStack()
        starting = running.enter_context(started_servers((POSTGRES, KAFKA)))
        servers = {name: start.result() for name, start in starting.items()}
        session.config.stash[_SERVERS] = {**servers, TEMPLATE: make_template(servers[POSTGRES])}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the servers once the last worker has ended."""
    if running := session.config.stash.get(_RUNNING, None):
        running.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where the servers are."""
    node.workerinput["servers"] = node.config.stash.get(_SERVERS, {})


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # xdist ships no types
    """Keep the tests of one file on one worker, and all that start installations of their own on another."""

    def _split_scope(self, nodeid: str) -> str:
        path = str(nodeid).partition("::")[0]
        if path.startswith(INSTALLATIONS):
            return "installations"
        return SOURCES if path.startswith(SOURCES) else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Hand the tests out by file."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest begin first."""
    items.sort(key=lambda item: not item.nodeid.startswith(INSTALLATIONS))


def _needs_no_server(config: pytest.Config) -> bool:
    paths = [PROJECT / argument.partition("::")[0] for argument in config.args]
    return all(any(path.is_relative_to(folder) for folder in map(PROJECT.joinpath, NEED_NO_SERVER)) for path in paths)


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Return the addresses of the servers that the tests of this session ask for, and the name of a template."""
    if given := getattr(request.config, "workerinput", {}).get("servers"):
        yield given
        return
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    names = [name for name in (POSTGRES, KAFKA) if f"{name}_server" in wanted]
    with started_servers(names) as starting:
        found = {name: start.result() for name, start in starting.items()}
        if POSTGRES in found:
            found[TEMPLATE] = make_template(found[POSTGRES])
        yield found


@pytest.fixture(scope="session")
def postgres_server(servers: dict[str, str]) -> str:
    """Return the address of a PostgreSQL server, as its superuser."""
    return servers[POSTGRES]


@pytest.fixture(scope="session")
def kafka_server(servers: dict[str, str]) -> str:
    """Return the bootstrap address of a Kafka broker."""
    return servers[KAFKA]


@pytest.fixture(scope="session")
def template(servers: dict[str, str]) -> str:
    """Return the name of a database with the newest schema of every service, to be cloned."""
    return servers[TEMPLATE]


@dataclass(slots=True)
class Databases:
    """Databases with the newest schema and no rows, handed out one test at a time."""

    server: str
    template: str
    fingerprint: str = ""
    free: list[str] = field(default_factory=list)

    async def take(self) -> str:
        """Return an empty database: one that an earlier test left, else a clone of the template."""
        if self.free:
            return self.free.pop()
        database = await postgres.create_database(self.server, self.template)
        self.fingerprint = self.fingerprint or await postgres.wipe_database(database)
        return database

    async def give_back(self, database: str) -> None:
        """Empty a database for the next test; drop one whose schema the test changed."""
        if await postgres.wipe_database(database) == self.fingerprint:
            self.free.append(database)
        else:
            await postgres.drop_database(database)


@pytest.fixture(scope="session")
async def databases(postgres_server: str, template: str) -> AsyncIterator[Databases]:
    """Return the databases of this session; emptying one costs a tenth of cloning another."""
    databases = Databases(postgres_server, template)
    yield databases
    for database in databases.free:
        await postgres.drop_database(database)


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[str]:
    """Return the address of an empty database of this test's own, as superuser."""
    url = await databases.take()
    yield url
    await databases.give_back(url)


@pytest.fixture(scope="session")
async def kafka_admin(kafka_server: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Return a client that makes and removes topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server)
    await admin.start()
    yield admin
    await admin.close()


@pytest.fixture
def topic_prefix() -> str:
    """Return what this test's topics and groups begin with, so that no other test can see them."""
    return f"t{secrets.token_hex(4)}."
