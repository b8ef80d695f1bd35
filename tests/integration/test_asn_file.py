"""Handing a file in where nobody can take it."""

import gc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.asn_file import hand_in, read_file
from deploy.local.places import CannotRun

NOW = datetime(2027, 3, 8, 8, tzinfo=UTC)


async def test_an_absent_broker_is_one_clear_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (file := tmp_path / "truck.edi").write_bytes(b"UNB+UNOC:3'")
    with pytest.raises(CannotRun, match=r"Kafka at 127.0.0.1:9: .*; is `make run` still on"):
        await hand_in("127.0.0.1:9", read_file(file, "mills", NOW), NOW)
    gc.collect()
    assert "Unclosed" not in caplog.text
