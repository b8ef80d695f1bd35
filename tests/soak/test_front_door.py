"""The first command works on a busy machine: three fresh checkouts start at once beside what computes and writes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from deploy.local.places import PROJECT

STARTS = "import subprocess, sys\nwhile True: subprocess.run([sys.executable, '-c', 'import asyncio, ssl'])"
WRITES = "import os\nwhile True:\n  with open('filled', 'wb') as file: file.write(bytes(2**25)); os.fsync(file)"
LOOPS = {"computes": "while True: pass", "starts": STARTS, "writes": WRITES}
OF_EACH = 4
WITHIN = 3600  # seconds


@contextmanager
def a_busy_machine(folder: Path) -> Iterator[None]:
    """Loop that compute, that start interpreters and that write through to the disk."""
    with ExitStack() as running:
        for number in range(OF_EACH):
            for name, loop in LOOPS.items():
                (place := folder / f"{name}-{number}").mkdir()
                burner = subprocess.Popen([sys.executable, "-c", loop], cwd=place)
                running.callback(burner.wait)
                running.callback(burner.kill)
        yield


@pytest.mark.parametrize("_round", range(3))
def test_three_fresh_checkouts_play_the_shift_side_by_side(tmp_path: Path, _round: int) -> None:
    checkouts = [tmp_path / f"checkout-{number}" for number in range(3)]
    for checkout in checkouts:
        subprocess.run(["git", "clone", "-q", PROJECT, checkout], check=True)
    with a_busy_machine(tmp_path), ExitStack() as logs:
        files = [logs.enter_context((checkout / "run.log").open("wb")) for checkout in checkouts]
        runs = [
            subprocess.Popen(["make", "run", "ONCE=1"], cwd=checkout, stdout=file, stderr=file)
            for checkout, file in zip(checkouts, files, strict=True)
        ]
        codes = [run.wait(WITHIN) for run in runs]
    assert codes == [0, 0, 0], [(checkout / "run.log").read_text()[-2000:] for checkout in checkouts]
