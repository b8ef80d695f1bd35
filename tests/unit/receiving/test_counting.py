"""Scans become units in a disposition; what is odd is named, and nothing is dropped."""

from typing import Any

import pytest

from services.receiving.domain.asns import Node
from services.receiving.domain.counting import count
from services.receiving.domain.scans import Kept, Scan
from tests.unit.receiving.docks import (
    ASN,
    CASE,
    TEE,
    VITAMIN,
    VITAMIN_EACH,
    a_carton_scan,
    a_dock,
    a_line,
    a_scan,
    march,
    named,
    units,
    waiting,
)


def test_a_case_scanned_as_one_is_its_units() -> None:
    assert units(count(a_dock(a_line(units=120)), waiting(a_scan(gtin=CASE, times=3)))) == [("sellable", 36)]


def test_a_carton_is_accepted_as_the_asn_has_it() -> None:
    lot: dict[str, Any] = {"lot": "L1", "expires_on": march(31)}
    dock = a_dock(a_line(1, units=10), a_line(2, sku=VITAMIN, units=5, **lot), a_line(3, units=7, carton_id="c2"))
    (one,) = count(dock, waiting(a_carton_scan()))
    assert [(r.receipt_id, r.sku, r.units, r.lot, r.expires_on) for r in one.receipts] == [
        ("gun/1/1", TEE, 10, None, None),
        ("gun/1/2", VITAMIN, 5, "L1", march(31)),
    ]
    assert (one.state, one.revision, one.discrepancies) == ("counted", 1, ())


def test_what_is_over_goes_to_quarantine() -> None:
    counts = count(a_dock(), waiting(a_scan("a", 8), a_scan("b", 5)))
    assert units(counts) == [("sellable", 8), ("sellable", 2), ("quarantine", 3)]
    assert [r.receipt_id for r in counts[1].receipts] == ["b/1", "b/1/quarantine"]
    assert named(counts) == ["over"]


def test_damaged_units_are_counted_besides() -> None:
    counts = count(a_dock(), waiting(a_scan("a", 4, disposition="damaged"), a_scan("b", 10)))
    assert units(counts) == [("damaged", 4), ("sellable", 10)]
    assert named(counts) == []


def test_a_wrong_item_goes_to_quarantine() -> None:
    counts = count(a_dock(a_line(sku=VITAMIN, units=10)), waiting(a_scan(times=2)))
    assert units(counts) == [("quarantine", 2)]
    assert named(counts) == ["not_on_asn"]


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ({}, ["lot_missing", "expiry_missing"]),
        ({"lot": "L1"}, ["expiry_missing"]),
        ({"expires_on": march(31)}, ["lot_missing"]),
        ({"lot": "L1", "expires_on": march(31)}, []),
    ],
)
def test_dated_units_need_lot_and_expiry(said: dict[str, Any], missing: list[str]) -> None:
    counts = count(a_dock(a_line(sku=VITAMIN, units=10)), waiting(a_scan(gtin=VITAMIN_EACH, times=2, **said)))
    assert units(counts) == [("quarantine" if missing else "sellable", 2)]
    assert named(counts) == missing


def test_dated_lines_of_a_carton_need_them_too() -> None:
    counts = count(a_dock(a_line(sku=VITAMIN, units=10)), waiting(a_carton_scan()))
    assert units(counts) == [("quarantine", 10)]


@pytest.mark.parametrize(
    ("scan", "why", "need"),
    [
        (a_scan(asn_id="asn-9"), "unknown_asn", "asn:asn-9"),
        (a_scan(asn_id=None), "unknown_asn", None),
        (a_scan(node=Node("ber")), "unknown_asn", "asn:asn-1"),
        (a_scan(carton_id="c9"), "unknown_carton", "asn:asn-1"),
        (a_carton_scan(carton_id="c9"), "unknown_carton", "asn:asn-1"),
        (a_scan(gtin="00000000000017"), "unknown_barcode", "gtin:00000000000017"),
        (a_scan(gtin="00000000000017", asn_id=None), "unknown_barcode", "gtin:00000000000017"),
    ],
)
def test_what_cannot_be_placed_is_named_and_waits(scan: Scan, why: str, need: str | None) -> None:
    (one,) = count(a_dock(), waiting(scan))
    assert (one.state, named([one]), one.waits_for, one.receipts) == ("waiting", [why], need, ())


def test_a_sku_waits_while_a_line_of_it_cannot_be_counted() -> None:
    dock = a_dock(a_line(1, units=10), a_line(2, uom="case"))
    (one,) = count(dock, waiting(a_scan(times=11)))
    assert (one.state, named([one]), one.waits_for, one.revision) == ("waiting", ["pack_unknown"], "asn:asn-1", None)


def test_a_carton_with_a_line_that_cannot_be_counted_is_counted_in_part() -> None:
    dated: dict[str, Any] = {"sku": VITAMIN, "lot": "L1", "expires_on": march(31)}
    (first,) = count(a_dock(a_line(1, units=10), a_line(2, **dated)), waiting(a_carton_scan()))
    assert (first.state, first.revision, units([first]), named([first])) == (
        "waiting",
        1,
        [("sellable", 10)],
        ["pack_unknown"],
    )
    kept = Kept(first.scan, "waiting", first.revision, frozenset({1}))
    (then,) = count(a_dock(a_line(1, units=10), a_line(2, units=5, **dated)), [kept])
    assert (then.state, [r.receipt_id for r in then.receipts]) == ("counted", ["gun/1/2"])


@pytest.mark.parametrize(
    "scans",
    [
        (a_carton_scan("a"), a_carton_scan("b")),
        (a_carton_scan("a"), a_scan("b", carton_id="c1")),
        (a_scan("a", 10, carton_id="c1"), a_carton_scan("b")),
    ],
)
def test_a_carton_is_not_counted_twice(scans: tuple[Scan, ...]) -> None:
    counts = count(a_dock(), waiting(*scans))
    assert units(counts) == [("sellable", 10)]
    assert counts[1].state == "set_aside"
    assert named(counts) == ["carton_counted_twice"]


def test_a_carton_may_be_counted_by_many_unit_scans() -> None:
    scans = (a_scan("a", 4, carton_id="c1"), a_scan("b", 6, carton_id="c1"))
    assert units(count(a_dock(), waiting(*scans))) == [("sellable", 4), ("sellable", 6)]


def test_a_carton_stays_as_it_was_when_it_was_first_counted() -> None:
    dock = a_dock(a_line(1, units=10, revision=1), a_line(1, qty=3, units=3, revision=2))
    (one,) = count(dock, [Kept(a_carton_scan(), "waiting", 2)])
    assert units([one]) == [("sellable", 3)]


def test_names_of_receipts_never_grow_too_long() -> None:
    counts = count(a_dock(), waiting(a_scan("x" * 200, 12)))
    names = [receipt.receipt_id for receipt in counts[0].receipts]
    assert len(set(names)) == 2
    assert max(map(len, names)) <= 200


def test_counting_changes_nothing_that_was_known() -> None:
    dock = a_dock()
    count(dock, waiting(a_scan("a", 8)))
    assert dock.tallies[ASN, TEE].sellable == 0
