"""A service's role reads and writes its own schema, adds to what is append-only, and sees nothing else."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from deploy.local.places import PROJECT
from shared.db.migrations import CHECKER, role_of, url_for
from shared.testing.postgres import ROLE_PASSWORD, new_database

SERVICES = sorted({folder.parent.parent.name for folder in PROJECT.glob("services/*/migrations/*.sql")})
TABLES = "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = $1::regnamespace"
APPEND_ONLY = f"{TABLES} and obj_description(oid, 'pg_class') like 'append-only%'"
OWN_ONLY = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture(scope="module")
async def schemas(postgres_server: str, template: str) -> AsyncIterator[str]:
    """Return one database for all these tests: nothing is written."""
    async with new_database(postgres_server, template) as url:
        yield url


async def tables(schemas: str, schema: str, query: str = TABLES) -> list[str]:
    admin = await asyncpg.connect(schemas)
    rows = await admin.fetch(query, schema)
    await admin.close()
    return [row[0] for row in rows]


async def is_refused(schemas: str, role: str, *statements: str) -> None:
    """Check that each of these statements is beyond the role's rights."""
    connection = await asyncpg.connect(url_for(schemas, role, ROLE_PASSWORD))
    try:
        for statement in statements:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


@OWN_ONLY
async def test_append_only_tables_lose_and_change_no_row(schemas: str, service: str) -> None:
    for table in await tables(schemas, service, APPEND_ONLY):
        await is_refused(
            schemas,
            role_of(service),
            f"delete from {table} where false",
            f"update {table} set {await _a_column(schemas, table)} = default where false",
            f"truncate {table}",
        )


def _an_insert(table: str) -> str:
    """Ask for the right to insert, and inserts nothing."""
    return f"explain insert into {table} default values"


async def _a_column(schemas: str, table: str) -> str:
    admin = await asyncpg.connect(schemas)
    name = await admin.fetchval("select attname from pg_attribute where attrelid = $1::regclass and attnum = 1", table)
    await admin.close()
    return str(name)


async def test_the_ledger_is_append_only(schemas: str) -> None:
    assert "inventory.movements" in await tables(schemas, "inventory", APPEND_ONLY)


@OWN_ONLY
async def test_a_service_reads_no_table_of_another(schemas: str, service: str) -> None:
    others = [table for other in SERVICES if other != service for table in await tables(schemas, other)]
    await is_refused(schemas, role_of(service), *(f"select from {table} limit 0" for table in others))


@OWN_ONLY
async def test_a_service_owns_nothing_and_makes_nothing(schemas: str, service: str) -> None:
    own = (await tables(schemas, service))[0]
    await is_refused(
        schemas,
        role_of(service),
        f"create table {service}.mine (id int)",
        "create table public.mine (id int)",
        "create schema mine",
        "create role mine",
        f"alter table {own} add column mine int",
        f"drop table {own}",
    )


@OWN_ONLY
async def test_a_service_uses_its_own_tables(schemas: str, service: str) -> None:
    connection = await asyncpg.connect(url_for(schemas, role_of(service), ROLE_PASSWORD))
    for table in await tables(schemas, service):
        if not table.endswith(".schema_migrations"):
            await connection.execute(f"select from {table} limit 0; {_an_insert(table)}")
    await connection.close()


@OWN_ONLY
async def test_the_checker_reads_everything_and_changes_nothing(schemas: str, service: str) -> None:
    names = await tables(schemas, service)
    checker = await asyncpg.connect(url_for(schemas, CHECKER, ROLE_PASSWORD))
    for table in names:
        await checker.execute(f"select from {table} limit 0")
    await checker.close()
    changes = [f"delete from {table} where false" for table in names] + [f"truncate {names[0]}"]
    changes += [_an_insert(table) for table in names]
    await is_refused(schemas, CHECKER, *changes, f"create table {service}.mine (id int)")
