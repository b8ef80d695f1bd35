"""Suppliers need not say what their files are, nor number them."""

import pytest

from services.gateway.domain.files import file_id_of, format_of


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"ISA*00*", "x12"),
        (b"\r\n ISA*00*", "x12"),
        (b"UNA:+.? 'UNB+", "edifact"),
        (b"UNB+UNOC:3", "edifact"),
        (b'{"asns": []}', "json"),
        (b'\xef\xbb\xbf [{"asn_id": 1}]', "json"),
        (b"asn_id;sku", None),
        (b"", None),
    ],
)
def test_a_file_is_known_by_its_first_bytes(content: bytes, kind: str | None) -> None:
    assert format_of(content) == kind


def test_the_same_upload_is_the_same_file_and_another_senders_is_not() -> None:
    assert file_id_of("mills", b"ISA") == file_id_of("mills", b"ISA")
    assert len({file_id_of("mills", b"ISA"), file_id_of("looms", b"ISA"), file_id_of("mills", b"ISA ")}) == 3
