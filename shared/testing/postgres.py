"""A PostgreSQL server for one test session, and a database of its own for each test."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from deploy.databases import prepare_database
from deploy.local.clock import make_movable
from deploy.local.places import Places, on_free_ports
from deploy.local.postgres import prepare_postgres, start_postgres
from deploy.local.processes import Supervisor
from shared.contracts.topics import SERVICES
from shared.db import migrations
from shared.db.queries import Queries

ROLE_PASSWORD = "only-for-tests"
_WIPE: Final = Queries(Path(__file__).with_name("wipe.sql"))


def start_for_tests(supervisor: Supervisor, places: Places) -> str:
    """Start a server that forgets on power loss, and return its address as superuser."""

    def start(port: int) -> str:
        server = prepare_postgres(places, port, fsync=False)
        start_postgres(supervisor, server)
        return server.url

    return on_free_ports(start, None)


def with_database(url: str, name: str) -> str:
    """Return the address of another database on the same server, with the same login."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@asynccontextmanager
async def new_database(server: str, template: str | None = None) -> AsyncIterator[str]:
    """Make a database, empty or cloned from a template, and drop it afterwards whoever still uses it."""
    database = await create_database(server, template)
    try:
        yield database
    finally:
        await drop_database(database)


async def create_database(server: str, template: str | None = None) -> str:
    """Make a database, empty or cloned from a template, and return its address."""
    name = f"t_{secrets.token_hex(5)}"
    origin = f"template {template}" if template else ""
    await _administer(server, f"create database {name} {origin}")
    return with_database(server, name)


async def build_template(database: str) -> None:
    """Bring an empty database to the newest schema of every service, with roles, rights and a clock that can move."""
    roles = (migrations.CHECKER, *map(migrations.role_of, SERVICES))
    await prepare_database(database, dict.fromkeys(roles, ROLE_PASSWORD))
    admin = await asyncpg.connect(database)
    try:
        await make_movable(admin)
    finally:
        await admin.close()


async def wipe_database(database: str) -> str:
    """Empty the tables that were touched, end what is still connected, and return a fingerprint of the schema."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(_WIPE["wipe"])
        return str(await connection.fetchval(_WIPE["fingerprint"]))
    finally:
        await connection.close()


async def drop_database(database: str) -> None:
    """Drop a database, whoever still uses it."""
    name = urlsplit(database).path.removeprefix("/")
    await _administer(with_database(database, "postgres"), f"drop database {name} with (force)")


async def _administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
