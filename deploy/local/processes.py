"""Child processes, started, stopped, and cleaned up after a runner that was killed with -9."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pwd import struct_passwd

import psutil

from deploy.local.leftovers import record, see_end, stop_leftover


@dataclass(frozen=True, slots=True)
class Program:
    """A program: what to run, where and as whom, and the signal that asks it to stop."""

    name: str
    command: tuple[str | Path, ...]
    env: Mapping[str, str] | None = None
    folder: Path | None = None
    user: struct_passwd | None = None
    stop_with: int = signal.SIGTERM


_A_MINUTE = 60.0
_MOST_ENDINGS = 5


class Stopping(Exception):
    """Nothing may be started any more."""


class Supervisor:
    """The owner of one runner's children; pid and start time of each are on file for the next runner."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stopping = folder, False
        self._endings: dict[str, list[float]] = {}
        self._children: dict[str, tuple[subprocess.Popen[bytes], Program]] = {}
        for left in sorted(folder.glob("processes/*.json"), key=lambda file: -file.stat().st_mtime_ns):
            stop_leftover(left)

    def log(self, name: str) -> Path:
        """Return the file that takes what this child prints."""
        return self._folder / "logs" / f"{name}.log"

    def start(self, program: Program) -> None:
        """Start a program in a session of its own, out of reach of the terminal's Ctrl-C."""
        if self._stopping:
            raise Stopping(program.name)
        self.log(program.name).parent.mkdir(exist_ok=True)
        with self.log(program.name).open("ab") as log:
            child = _spawn(program, log.fileno())
        self._children[program.name] = child, program
        record(self._record(program.name), child.pid, program.stop_with)

    def may_start_again(self, name: str) -> bool:
        """Return whether a child that ended has ended no more than five times in a minute."""
        recent = [at for at in self._endings.get(name, ()) if time.monotonic() - at < _A_MINUTE]
        return len(recent) < _MOST_ENDINGS

    def start_again(self, name: str) -> None:
        """Start a child that ended by itself once more, as it was."""
        self._endings.setdefault(name, []).append(time.monotonic())
        self.start(self._children[name][1])

    def pid(self, name: str) -> int:
        """Return the process id of a child, for tests that freeze it."""
        return self._children[name][0].pid

    def runs(self, name: str) -> bool:
        """Return whether this child was started and neither stopped nor ended."""
        return name in self._children and self._children[name][0].poll() is None

    def ended(self) -> list[str]:
        """Return the children that ended without being asked to."""
        return [name for name, (child, _) in list(self._children.items()) if child.poll() is not None]

    def stop(self, *names: str) -> None:
        """Ask these children to stop, all at once, and kill those that do not."""
        for child, program in [self._children[name] for name in names]:
            child.send_signal(program.stop_with)
        for name in names:
            self._bury(name)

    def stop_all(self) -> None:
        """Stop every child, the last started first, and start no other."""
        self._stopping = True
        for name in reversed(list(self._children)):
            self.stop(name)

    def kill(self, name: str) -> None:
        """Kill one child with -9, as a crash would, and wait until its own children have noticed."""
        family = psutil.Process(self.pid(name)).children(recursive=True)
        os.kill(self.pid(name), signal.SIGKILL)
        self._bury(name)
        for orphan in family:
            see_end(orphan)

    def _bury(self, name: str) -> None:
        child, _ = self._children.pop(name)
        if child.poll() is None:
            see_end(psutil.Process(child.pid))
        child.wait()
        self._record(name).unlink()

    def _record(self, name: str) -> Path:
        return self._folder / "processes" / f"{name}.json"


def _spawn(program: Program, log: int) -> subprocess.Popen[bytes]:
    user = program.user
    return subprocess.Popen(
        program.command, env=program.env, cwd=program.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        user=user and user.pw_uid, group=user and user.pw_gid, extra_groups=user and [], start_new_session=True,
    )  # fmt: skip
