"""Every named statement of every service can be prepared on the schema that its migrations made."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.places import PROJECT
from shared.db.pool import settings_for
from shared.db.queries import Queries
from shared.testing.postgres import new_database

PATTERNS = ("queries.sql", "queries/*.sql", "invariants.sql")
FILES = sorted(file for pattern in PATTERNS for file in PROJECT.glob(f"services/*/{pattern}"))
SHARED = PROJECT / "shared" / "messaging" / "queries.sql"
STATEMENTS = [
    pytest.param(schema, file, name, id=f"{schema}-{file.stem}-{name}")
    for file in (SHARED, *FILES)
    for schema in ["inventory" if file == SHARED else file.relative_to(PROJECT).parts[1]]
    for name in Queries(file)
]


@pytest.fixture(scope="module")
async def schemas(postgres_server: str, template: str) -> AsyncIterator[str]:
    """Return one database for all statements: nothing is written."""
    async with new_database(postgres_server, template) as url:
        yield url


@pytest.mark.parametrize(("schema", "file", "name"), STATEMENTS)
async def test_a_statement_can_be_prepared(schemas: str, schema: str, file: Path, name: str) -> None:
    statement = Queries(file)[name]
    connection = await asyncpg.connect(schemas, server_settings=settings_for(schema))
    try:
        await connection.prepare(statement)
    finally:
        await connection.close()
    assert statement.startswith("-- "), "one sentence of comment says what it is for"


def test_no_file_is_left_out() -> None:
    assert len(STATEMENTS) > 60
