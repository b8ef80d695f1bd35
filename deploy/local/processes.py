"""Starts and stops our child processes, and cleans up after a runner that was killed with -9."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pwd import struct_passwd

import psutil

GRACE = 15.0  # seconds to stop by itself before it is killed
CLOCK_STEP = 2.0  # seconds by which a start time may seem to differ after the clock was set


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, where and as whom, and the signal that asks it to stop."""

    name: str
    command: tuple[str | Path, ...]
    env: Mapping[str, str] | None = None
    folder: Path | None = None
    user: struct_passwd | None = None
    stop_with: int = signal.SIGTERM


class Supervisor:
    """Owns the children of one runner; pid and start time of each are on file for the next runner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: dict[str, tuple[subprocess.Popen[bytes], Program]] = {}
        for record in sorted(folder.glob("processes/*.json"), key=lambda r: -r.stat().st_mtime_ns):
            _stop_leftover(record)

    def log(self, name: str) -> Path:
        """The file that takes what this child prints."""
        return self._folder / "logs" / f"{name}.log"

    def start(self, program: Program) -> None:
        """Starts a program in a session of its own, out of reach of the terminal's Ctrl-C."""
        self.log(program.name).parent.mkdir(exist_ok=True)
        with self.log(program.name).open("ab") as log:
            child = _spawn(program, log.fileno())
        self._children[program.name] = child, program
        record = [child.pid, psutil.Process(child.pid).create_time(), program.stop_with]
        self._record(program.name).parent.mkdir(exist_ok=True)
        (new := self._record(program.name).with_suffix(".new")).write_text(json.dumps(record))
        new.replace(self._record(program.name))

    def pid(self, name: str) -> int:
        """The process id of a child, for tests that freeze it."""
        return self._children[name][0].pid

    def runs(self, name: str) -> bool:
        """Whether this child was started and neither stopped nor ended."""
        return name in self._children and self._children[name][0].poll() is None

    def ended(self) -> list[str]:
        """The children that ended without being asked to."""
        return [name for name, (child, _) in list(self._children.items()) if child.poll() is not None]

    def stop(self, *names: str) -> None:
        """Asks these children to stop, all at once, and kills those that do not."""
        for child, program in [self._children[name] for name in names]:
            child.send_signal(program.stop_with)
        for name in names:
            self._bury(name)

    def stop_all(self) -> None:
        """Stops every child, the last started first."""
        for name in reversed(list(self._children)):
            self.stop(name)

    def kill(self, name: str) -> None:
        """Kills one child with -9, as a crash would, and waits until its own children have noticed."""
        family = psutil.Process(self.pid(name)).children(recursive=True)
        os.kill(self.pid(name), signal.SIGKILL)
        self._bury(name)
        for orphan in family:
            _see_end(orphan)

    def _bury(self, name: str) -> None:
        child, _ = self._children.pop(name)
        if child.poll() is None:
            _see_end(psutil.Process(child.pid))
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


def _stop_leftover(record: Path) -> None:
    """Stops a child whose runner is gone, unless its pid has become another process by now."""
    pid, created, stop_with = json.loads(record.read_text())
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if abs(process.create_time() - created) < CLOCK_STEP:
            process.send_signal(stop_with)
            _see_end(process)
    record.unlink()


def _see_end(process: psutil.Process) -> None:
    """Waits until the process, perhaps nobody's child by now, is gone or a zombie; at last kills its group."""
    deadline = time.monotonic() + GRACE
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                os.killpg(os.getpgid(process.pid), signal.SIGKILL)
            time.sleep(0.02)
