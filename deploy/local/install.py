"""Keeps .venv in step with the lock files: `python -m deploy.local.install run|dev`, stdlib only.

The stamp in .venv holds the sums of the lock files that were installed whole. An install that was cut short
leaves a mark, and the next one starts over.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
STAMP = VENV / "installed"
UNFINISHED = VENV / "unfinished"


def main(which: str) -> int:
    """Installs the lock file `run` or `dev` unless it is installed already."""
    lock_file = PROJECT / "requirements" / f"{which}.txt"
    # One that has the tools for development has what a run needs, too.
    enough = {_sum(lock_file), _sum(lock_file.with_name("dev.txt"))}
    if enough & _installed():
        return 0
    with (PROJECT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return 0 if enough & _installed() else _install(lock_file)


def _installed() -> set[str]:
    return set(STAMP.read_text().split()) if STAMP.exists() and not UNFINISHED.exists() else set()


def _install(lock_file: Path) -> int:
    if UNFINISHED.exists() or not (VENV / "bin/python").exists():
        shutil.rmtree(VENV, ignore_errors=True)
        print("Firstfill: making .venv", flush=True)
        venv.create(VENV, with_pip=True)
    ...
    return 0


def _sum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
