"""A JSON file of ASNs is taken whole, or refused whole with the path of each fault."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.receiving.facts.file_asns import Cancellation, FileAsn
from services.receiving.formats import asn_json
from tests.unit.receiving.formats.partner_files import NOW, expected, files, told

FILES = files("json")
ASN: dict[str, Any] = {
    "asn_id": "asn-1",
    "revision": 1,
    "supplier_id": "mills",
    "node": "ams",
    "eta": {"earliest": "2027-03-10", "latest": "2027-03-12"},
    "cartons": [{"carton_id": "c1", "lines": [{"sku": "TEE-M", "qty": 24}]}],
}


def faults(content: bytes | str | object) -> list[tuple[str | None, str | None]]:
    """Return where the faults are, and what stands there."""
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    reading = asn_json.read(text.encode() if isinstance(text, str) else text, NOW)
    assert reading.notices == ()
    return [(fault.element, fault.value) for fault in reading.faults]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_partners_file_is_read_as_expected(file: Path) -> None:
    reading = asn_json.read(file.read_bytes(), NOW)
    assert told(reading) == expected("json")[file.name]
    assert reading.answer is None


def test_every_expectation_has_its_file() -> None:
    assert sorted(expected("json")) == [file.name for file in FILES]


def test_cancelled_is_true_or_false_or_not_said() -> None:
    fields = {"asn_id": "asn-1", "revision": 2, "supplier_id": "mills", "cancelled": "yes"}
    assert ("cancelled", "yes") in faults(fields)


def test_an_asn_keeps_its_given_id() -> None:
    reading = asn_json.read(json.dumps(ASN).encode(), NOW)
    (notice,) = reading.notices
    assert isinstance(notice, FileAsn)
    assert (notice.asn_id, reading.sender) == ("asn-1", "mills")


def test_a_cancellation_needs_no_goods() -> None:
    fields = {"asn_id": "asn-1", "revision": 2, "supplier_id": "mills", "cancelled": True}
    assert asn_json.read(json.dumps(fields).encode(), NOW).notices == (Cancellation("asn-1", 2, "mills"),)


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("qty", 0, "0"),
        ("qty", "24", "24"),
        ("qty", True, "true"),
        ("qty", 10**12, "1000000000000"),
        ("uom", "box", "box"),
        ("gtin", "5412345000014", "5412345000014"),
        ("gtin", "1", "1"),
        ("expires_on", "2027-02-30", "2027-02-30"),
        ("expires_on", 20270310, "20270310"),
        ("lot", "a|b", "a|b"),
        ("sku", "\x00", "\x00"),
        ("unit", "case", None),
    ],
)
def test_a_bad_field_is_named_by_its_path(field: str, value: object, place: str | None) -> None:
    fields = ASN | {
        "cartons": [{"carton_id": "c1", "lines": [{"sku": "TEE-M", "qty": 24}, {"sku": "A", "qty": 1, field: value}]}]
    }
    assert faults(fields) == [(f"cartons.0.lines.1.{field}", place)]
    assert faults([ASN, fields | {"asn_id": "asn-2"}]) == [(f"1.cartons.0.lines.1.{field}", place)]


@pytest.mark.parametrize("field", ["asn_id", "revision", "supplier_id", "node", "eta", "cartons"])
def test_a_missing_part_of_an_asn_is_named(field: str) -> None:
    assert faults({key: value for key, value in ASN.items() if key != field}) == [(field, None)]


def test_a_line_names_its_article() -> None:
    assert faults(ASN | {"cartons": [{"carton_id": "c1", "lines": [{"qty": 24}]}]}) == [("cartons.0.lines.0", None)]


def test_a_carton_is_listed_once() -> None:
    assert faults(ASN | {"cartons": ASN["cartons"] * 2}) == [("cartons.1.carton_id", "c1")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (json.dumps(ASN).replace('"qty": 24', '"qty": 24, "qty": 25'), ("qty", None)),
        (json.dumps(ASN).replace("24", "NaN"), (None, "NaN")),
        (json.dumps(ASN).replace("24", "-Infinity"), (None, "-Infinity")),
        (json.dumps(ASN).replace("24", "1" * 5000), (None, None)),
        (json.dumps(ASN)[:-1], (None, None)),
        ("", (None, None)),
        ("[]", (None, None)),
        ('"asn"', (None, "asn")),
        ("[1]", (None, "1")),
        ("[" * 100_000, (None, None)),
        (json.dumps(ASN).encode("utf-16"), (None, None)),
        (json.dumps(ASN | {"asn_id": "Ä"}, ensure_ascii=False).encode("latin-1"), (None, None)),
    ],
    ids=["a field twice", "NaN", "infinite", "endless digits", "cut off", "nothing", "no ASN", "a text", "a number",
         "nested without end", "UTF-16", "Latin-1"],
)  # fmt: skip
def test_a_file_that_is_no_json_of_asns_is_refused(text: str | bytes, place: tuple[str | None, str | None]) -> None:
    assert faults(text) == [place]


def test_brackets_in_a_text_are_no_nesting() -> None:
    assert asn_json.read(json.dumps(ASN | {"carrier": '[[[[[[[[[[{{"'}).encode(), NOW).faults == ()


def test_a_byte_order_mark_means_nothing() -> None:
    assert asn_json.read(b"\xef\xbb\xbf" + json.dumps(ASN).encode(), NOW).faults == ()


def test_half_a_character_is_refused() -> None:
    assert faults(json.dumps(ASN).replace("TEE-M", "\\ud800"))[0][0] == "cartons.0.lines.0.sku"


def test_twenty_faults_are_named_and_the_rest_counted() -> None:
    lines = [{"sku": "TEE-M", "qty": 0}] * 30
    assert len(faults(ASN | {"cartons": [{"carton_id": "c1", "lines": lines}]})) == 21


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asn_json, "MOST_BYTES", 10)
    assert faults(ASN) == [(None, None)]
