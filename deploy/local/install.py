"""The step that keeps .venv equal to the lock files: `python -m deploy.local.install local|dev`, stdlib only."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = PROJECT / "requirements"
VENV = PROJECT / ".venv"
INSTALLED = VENV / "installed"  # the sums of the lock files that were installed whole
LEVELS = ("run", "local", "dev")  # each holds all of those before it
UNFINISHED = VENV / "unfinished"  # an install was cut short: the next one starts over


def main(name: str) -> int:
    """Install a lock file unless it, or one that holds all of it, is installed; return the exit status."""
    enough = {_sum(level) for level in LEVELS[LEVELS.index(name) :]}
    try:
        with (LOCKS / "run.txt").open() as one_at_a_time:
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
            return 0 if enough & _installed() else _install(name)
    except OSError as error:
        print(f"Firstfill: cannot change {VENV}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _installed() -> set[str]:
    if UNFINISHED.exists() or not INSTALLED.exists():
        return set()
    return set(INSTALLED.read_text().split())


def _install(name: str) -> int:
    if UNFINISHED.exists() or not (VENV / "bin/python").exists():
        print("Firstfill: making .venv", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir()
        UNFINISHED.touch()
        venv.create(VENV, with_pip=True)
    UNFINISHED.touch()
    print(f"Firstfill: installing requirements/{name}.txt into .venv", flush=True)
    pip: list[str | Path] = [VENV / "bin/python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([*pip, "--require-hashes", "-r", LOCKS / f"{name}.txt"], check=False)
    if done.returncode == 0:
        INSTALLED.write_text(_sum(name))
        UNFINISHED.unlink()
    return done.returncode


def _sum(name: str) -> str:
    return hashlib.sha256((LOCKS / f"{name}.txt").read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
