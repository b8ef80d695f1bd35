"""Processes that a runner killed with -9 left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from pathlib import Path

import psutil

GRACE = 15.0  # seconds to stop by itself before it is killed
CLOCK_STEP = 2.0  # seconds by which a start time may seem to differ after the clock was set


def record(file: Path, pid: int, stop_with: int) -> None:
    """Note a child for a runner to come, whole or not at all."""
    file.parent.mkdir(exist_ok=True)
    (new := file.with_suffix(".new")).write_text(json.dumps([pid, psutil.Process(pid).create_time(), stop_with]))
    new.replace(file)


def stop_leftover(file: Path) -> None:
    """Stop a child whose runner is gone, unless its pid has become another process by now."""
    pid, created, stop_with = json.loads(file.read_text())
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if abs(process.create_time() - created) < CLOCK_STEP:
            process.send_signal(stop_with)
            see_end(process)
    file.unlink()


def see_end(process: psutil.Process) -> None:
    """Wait until the process, perhaps nobody's child by now, is gone or a zombie; at last kill its group."""
    deadline = time.monotonic() + GRACE
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                os.killpg(os.getpgid(process.pid), signal.SIGKILL)
            time.sleep(0.02)
