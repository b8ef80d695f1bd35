"""The handheld scanner as its own process: it starts or says why not, and ends when it is told to."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.places import PROJECT


def switched_on(folder: Path, kafka: str, typed: bytes, **fields: str) -> subprocess.CompletedProcess[bytes]:
    """Return a device until it ends by itself."""
    options = {"node": "ams", "device": "gun-1", "bootstrap": kafka, "folder": str(folder), **fields}
    command = (sys.executable, "-m", "deploy.scanner", *(part for k, v in options.items() for part in (f"--{k}", v)))
    return subprocess.run(command, cwd=PROJECT, input=typed, capture_output=True, timeout=60, check=False)


def test_a_device_that_is_switched_off_at_once_ends(kafka_server: str, tmp_path: Path) -> None:
    for typed in (b"quit\n", b""):
        done = switched_on(tmp_path, kafka_server, typed)
        assert (done.returncode, done.stderr) == (0, b"")


def test_nonsense_on_the_wire_is_trouble_and_no_end(kafka_server: str, tmp_path: Path) -> None:
    done = switched_on(tmp_path, kafka_server, b"\xff\xfe\x00\nlot a|b\nx 0\n\nquit\n")
    assert (done.returncode, done.stderr, done.stdout.count(b" ? ")) == (0, b"", 3)


@pytest.mark.parametrize(
    ("name", "value"), [("device", ".."), ("device", "a/b"), ("device", ""), ("node", "a|b"), ("asn", "a|b")]
)
def test_a_device_that_is_named_wrongly_says_which_name(tmp_path: Path, name: str, value: str) -> None:
    done = switched_on(tmp_path / "kept", "127.0.0.1:9", b"", **{name: value})
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(f"{name}: must be".encode())
    assert list(tmp_path.iterdir()) == []
