"""A PostgreSQL server for one test session, and a database of its own for each test."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg

from deploy.databases import prepare_database
from deploy.local.places import Places, free_port
from deploy.local.postgres import prepare_postgres, start_postgres
from deploy.local.processes import Supervisor
from shared.contracts.topics import SERVICES
from shared.db import migrations

ROLE_PASSWORD = "only-for-tests"


def start_for_tests(supervisor: Supervisor, places: Places) -> str:
    """The address of a server that forgets on power loss; DATABASE_URL if that is set."""
    if given := os.environ.get("DATABASE_URL"):
        return given
    server = prepare_postgres(places, free_port(), fsync=False)
    start_postgres(supervisor, server)
    return server.url


def with_database(url: str, name: str) -> str:
    """The same server and login, another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@asynccontextmanager
async def new_database(server: str, template: str | None = None) -> AsyncIterator[str]:
    """Makes a database, empty or cloned from a template, and drops it afterwards whoever still uses it."""
    name = f"t_{secrets.token_hex(5)}"
    origin = f"template {template} strategy file_copy" if template else ""
    await _administer(server, f"create database {name} {origin}")
    try:
        yield with_database(server, name)
    finally:
        await _administer(server, f"drop database {name} with (force)")


async def build_template(database: str) -> None:
    """Brings an empty database to the newest schema of every service, with the roles and their rights."""
    roles = (migrations.CHECKER, *map(migrations.role_of, SERVICES))
    await prepare_database(database, dict.fromkeys(roles, ROLE_PASSWORD))


async def _administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
