"""The three servers that Firstfill stands on, started side by side or taken as given."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.jars import fetch_jars
from deploy.local.kafka import kafka_answers, prepare_kafka, start_kafka
from deploy.local.places import LOOPBACK, CannotRun, Places, cache_folder, free_port
from deploy.local.postgres import make_database, postgres_version, prepare_postgres, start_postgres
from deploy.local.processes import Supervisor
from deploy.local.runner import empty, only_runner
from deploy.local.smtp import smtp_answers, start_sink

Say = Callable[[str], None]
DATABASE = "firstfill"


@dataclass(frozen=True, slots=True)
class Server:
    """A server as it really runs: what it says it is, where it is, and where its traces are."""

    name: str
    version: str
    url: str
    traces: Path | None


@dataclass(frozen=True, slots=True)
class Servers:
    """All that services need to know of a local run."""

    postgres: Server
    kafka: Server
    smtp: Server
    supervisor: Supervisor

    @property
    def database_url(self) -> str:
        """The administrator's address of our database."""
        return self.postgres.url

    @property
    def kafka_bootstrap(self) -> str:
        return self.kafka.url

    @property
    def smtp_url(self) -> str:
        return self.smtp.url


@contextmanager
def running_servers(places: Places, say: Say, *, keep: bool) -> Iterator[Servers]:
    """Runs the servers on emptied data (or kept data), and stops all that the supervisor has in the end."""
    with only_runner(places.data):
        supervisor = Supervisor(places.data)
        if not keep:
            empty(places.data)
        try:
            yield _start(supervisor, places, say)
        finally:
            supervisor.stop_all()


def _start(supervisor: Supervisor, places: Places, say: Say) -> Servers:
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    jars = [] if given else fetch_jars(cache_folder(places.programs) / "jars", say)
    threads = ThreadPoolExecutor()
    try:
        postgres = threads.submit(_postgres, supervisor, places, say)
        kafka = threads.submit(_kafka, supervisor, places, jars, say)
        smtp = threads.submit(_smtp, supervisor, places, say)
        return Servers(postgres.result(), kafka.result(), smtp.result(), supervisor)
    except BaseException:
        supervisor.stop_all()  # whoever waits for one of them gives up
        raise
    finally:
        threads.shutdown()


def _postgres(supervisor: Supervisor, places: Places, say: Say) -> Server:
    if given := os.environ.get("DATABASE_URL"):
        with _blaming("DATABASE_URL"):
            return Server("PostgreSQL", asyncio.run(postgres_version(given)), given, None)
    prepared = prepare_postgres(places, free_port(5432))
    version = start_postgres(supervisor, prepared)
    url = asyncio.run(make_database(prepared.url, DATABASE))
    say(f"PostgreSQL {version} is ready")
    return Server("PostgreSQL", version, url, supervisor.log("postgres"))


def _kafka(supervisor: Supervisor, places: Places, jars: list[Path], say: Say) -> Server:
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        with _blaming("KAFKA_BOOTSTRAP_SERVERS"):
            asyncio.run(kafka_answers(given))
        return Server("Kafka", "as given", given, None)
    port, controller_port = free_port(9092), free_port(9093)
    bootstrap = f"{LOOPBACK}:{port}"
    version = start_kafka(supervisor, prepare_kafka(places, jars, port, controller_port), bootstrap)
    say(f"Kafka {version} is ready")
    return Server("Kafka", version, bootstrap, supervisor.log("kafka"))


def _smtp(supervisor: Supervisor, places: Places, say: Say) -> Server:
    if given := os.environ.get("SMTP_URL"):
        with _blaming("SMTP_URL"):
            smtp_answers(given)
        return Server("SMTP", "as given", given, None)
    port = free_port(1025)
    version = start_sink(supervisor, port, places.mail)
    say("the SMTP sink is ready")
    return Server("SMTP sink", version, f"smtp://{LOOPBACK}:{port}", places.mail)


@contextmanager
def _blaming(variable: str) -> Iterator[None]:
    """Says which variable of the environment led to an error."""
    try:
        yield
    except CannotRun as error:
        raise CannotRun(f"{variable} is set, but {error}") from error
