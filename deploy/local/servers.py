"""The three servers that Firstfill stands on, started side by side or taken as given."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.jars import fetch_jars
from deploy.local.kafka import kafka_answers, prepare_kafka, start_kafka
from deploy.local.places import LOOPBACK, CannotRun, Places, cache_folder, on_free_ports
from deploy.local.postgres import make_database, postgres_version, prepare_postgres, start_postgres
from deploy.local.processes import Supervisor
from deploy.local.runner import empty, only_runner
from deploy.local.smtp import smtp_answers, start_sink

Say = Callable[[str], None]
DATABASE = "firstfill"
GIVEN_BY: dict[str, tuple[str, Callable[[str], str]]] = {
    "PostgreSQL": ("DATABASE_URL", lambda url: asyncio.run(postgres_version(url))),
    "Kafka": ("KAFKA_BOOTSTRAP_SERVERS", lambda bootstrap: asyncio.run(kafka_answers(bootstrap))),
    "SMTP": ("SMTP_URL", smtp_answers),
}


@dataclass(frozen=True, slots=True)
class Server:
    """A server as it really runs: its own version, its address, and its log or files."""

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
    places: Places

    @property
    def database_url(self) -> str:
        """Return the administrator's address of our database."""
        return self.postgres.url

    @property
    def kafka_bootstrap(self) -> str:
        return self.kafka.url

    @property
    def smtp_url(self) -> str:
        return self.smtp.url


@contextmanager
def running_servers(places: Places, say: Say, *, keep: bool) -> Iterator[Servers]:
    """Run the servers on emptied data (or kept data), and stop all that the supervisor has in the end."""
    with only_runner(places.data):
        supervisor = Supervisor(places.data)
        if not keep:
            empty(places.data)
        try:
            yield _start(supervisor, places, say)
        finally:
            supervisor.stop_all()


def _start(supervisor: Supervisor, places: Places, say: Say) -> Servers:
    """Ask the servers that are given, then start the others side by side."""
    given = {name: _ask(name, *ask) for name, ask in GIVEN_BY.items() if os.environ.get(ask[0])}
    jars = [] if "Kafka" in given else fetch_jars(cache_folder(places.programs) / "jars", say)
    starts = {
        "PostgreSQL": lambda: _postgres(supervisor, places),
        "Kafka": lambda: _kafka(supervisor, places, jars),
        "SMTP": lambda: _smtp(supervisor, places),
    }
    threads = ThreadPoolExecutor()
    try:
        starting = {threads.submit(start): name for name, start in starts.items() if name not in given}
        for ready in as_completed(starting):
            given[starting[ready]] = ready.result()
            say(f"{starting[ready]} is ready")
    except BaseException:
        supervisor.stop_all()  # the threads that wait for one of them give up
        raise
    finally:
        threads.shutdown()
    return Servers(given["PostgreSQL"], given["Kafka"], given["SMTP"], supervisor, places)


def _postgres(supervisor: Supervisor, places: Places) -> Server:
    def start(port: int) -> Server:
        prepared = prepare_postgres(places, port)
        version = start_postgres(supervisor, prepared)
        url = asyncio.run(make_database(prepared.url, DATABASE))
        return Server("PostgreSQL", version, url, supervisor.log("postgres"))

    return on_free_ports(start, 5432)


def _kafka(supervisor: Supervisor, places: Places, jars: list[Path]) -> Server:
    def start(port: int, controller_port: int) -> Server:
        bootstrap = f"{LOOPBACK}:{port}"
        version = start_kafka(supervisor, prepare_kafka(places, jars, port, controller_port), bootstrap)
        return Server("Kafka", version, bootstrap, supervisor.log("kafka"))

    return on_free_ports(start, 9092, 9093)


def _smtp(supervisor: Supervisor, places: Places) -> Server:
    def start(port: int) -> Server:
        version = start_sink(supervisor, port, places.mail)
        return Server("SMTP sink", version, f"smtp://{LOOPBACK}:{port}", places.mail)

    return on_free_ports(start, 1025)


def _ask(name: str, variable: str, question: Callable[[str], str]) -> Server:
    """Ask the server that a variable of the environment names, if it answers."""
    address = os.environ[variable]
    try:
        return Server(name, question(address), address, None)
    except CannotRun as error:
        raise CannotRun(f"{variable} is set, but {error}") from error
