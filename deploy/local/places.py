"""The folders and ports of a local run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import secrets
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

PROJECT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
T = TypeVar("T")
_MOST_ATTEMPTS: Final = 5

# Below the range that the kernel gives to outgoing connections, which would race us for a port.
FREE_PORTS = range(20_000, 30_000)


class CannotRun(Exception):
    """A local run cannot go on, for a reason that its user can mend."""


class NoPlace(CannotRun):
    """There is no folder, or no port, that a local run could use."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one run: `data` can be emptied at any time, `programs` outlive it."""

    data: Path
    programs: Path

    @property
    def mail(self) -> Path:
        return self.data / "mail"

    @property
    def logs(self) -> Path:
        return self.data / "logs"


def project_folder() -> Path:
    """Return the folder for everything local: `.local`, or for root a place that PostgreSQL's user can reach."""
    if os.geteuid() != 0:
        return PROJECT / ".local"
    name = hashlib.sha256(str(PROJECT).encode()).hexdigest()[:8]
    return Path(f"/var/tmp/firstfill-{name}")  # noqa: S108 - the owner is checked before use


def run_places() -> Places:
    """Return the places of `make run`, the same at every run of this checkout."""
    folder = _own_folder(project_folder())
    return Places(data=_own_folder(folder / "data"), programs=_own_folder(folder / "programs"))


def sessions_folder() -> Path:
    """Return the folder in which each test session has a folder."""
    return _own_folder(_own_folder(project_folder()) / "tests")


def session_places() -> Places:
    """Return the places of a new test session, never shared with another."""
    programs = _own_folder(project_folder() / "programs")
    return Places(data=_own_folder(sessions_folder() / secrets.token_hex(4)), programs=programs)


def cache_folder(programs: Path) -> Path:
    """Return where downloads are kept for all checkouts of this user, or beside the data if there is no home."""
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    try:
        (folder := Path(home) / "firstfill").mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return programs
    return folder if os.access(folder, os.W_OK) else programs


def free_port(preferred: int | None = None) -> int:
    """Return the preferred port if it can be had, else one that can; it is this process's until it ends.

    Several installations that start at once would all find the same port free before the first of them listens there:
    each keeps a lock for its ports.
    """
    wanted = [] if preferred is None else [preferred]
    for port in (*wanted, *random.sample(FREE_PORTS, 200)):
        if _keep(port):
            return port
    raise NoPlace(f"no free port between {FREE_PORTS.start} and {FREE_PORTS.stop} on {LOOPBACK}")


def on_free_ports(start: Callable[..., T], *preferred: int | None) -> T:
    """Start something on ports of its own; anew on others while strangers take them before it listens."""
    for attempt in range(_MOST_ATTEMPTS):
        ports = [free_port(port if attempt == 0 else None) for port in preferred]
        try:
            return start(*ports)
        except CannotRun:
            if all(map(is_free, ports)):
                raise
    raise NoPlace(f"other programs took every port that was tried, {_MOST_ATTEMPTS} times")


def _keep(port: int) -> bool:
    """Lock a port against other installations, for as long as this process lives, if nobody listens there."""
    lock = _lock_file(port)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    if is_free(port):
        return True
    os.close(lock)
    return False


def _lock_file(port: int) -> int:
    """Open the lock of a port, shared by all users of this machine."""
    file = Path(tempfile.gettempdir()) / f"firstfill-port-{port}"
    try:
        return os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return os.open(file, os.O_RDONLY | os.O_CREAT, 0o644)


def is_free(port: int) -> bool:
    """Return whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _own_folder(folder: Path) -> Path:
    """Make the folder, which others may pass through but not list; refuse one of another user."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoPlace(f"cannot make {folder}: {error.strerror}") from error
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise NoPlace(f"{folder} belongs to another user; remove it, then try again")
    folder.chmod(0o711)
    return folder
