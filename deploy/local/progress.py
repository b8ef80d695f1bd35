"""Waiting for a child that starts: as long as it gets on, however busy the machine is."""

from __future__ import annotations

import time
from contextlib import suppress

import psutil

from deploy.local.processes import Supervisor

PATIENCE = 60.0  # seconds without a sign of life
LONGEST = 900.0  # seconds after which even a busy child is given up


class Progress:
    """The CPU that a child has used and what it has printed."""

    def __init__(self, supervisor: Supervisor, name: str) -> None:
        self._supervisor, self._name = supervisor, name
        self._began = self._moved_at = time.monotonic()
        self._seen: tuple[float, int] | None = None

    def has_stopped(self) -> bool:
        """Return whether the child has ended, or has neither computed nor printed anything for a minute."""
        if not self._supervisor.runs(self._name):
            return True
        now, seen = time.monotonic(), self._look()
        if seen != self._seen:
            self._seen, self._moved_at = seen, now
        return now - self._moved_at > PATIENCE or now - self._began > LONGEST

    def _look(self) -> tuple[float, int]:
        used = 0.0
        with suppress(psutil.Error):
            family = psutil.Process(self._supervisor.pid(self._name))
            for process in (family, *family.children(recursive=True)):
                with suppress(psutil.Error):
                    used += sum(process.cpu_times()[:2])
        log = self._supervisor.log(self._name)
        return used, log.stat().st_size if log.exists() else 0
