"""What a person scans and types becomes scans, cartons and closings."""

from datetime import UTC, datetime

import pytest

from deploy.scanner.wedge import Hand, NotUnderstood, closing, read
from shared.contracts.dock import CloseRequested
from shared.contracts.fields import Fact
from shared.contracts.scans import CartonClosed, ScanRecorded

NOW = datetime(2027, 3, 11, 9, tzinfo=UTC)
LABEL = "008712340000000018"
UNIT = "8712340011104"
HAND = Hand("gun-1", "ams", counter=41, asn_id="ASN-1001")


def typed(*lines: str, hand: Hand = HAND) -> tuple[Hand, list[Fact]]:
    """Return what is published for these lines."""
    facts: list[Fact] = []
    for line in lines:
        hand, fact = read(hand, line, NOW)
        facts += [fact] if fact else []
    return hand, facts


def scans(*lines: str) -> list[ScanRecorded]:
    return [fact for fact in typed(*lines)[1] if isinstance(fact, ScanRecorded)]


@pytest.mark.parametrize("label", [LABEL, f"00{LABEL}", f"]C100{LABEL}"])
def test_a_carton_label_accepts_the_carton(label: str) -> None:
    (scan,) = scans(label)
    assert (scan.scan_id, scan.mode, scan.carton_id, scan.asn_id) == ("gun-1/42", "by_carton", LABEL, "ASN-1001")


def test_a_unit_barcode_counts_one_unit_and_is_sent_unchanged() -> None:
    (scan,) = scans(f"]E0{UNIT}")
    assert (scan.mode, scan.barcode, scan.symbology, scan.times) == ("by_unit", UNIT, "]E0", 1)


def test_an_opened_carton_is_counted_unit_by_unit_until_it_is_done() -> None:
    hand, (first, second, done) = typed("open", f"00{LABEL}", UNIT, UNIT, "done")
    assert isinstance(first, ScanRecorded)
    assert isinstance(second, ScanRecorded)
    assert (first.carton_id, second.carton_id) == (LABEL, LABEL)
    assert done == CartonClosed(node="ams", asn_id="ASN-1001", carton_id=LABEL, device_id="gun-1", closed_at=NOW)
    assert hand.carton_id is None


def test_a_mark_for_a_scan_holds_for_that_scan_only() -> None:
    first, second = scans("x 12", "damaged", "lot A17", "date 31 08 27", UNIT, UNIT)
    assert (first.times, first.disposition, first.lot, first.printed_date) == (12, "damaged", "A17", "310827")
    assert (second.times, second.disposition, second.lot, second.printed_date) == (1, "sellable", None, None)


def test_void_takes_the_last_scan_back_once() -> None:
    _, void = scans(UNIT, "void")
    assert (void.scan_id, void.void_of) == ("gun-1/43", "gun-1/42")
    with pytest.raises(NotUnderstood, match="nothing was scanned yet"):
        typed(UNIT, "void", "void")


def test_close_says_that_the_truck_is_empty() -> None:
    assert typed("close")[1] == [CloseRequested(asn_id="ASN-1001", requested_at=NOW)]


def test_facts_without_an_answer_are_confirmed_at_once() -> None:
    _, (scan, done, close) = typed("open", LABEL, UNIT, "done", "close")
    assert [closing(fact) for fact in (scan, done, close)] == [
        "", f"carton {LABEL} is empty", "nothing more comes off truck ASN-1001",
    ]  # fmt: skip


def test_without_a_truck_a_scan_is_a_blind_receipt() -> None:
    (scan,) = scans("asn", UNIT)
    assert scan.asn_id is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("done", "no carton is open"),
        ("x many", "say how many times"),
        ("lot", "say which lot"),
        ("date soon", "key the digits"),
        ("the big one", "type help"),
        ("abc", "type help"),
    ],
)
def test_useless_input_is_answered_with_the_fix(line: str, says: str) -> None:
    with pytest.raises(NotUnderstood, match=says):
        typed(line)


def test_an_unnamed_truck_cannot_be_closed() -> None:
    with pytest.raises(NotUnderstood, match="say which truck"):
        typed("asn", "close")


@pytest.mark.parametrize("line", ["asn a|b", "lot a|b", "lot " + "x" * 201, "void x|y", "asn a\x01"])
def test_an_impossible_id_is_refused_at_once_and_the_scan_before_stands(line: str) -> None:
    hand, _ = typed("lot L7")
    with pytest.raises(NotUnderstood, match=f"^{line.split()[0]}: must be 1 to 200 characters without"):
        read(hand, line, NOW)
    assert scans("lot L7", UNIT)[0].lot == "L7"
