"""A scan stands for units of a SKU in a disposition; what is odd is named, and nothing is dropped."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.receiving.domain.catalogue import Node
from services.receiving.domain.scanning.scans import Scan
from tests.unit.receiving.scanning.docks import (
    ASN,
    CASE,
    TEE,
    VITAMIN,
    VITAMIN_EACH,
    a_carton_scan,
    a_line,
    a_scan,
    march,
)
from tests.unit.receiving.scanning.floors import LOT, a_dock, named, placed, stands_for

SSCC = "095201230000000011"
VITAMINS = a_dock(a_line(sku=VITAMIN, units=10, **LOT))


def a_label(barcode: str) -> Scan:
    return a_scan(mode="by_carton", gtin=None, barcode=barcode)


def a_vitamin(**fields: Any) -> Scan:
    return a_scan(gtin=VITAMIN_EACH, **fields)


def test_a_case_scanned_as_one_is_its_units() -> None:
    assert stands_for(placed(a_scan(gtin=CASE, times=3))) == [(TEE, "sellable", 36)]


def test_a_pallet_label_says_how_many_cases_it_holds() -> None:
    scan = a_scan(gtin=None, times=2, barcode=f"00{SSCC}02{CASE}3704", carton_id=SSCC)
    dock = a_dock(a_line(units=10, carton_id=SSCC))
    count = placed(scan, dock)
    assert (stands_for(count), count.carton) == ([(TEE, "sellable", 96)], SSCC)


def test_a_carton_is_accepted_with_its_lines_in_the_asn() -> None:
    dock = a_dock(a_line(1, units=10), a_line(2, sku=VITAMIN, units=5, **LOT), a_line(3, units=7, carton_id="c2"))
    count = placed(a_carton_scan(), dock)
    assert [(p.line, p.sku, p.units, p.lot, p.expires_on) for p in count.parts] == [
        (1, TEE, 10, None, None),
        (2, VITAMIN, 5, "L1", march(31)),
    ]
    assert (count.state, count.revision, count.carton, count.discrepancies) == ("counted", 1, "c1", ())


@pytest.mark.parametrize("said", [f"00{SSCC}", SSCC, f"]C100{SSCC}"])
def test_an_sscc_names_its_carton_with_and_without_ai(said: str) -> None:
    dock = a_dock(a_line(units=10, carton_id=SSCC))
    assert placed(a_label(barcode=said), dock).carton == SSCC
    assert placed(a_carton_scan(carton_id=said.removeprefix("]C1")), dock).carton == SSCC


@pytest.mark.parametrize("number", ["CTN-7", "10-55", "4006381333930"])
def test_a_suppliers_own_number_is_their_carton_whatever_it_looks_like(number: str) -> None:
    dock = a_dock(a_line(units=10, carton_id=number))
    assert stands_for(placed(a_label(barcode=number), dock)) == [(TEE, "sellable", 10)]


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ({}, ["lot_missing", "expiry_missing"]),
        ({"lot": "L1"}, ["expiry_missing"]),
        ({"expires_on": march(31)}, ["lot_missing"]),
        (LOT, []),
    ],
)
def test_dated_units_need_lot_and_expiry(said: dict[str, Any], missing: list[str]) -> None:
    count = placed(a_vitamin(times=2, **said), VITAMINS)
    assert stands_for(count) == [(VITAMIN, "quarantine" if missing else "sellable", 2)]
    assert named(count) == missing


@pytest.mark.parametrize(("day", "doubt"), [(9, "expired"), (10, "life_too_short"), (19, "life_too_short"), (20, None)])
def test_units_that_live_too_short_go_to_quarantine(day: int, doubt: str | None) -> None:
    count = placed(a_vitamin(lot="L1", expires_on=march(day)), VITAMINS)
    assert (named(count), count.parts[0].wished) == (([doubt], "quarantine") if doubt else ([], "sellable"))


def test_the_day_of_a_scan_is_the_nodes() -> None:
    late = a_vitamin(lot="L1", expires_on=march(20), scanned_at=datetime(2027, 3, 10, 23, 30, tzinfo=UTC))
    assert named(placed(late, VITAMINS)) == ["life_too_short"], "it is the 11th in Amsterdam"


@pytest.mark.parametrize(
    ("said", "expires_on"),
    [
        ({"barcode": f"01{VITAMIN_EACH}1727041510L1", "expires_on": march(31)}, date(2027, 4, 15)),
        ({"barcode": f"01{VITAMIN_EACH}1527041610L1"}, date(2027, 4, 16)),
        ({"barcode": f"01{VITAMIN_EACH}1127030110L1", "expires_on": march(31)}, date(2027, 6, 9)),
        ({"barcode": f"01{VITAMIN_EACH}10L1", "expires_on": march(31), "printed_date": "150427"}, march(31)),
        ({"barcode": f"01{VITAMIN_EACH}10L1", "printed_date": "150427"}, date(2027, 4, 15)),
        ({"barcode": f"01{VITAMIN_EACH}10L1", "printed_date": "0427"}, date(2027, 4, 30)),
    ],
)
def test_the_surest_word_on_expiry_counts(said: dict[str, Any], expires_on: date) -> None:
    count = placed(a_scan(gtin=None, **said), VITAMINS)
    assert [(part.lot, part.expires_on) for part in count.parts] == [("L1", expires_on)]


@pytest.mark.parametrize(
    "said",
    [
        {"printed_date": "090327", "lot": "L1"},
        {"printed_date": "311327", "lot": "L1"},
        {"printed_date": "12345", "lot": "L1"},
        {"expires_on": date(2033, 3, 11), "lot": "L1"},
        {"barcode": f"01{VITAMIN_EACH}1727041511270501"},
        {"barcode": f"01{VITAMIN_EACH}11270311"},
    ],
)
def test_a_date_that_cannot_be_right_is_asked_again(said: dict[str, Any]) -> None:
    count = placed(a_vitamin(**said), VITAMINS)
    assert (count.state, named(count), count.parts, count.waits_for) == ("waiting", ["date_doubtful"], (), None)


def test_a_lot_other_than_announced_is_accepted_and_named() -> None:
    count = placed(a_vitamin(carton_id="c1", lot="L9", expires_on=march(31)), VITAMINS)
    assert (stands_for(count), named(count)) == ([(VITAMIN, "sellable", 1)], ["lot_wrong"])


@pytest.mark.parametrize(
    ("said", "disposition"),
    [
        ({"unlabelled": True}, "rework"),
        ({"disposition": "rework"}, "rework"),
        ({"disposition": "damaged", "unlabelled": True}, "damaged"),
    ],
)
def test_units_for_rework_are_no_quarantine(said: dict[str, Any], disposition: str) -> None:
    count = placed(a_scan(**said))
    assert count.parts[0].wished == disposition
    assert named(count) == ["unlabelled"] * bool(said.get("unlabelled"))


@pytest.mark.parametrize(
    ("scan", "why", "need"),
    [
        (a_scan(asn_id="asn-9"), "unknown_asn", "asn:asn-9"),
        (a_scan(asn_id=None), "blind_not_allowed", "node:ams"),
        (a_carton_scan(asn_id=None), "unknown_asn", None),
        (a_scan(node=Node("ber")), "unknown_asn", "asn:asn-1"),
        (a_scan(carton_id="c9"), "unknown_carton", "asn:asn-1"),
        (a_carton_scan(carton_id="c9"), "unknown_carton", "asn:asn-1"),
        (a_scan(gtin="00000000000017"), "unknown_barcode", "gtin:00000000000017"),
        (a_scan(gtin="00000000000017", asn_id=None), "unknown_barcode", "gtin:00000000000017"),
        (a_scan(gtin=None, barcode="ABC-1"), "unknown_barcode", None),
        (a_scan(gtin=None, barcode="4006381333930"), "barcode_invalid", None),
        (a_label(barcode="095201230000000012"), "barcode_invalid", None),
    ],
)
def test_a_scan_that_cannot_be_placed_is_named_and_waits(scan: Scan, why: str, need: str | None) -> None:
    count = placed(scan)
    assert (count.state, named(count), count.waits_for, count.parts) == ("waiting", [why], need, ())


def test_a_broken_barcode_is_named_by_its_rule() -> None:
    count = placed(a_scan(gtin=None, barcode="10ABC\x1d17270401", symbology="]C1"))
    (found,) = count.discrepancies
    assert found.facts["rule"] == "(10) needs (01) or (02) or (03) or (8006) or (8026)"
    assert found.facts["barcode"] == "10ABC<GS>17270401"


def test_a_node_may_allow_units_without_an_asn() -> None:
    dock = a_dock()
    places = {node: replace(place, blind_receipts=True) for node, place in dock.places.items()}
    (part,) = placed(a_scan(asn_id=None, times=2), replace(dock, places=places)).parts
    assert (part.asn_id, part.supply_id, part.units) == (None, None, 2)


def test_a_sku_waits_while_one_of_its_lines_cannot_be_counted() -> None:
    count = placed(a_scan(times=11), a_dock(a_line(1, units=10), a_line(2, uom="case")))
    assert (count.state, named(count), count.waits_for, count.revision) == (
        "waiting",
        ["pack_unknown"],
        f"asn:{ASN}",
        None,
    )


def test_a_carton_with_a_line_that_cannot_be_counted_is_counted_in_part() -> None:
    first = placed(a_carton_scan(), a_dock(a_line(1, units=10), a_line(2, sku=VITAMIN, **LOT)))
    assert (first.state, first.revision, stands_for(first)) == ("waiting", 1, [(TEE, "sellable", 10)])
    assert named(first) == ["pack_unknown"]
    then = placed(a_carton_scan(), a_dock(a_line(1, units=10), a_line(2, sku=VITAMIN, units=5, **LOT)), revision=1)
    assert (then.state, [part.line for part in then.parts]) == ("counted", [1, 2])


def test_a_carton_keeps_its_first_count() -> None:
    dock = a_dock(a_line(1, units=10, revision=1), a_line(1, qty=3, units=3, revision=2))
    assert stands_for(placed(a_carton_scan(), dock, revision=2)) == [(TEE, "sellable", 3)]
