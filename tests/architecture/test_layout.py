"""Every service looks like the others, names say what is inside, and SQL lives in .sql files."""

from __future__ import annotations

import ast
import re
from hashlib import sha256
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT, python_files, tree_of

SERVICES = sorted(app.parent for app in PROJECT.glob("services/*/app.py"))
MODULES = ("handlers", "domain", "store")  # each a file, or a package once it has grown
FILES = ("README.md", "app.py", "invariants.sql")
QUERIES = ("queries.sql", "queries")  # a file, or a folder with one per noun
SAYS_NOTHING = {"utils", "common", "helpers", "base", "misc"}
SUMS = PROJECT / "shared/db/migrations.sha256"
README_LINES = 40
APP_LINES = 60
# A select without from asks the connection something (its locks, its life) and reads no table.
SQL = re.compile(
    r"\s*(select\s.*\sfrom|insert into|update \S+ set|delete from|with \w+ as|truncate|lock table"
    r"|(create|alter|drop) (table|index|view|role|schema|function|type|database))\s",
    re.IGNORECASE | re.DOTALL,
)
# These make databases, roles and schemas, whose names cannot be parameters of a stored statement.
BUILD_DATABASES = (PROJECT / "shared/db", PROJECT / "shared/testing")


@pytest.mark.parametrize("service", SERVICES, ids=lambda folder: folder.name)
class TestService:
    def test_has_the_files_that_every_service_has(self, service: Path) -> None:
        missing = [name for name in FILES if not (service / name).is_file()]
        missing += [
            name for name in MODULES if not (service / f"{name}.py").is_file() and not (service / name).is_dir()
        ]
        missing += [] if any((service / name).exists() for name in QUERIES) else ["queries.sql"]
        assert missing == []

    def test_has_numbered_migrations(self, service: Path) -> None:
        names = [file.name for file in sorted(service.glob("migrations/*"))]
        assert names
        assert [name for name in names if not re.fullmatch(r"\d{4}_\w+\.sql", name)] == []

    def test_can_be_read_in_a_few_minutes(self, service: Path) -> None:
        assert len((service / "README.md").read_text().splitlines()) <= README_LINES
        assert len((service / "app.py").read_text().splitlines()) <= APP_LINES


def test_no_applied_migration_was_edited() -> None:
    """A database that has a migration never takes it again: what is to change comes in a new file, named here too."""
    sums = {name: digest for digest, name in (line.split() for line in SUMS.read_text().splitlines())}
    files = [path for folder in ("services/*", "shared/*") for path in PROJECT.glob(f"{folder}/migrations/*.sql")]
    assert sums == {str(path.relative_to(PROJECT)): sha256(path.read_bytes()).hexdigest() for path in files}


def test_no_name_says_nothing() -> None:
    named = [path for folder in ("services", "shared", "deploy", "tests") for path in (PROJECT / folder).rglob("*")]
    assert [path for path in named if path.stem in SAYS_NOTHING] == []


def test_sql_lives_in_sql_files() -> None:
    outside = [
        f"{file.relative_to(PROJECT)}:{line}"
        for file in python_files("services", "shared")
        if not file.is_relative_to(BUILD_DATABASES[0]) and not file.is_relative_to(BUILD_DATABASES[1])
        for line in statements(tree_of(file))
    ]
    assert outside == []


def statements(tree: ast.Module) -> list[int]:
    """Return the lines of string literals that read like SQL; docstrings are prose."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return sorted(
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in prose
        if isinstance(node.value, str) and SQL.match(node.value)
    )


def test_sql_and_prose_are_told_apart() -> None:
    source = [
        '"""Select a lot."""',
        'a = "select 1 from lots"',
        'f"delete from {lots}"',
        'b = "create or update"',
        'c = "select 1"',
    ]
    assert statements(ast.parse("\n".join(source))) == [2, 3]
