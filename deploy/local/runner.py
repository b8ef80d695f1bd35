"""One runner at a time in a data folder, and what to do with the folders of runners that died."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.local.places import CannotRun
from deploy.local.processes import Supervisor

LOCK = "runner.lock"


class AlreadyRunning(CannotRun):
    """Another runner holds this data folder."""


@contextmanager
def only_runner(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the folder until this process ends, however it ends."""
    with (folder / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(f"it is already running here, as process {lock.read() or '?'}") from None
        lock.truncate(0)
        print(os.getpid(), end="", file=lock, flush=True)
        yield


def empty(folder: Path) -> None:
    """Remove everything in a folder which this runner holds, except the lock."""
    for left in folder.iterdir():
        if left.name != LOCK:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def remove(folder: Path) -> None:
    """Stop what a dead runner left running, and remove its folder; refuse while the runner lives."""
    with only_runner(folder):
        Supervisor(folder)
        shutil.rmtree(folder)


def remove_dead(folders: Iterator[Path]) -> None:
    """Remove the folders whose runners are dead."""
    for folder in filter(Path.is_dir, folders):
        with suppress(AlreadyRunning):
            remove(folder)
