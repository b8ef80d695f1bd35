"""Migrations of a service's schema, and the rights of its login role: what it needs and nothing more."""

import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

_ROOT: Final = Path(__file__).resolve().parents[2]
_MESSAGING: Final = _ROOT / "shared" / "messaging" / "migrations"
_GRANTS: Final = Path(__file__).with_name("grants.sql")
CHECKER: Final = "firstfill_checker"


class MigrationFailed(Exception):
    """A migration did not apply; the database is as it was before it."""


def role_of(service: str) -> str:
    """Return the login role of a service. It owns nothing."""
    return f"firstfill_{service}"


def url_for(admin_url: str, role: str, password: str) -> str:
    """Return the same server and database, as another role."""
    parts = urlsplit(admin_url)
    address = parts.netloc.rpartition("@")[2]
    login = ":".join(quote(part, safe="") for part in (role, password))
    return urlunsplit(parts._replace(netloc=f"{login}@{address}"))


def migrate(admin_url: str, service: str) -> None:
    """Apply the messaging tables and the service's own migrations to the schema named as the service."""
    folders = [_MESSAGING, _ROOT / "services" / service / "migrations"]
    options = [option for folder in folders for option in ("--migrations-dir", str(folder))]
    dbmate = Path(sysconfig.get_path("scripts")) / "dbmate"
    done = subprocess.run(
        [dbmate, *options, "--no-dump-schema", "--migrations-table", f"{service}.schema_migrations", "up"],
        env={**os.environ, "DATABASE_URL": _with_search_path(admin_url, service)},
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MigrationFailed(f"{service}: {(done.stderr or done.stdout).strip()}")


async def create_role(admin: asyncpg.Connection, role: str, password: str) -> None:
    """Create a login role, or set its password anew."""
    exists = await admin.fetchval("select exists(select from pg_roles where rolname = $1)", role)
    verb = "alter" if exists else "create"
    template = f"{verb} role %I login nosuperuser nocreatedb nocreaterole password %L"
    await admin.execute(await admin.fetchval("select format($1, $2::text, $3::text)", template, role, password))


async def grant(admin: asyncpg.Connection, service: str) -> None:
    """Grant the service's role its schema, and the checker a look at it; append-only tables can only be added to."""
    grants = _GRANTS.read_text(encoding="utf-8")
    for name, value in {"schema": service, "role": role_of(service), "checker": CHECKER}.items():
        grants = grants.replace(f"%{name}%", value)
    await admin.execute(grants)


def _with_search_path(url: str, schema: str) -> str:
    parts = urlsplit(url)
    query = {"sslmode": "disable", **dict(parse_qsl(parts.query)), "search_path": schema}
    return urlunsplit(parts._replace(query=urlencode(query)))
