"""The servers of one test session: PostgreSQL and Kafka, in containers where a Docker engine answers, else local."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Final, Literal

from shared.testing import containers, kafka, postgres
from shared.testing.session import session_servers

Runtime = Literal["containers", "local"]
Start = Callable[[ExitStack], str]
POSTGRES, KAFKA, TEMPLATE = "postgres", "kafka", "template"
_GIVEN_BY: Final = {POSTGRES: "DATABASE_URL", KAFKA: "KAFKA_BOOTSTRAP_SERVERS"}
_VARIABLE: Final = "TEST_RUNTIME"


class NoRuntime(Exception):
    """The tests cannot have the servers that TEST_RUNTIME asks for."""


def chosen_runtime(engine_answers: Callable[[], bool] = containers.engine_answers) -> Runtime:
    """Return what TEST_RUNTIME says, else containers where a Docker engine answers, else local servers."""
    asked = os.environ.get(_VARIABLE, "")
    if asked == "local":
        return "local"
    if asked not in ("", "containers"):
        raise NoRuntime(f"{_VARIABLE}={asked}: write containers or local, or leave it out")
    if engine_answers():
        return "containers"
    if asked:
        raise NoRuntime(f"{_VARIABLE}=containers, but no Docker engine answers: start it, or set {_VARIABLE}=local")
    return "local"


@contextmanager
def started_servers(wanted: Collection[str]) -> Iterator[dict[str, Future[str]]]:
    """Start the wanted servers side by side and stop them in the end; those that the environment names are taken."""
    with ExitStack() as running:
        starts = _containers() if chosen_runtime() == "containers" else _local_servers(running)
        threads = running.enter_context(ThreadPoolExecutor())
        yield {
            name: threads.submit(os.environ.__getitem__, _GIVEN_BY[name])
            if os.environ.get(_GIVEN_BY[name])
            else threads.submit(starts[name], running)
            for name in wanted
        }


def make_template(server: str) -> str:
    """Build a database with the newest schema of every service on a server, and return its name."""

    async def make() -> str:
        database = await postgres.create_database(server)
        await postgres.build_template(database)
        return database.rpartition("/")[2].partition("?")[0]

    return asyncio.run(make())


def _containers() -> dict[str, Start]:
    return {POSTGRES: containers.start_postgres, KAFKA: containers.start_kafka}


def _local_servers(running: ExitStack) -> dict[str, Start]:
    supervisor, places = running.enter_context(session_servers())
    return {
        POSTGRES: lambda _: postgres.start_for_tests(supervisor, places),
        KAFKA: lambda _: kafka.start_for_tests(supervisor, places),
    }
