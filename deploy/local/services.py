"""The five services as processes of their own, each with its own database role."""

import asyncio
import importlib
import os
import secrets
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from deploy.databases import prepare_database
from deploy.local.addresses import Addresses, remember
from deploy.local.clock import make_movable
from deploy.local.places import LOOPBACK, PROJECT, CannotRun, free_port
from deploy.local.processes import Program
from deploy.local.progress import Progress
from deploy.local.servers import Say, Servers
from deploy.topics import create_topics, every_topic
from shared.contracts.topics import SERVICES
from shared.db.migrations import CHECKER, role_of, url_for
from shared.messaging.clients import started
from shared.messaging.consumer import topics_of
from shared.messaging.worker import Handlers

_FIRST_PORT: Final = 8081
_PARTITIONS: Final = 4
_ASKED_BY_GATEWAY: Final = ("receiving", "inventory", "allocation", "notification")


@dataclass(frozen=True, slots=True)
class LocalService:
    """A service of this run, and its address of health."""

    name: str
    health: str
    program: Program


def topics_read_by(name: str) -> list[str]:
    """Return the topics on which a service's handlers find their events."""
    handlers: Handlers = importlib.import_module(f"services.{name}.app").HANDLERS
    return topics_of(handlers)


def prepare(servers: Servers) -> dict[str, str]:
    """Create topics, schemas and roles; return the address of the database for each role."""
    passwords = {role: secrets.token_urlsafe(16) for role in (CHECKER, *map(role_of, SERVICES))}
    asyncio.run(_prepare(servers, passwords))
    return {role: url_for(servers.database_url, role, password) for role, password in passwords.items()}


async def _prepare(servers: Servers, passwords: dict[str, str]) -> None:
    await asyncio.gather(_topics(servers.kafka_bootstrap), prepare_database(servers.database_url, passwords))
    admin = await asyncpg.connect(servers.database_url)
    try:
        await make_movable(admin)
    finally:
        await admin.close()


async def _topics(bootstrap: str) -> None:
    async with started(AIOKafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        await create_topics(admin, every_topic(), most_partitions=_PARTITIONS)


@contextmanager
def running_services(servers: Servers, say: Say) -> Iterator[list[LocalService]]:
    """Create what the services need, run them, and stop them all at once in the end."""
    urls = prepare(servers)
    ports = {name: free_port(_FIRST_PORT + place) for place, name in enumerate(SERVICES)}
    at = f"http://{LOOPBACK}:{ports['gateway']}"
    remember(servers.places.data, Addresses(servers.database_url, urls[CHECKER], servers.kafka_bootstrap, at))
    say("topics, schemas and roles are there")
    services = _start(servers, urls, ports, say)
    try:
        yield services
    finally:
        servers.supervisor.stop(*(service.name for service in services if servers.supervisor.runs(service.name)))


def _start(servers: Servers, urls: dict[str, str], ports: Mapping[str, int], say: Say) -> list[LocalService]:
    """Start all services side by side and wait until each says that it is ready."""
    services = [_service(servers, name, urls[role_of(name)], ports) for name in SERVICES]
    for service in services:
        servers.supervisor.start(service.program)
    for service in services:
        _wait_until_ready(servers, service, say)
    say(f"{', '.join(SERVICES)} are ready")
    return services


def revive(servers: Servers, say: Say) -> None:
    """Start again what ended by itself, servers too; give up what ends again and again."""
    for name in servers.supervisor.ended():
        if not servers.supervisor.may_start_again(name):
            raise CannotRun(f"{name} ends again and again, see {servers.supervisor.log(name)}")
        say(f"{name} ended by itself and is started again")
        servers.supervisor.start_again(name)


def _service(servers: Servers, name: str, url: str, ports: Mapping[str, int]) -> LocalService:
    at = {owner: f"http://{LOOPBACK}:{port}" for owner, port in ports.items()}
    env = {
        **os.environ,
        **({f"{owner.upper()}_URL": at[owner] for owner in _ASKED_BY_GATEWAY} if name == "gateway" else {}),
        "KAFKA_BOOTSTRAP_SERVERS": servers.kafka_bootstrap,
        "DATABASE_URL": url,
        "SMTP_URL": servers.smtp_url,
        "HTTP_HOST": LOOPBACK,
        "HTTP_PORT": str(ports[name]),
    }
    program = Program(name, (sys.executable, "-m", f"services.{name}.app"), env, PROJECT)
    return LocalService(name, f"{at[name]}/health", program)


def _wait_until_ready(servers: Servers, service: LocalService, say: Say) -> None:
    """Wait for as long as the service gets on; start again what ends meanwhile."""
    progress = Progress(servers.supervisor, service.name)
    while not _is_ready(service):
        revive(servers, say)
        if progress.has_stopped():
            raise CannotRun(f"{service.name} did not start, see {servers.supervisor.log(service.name)}")
        time.sleep(0.1)


def _is_ready(service: LocalService) -> bool:
    try:
        with urllib.request.urlopen(service.health, timeout=2) as answer:  # noqa: S310 our own loopback address
            return bool(answer.status == 200)
    except OSError:
        return False
