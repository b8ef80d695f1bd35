"""A file that cannot be one of ASNs is refused before it is sent, with what to do."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.asn_file import read_file
from deploy.local.places import CannotRun
from services.gateway.domain.files import file_id_of

NOW = datetime(2027, 3, 8, 8, tzinfo=UTC)


def test_a_file_handed_in_here_and_over_http_is_the_same_file(tmp_path: Path) -> None:
    (file := tmp_path / "truck.edi").write_bytes(b"UNB+UNOC:3'")
    asn_file_received = read_file(file, "mills", NOW)
    assert (asn_file_received.format, asn_file_received.file_id) == ("edifact", file_id_of("mills", b"UNB+UNOC:3'"))


@pytest.mark.parametrize(
    ("content", "sender", "says"),
    [
        (b"", "mills", "has 0 bytes; a file has 3 to 600,000"),
        (b"x" * 600_001, "mills", "has 600,001 bytes"),
        (b"\x00\x01\xff\xfe", "mills", "is no file of ASNs: X12 begins with ISA"),
        (b"sku;units", "mills", "is no file of ASNs: X12 begins with ISA"),
        (b"ISA*00", "a|b", "SENDER=a|b: must be 1 to 200 characters"),
        (b"ISA*00", "", "SENDER=: must be 1 to 200 characters"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, content: bytes, sender: str, says: str) -> None:
    (file := tmp_path / "truck.edi").write_bytes(content)
    with pytest.raises(CannotRun) as refused:
        read_file(file, sender, NOW)
    assert says in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.edi", tmp_path):
        with pytest.raises(CannotRun, match=f"FILE={path}: .*; name a file"):
            read_file(path, "mills", NOW)
