"""What a supplier says is on the truck, in units."""

from typing import Any

import pytest

from services.receiving.domain.asns.asns import Line, announced_asn, count_lines, covered_units, findings, revise
from services.receiving.domain.catalogue import Catalogue, Pack, Product, Sku, catalogue_of, gtin14
from services.receiving.facts.window import Window
from tests.unit.receiving.scanning.docks import AMS, ASN, CASE, EACH, TEE, WEEKDAYS, a_line, an_asn, march, products

CATALOGUE = catalogue_of(products())


def units(**fields: Any) -> int | None:
    (line,) = count_lines([a_line(**fields)], CATALOGUE)
    return line.units


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"uom": "each"}, 10),
        ({"uom": "case"}, 120),
        ({"uom": "case", "units_per": 6}, 60),
        ({"uom": "each", "gtin": CASE}, 120),
        ({"uom": "each", "gtin": EACH}, 10),
        ({"uom": "case", "gtin": EACH}, 120),
        ({"uom": "case", "sku": None, "gtin": CASE}, 120),
        ({"uom": "inner"}, None),
        ({"uom": "inner", "gtin": CASE}, None),
        ({"sku": Sku("UNKNOWN")}, None),
        ({"sku": None, "gtin": "00000000000017"}, None),
        ({"sku": Sku("UNKNOWN"), "units_per": 12}, None),
    ],
)
def test_quantities_are_kept_in_units(said: dict[str, Any], expected: int | None) -> None:
    assert units(**said) == expected


def test_a_barcode_names_the_sku() -> None:
    (line,) = count_lines([a_line(sku=None, gtin=CASE)], CATALOGUE)
    assert line.sku == TEE


def test_a_barcode_that_two_skus_claim_names_neither() -> None:
    twins = [Product(Sku(sku), dated=False, packs=(Pack(EACH, 1, "each"),)) for sku in ("A", "B")]
    line = a_line(sku=None, gtin=EACH)
    assert count_lines([line], catalogue_of(twins)) == [line]


def test_a_pack_that_is_not_known_has_no_number_of_units() -> None:
    sizes = Product(TEE, dated=False, packs=(Pack(EACH, 6, "case"), Pack(CASE, 12, "case")))
    line = a_line(uom="case")
    assert count_lines([line], catalogue_of([sizes])) == [line]
    assert classes(line, catalogue_of([sizes])) == ["pack_unknown"]


def classes(line: Line, catalogue: Catalogue = CATALOGUE, **fields: Any) -> list[str]:
    """Return the classes of what is found in a line."""
    return [discrepancy.exception_class for discrepancy in findings(an_asn(**fields), [line], catalogue)]


def test_an_unknown_sku_or_barcode_is_named_and_is_no_missing_pack() -> None:
    assert classes(a_line(sku=Sku("UNKNOWN"), uom="case")) == ["unknown_sku"]
    assert classes(a_line(sku=None, gtin="00000000000017")) == ["unknown_sku"]


def test_a_supplier_who_packs_differently_is_named_and_believed() -> None:
    line = a_line(uom="case", units_per=10)
    (finding,) = findings(an_asn(), [line], CATALOGUE)
    assert finding.exception_class == "pack_differs"
    assert (finding.facts["units_per"], finding.facts["pack_units"]) == ("10", "12")
    assert units(uom="case", units_per=10) == 100


def test_a_supplier_who_packs_as_known_is_not_named() -> None:
    assert classes(a_line(uom="case", units_per=12)) == []
    assert classes(a_line(uom="inner", units_per=4)) == []


def test_a_replaced_or_cancelled_asn_has_no_findings() -> None:
    odd = a_line(sku=Sku("UNKNOWN"))
    assert classes(odd, revision=2) == []
    assert classes(odd, cancelled_by=2) == []


def test_an_open_asn_covers_what_it_announces() -> None:
    assert covered_units({"po-1": 10, None: 5}, 3, done=False) == {"po-1": 10}


def test_an_asn_that_is_done_covers_the_units_that_came() -> None:
    assert covered_units({"po-2": 10, "po-1": 10}, 14, done=True) == {"po-1": 10, "po-2": 4}
    assert covered_units({"po-1": 10, None: 5}, 12, done=True) == {"po-1": 10}


def test_units_above_all_announced_ones_count_for_the_last_order() -> None:
    assert covered_units({"po-1": 10, "po-2": 10}, 23, done=True) == {"po-1": 10, "po-2": 13}
    assert covered_units({"po-1": 0}, 4, done=True) == {"po-1": 4}
    assert covered_units({None: 10, "po-1": 10}, 23, done=True) == {"po-1": 10}


def test_short_barcodes_are_filled_up() -> None:
    assert gtin14("4006381333931") == EACH


def test_an_asn_says_when_it_is_due_and_why() -> None:
    asn = announced_asn(ASN, 2, "mills", AMS, Window(march(9), march(10)), WEEKDAYS, "edi/7")
    assert asn.window == Window(march(10), march(18))
    assert (asn.cause, asn.reason) == ("edi/7", "ASN asn-1 revision 2: ETA 9–10 March")


@pytest.mark.parametrize("revision", [1, 2])
def test_a_revision_that_is_not_newer_changes_nothing(revision: int) -> None:
    assert revise(an_asn(revision=2), an_asn(revision, due=(20, 20))) is None


def test_a_newer_revision_replaces_the_one_before_it() -> None:
    asn = an_asn(2, due=(11, 12))
    assert revise(an_asn(1), asn) == asn


def test_a_revision_does_not_reopen_a_closed_asn() -> None:
    revised = revise(an_asn(1, closed=True), an_asn(2))
    assert revised is not None
    assert revised.closed
