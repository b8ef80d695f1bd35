"""856s as partners really send them: odd, legal, and either taken as they are meant or refused; never taken wrong."""

from datetime import date

import pytest

from services.receiving.facts.file_asns import FileAsnLine, FileBackOrder
from tests.unit.receiving.formats.x12.x12_files import (
    BSN,
    ITEM,
    SHIPMENT,
    SSCC,
    a_notice,
    read,
    refusals,
    the_line,
    the_lines,
    the_notice,
)

TEE, TEN = "LIN**SK*TEE-M", "SN1**10*EA"


@pytest.mark.parametrize(
    "details",
    [
        ["REF*LT*L1", "REF*LT*L2"],
        ["REF*LT*L1", "N9*LT*L2"],
        ["DTM*036*20270930", "DTM*036*20271031"],
        ["DTM*208*20270930", "DTM*208*20271031"],
    ],
)
def test_two_lots_or_two_expiries_of_one_item_are_refused(details: list[str]) -> None:
    assert [element for element, _ in refusals(read(a_notice(TEE, TEN, *details)))] in (["REF02"], ["N902"], ["DTM02"])


def test_the_same_lot_or_day_twice_is_one() -> None:
    line = the_line(TEE, TEN, "REF*LT*L1", "REF*LT*L1", "DTM*036*20270930", "DTM*036*20270930", "DTM*208*20271031")
    assert (line.lot, line.expires_on) == ("L1", date(2027, 9, 30))


@pytest.mark.parametrize(
    ("marks", "cartons"),
    [
        (["MAN*CP*1*5"], ["1", "2", "3", "4", "5"]),
        (["MAN*CP*CTN-008*CTN-012"], ["CTN-008", "CTN-009", "CTN-010", "CTN-011", "CTN-012"]),
        (["MAN*GM*006141400000000013*006141400000000020"], ["006141400000000013", "006141400000000020"]),
        (["MAN*GM*006141400000000013", "MAN*GM*006141400000000020"], ["006141400000000013", "006141400000000020"]),
        (["MAN*CP*A", "MAN*CP*B"], ["A", "B"]),
        (["MAN*ZZ*A-1"], ["A-1"]),
        ([], ["ASN-1/3"]),
    ],
    ids=["range", "prefix", "SSCC range", "SSCCs", "several", "ZZ", "none"],
)
def test_a_package_is_as_many_cartons_as_it_has_numbers(marks: list[str], cartons: list[str]) -> None:
    lines = the_lines(a_notice(package=["HL*3*2*P", *marks]))
    assert lines == [(carton, "TEE-M", 10 // len(cartons)) for carton in cartons]


@pytest.mark.parametrize("mark", ["MAN*CP*1*A", "MAN*CP*5*1", "MAN*CP*1*20000", "MAN*CP*A1*B2", f"MAN*GM*{SSCC}*1"])
def test_a_range_that_is_none_is_refused(mark: str) -> None:
    assert [element for element, _ in refusals(read(a_notice(package=["HL*3*2*P", mark])))] == ["MAN03"]


def test_a_line_that_does_not_divide_over_its_cartons_is_refused() -> None:
    assert [element for element, _ in refusals(read(a_notice(package=["HL*3*2*P", "MAN*CP*1*3"])))] == ["HL"]


def test_a_purchase_order_may_be_a_reference() -> None:
    assert the_notice(a_notice(order=["HL*2*1*O", "REF*PO*PO-9"])).po_number == "PO-9"
    assert the_line(TEE, TEN, "REF*PO*PO-9").po_number == "PO-9"
    assert the_notice(a_notice(order=["HL*2*1*O", "REF*PO*PO-9", "PRF*PO-8"])).po_number == "PO-8"


def test_levels_without_a_parent_lie_in_the_nearest_that_can_hold_them() -> None:
    second = ["HL*5**P", "MAN*CP*2", "HL*6**I", *ITEM[1:]]
    body = [BSN, *SHIPMENT, "HL*2**O", "PRF*PO-8", "HL*3**P", "MAN*CP*1", "HL*4**I", *ITEM[1:], *second]
    assert the_lines(body) == [("1", "TEE-M", 10), ("2", "TEE-M", 10)]
    assert the_notice(body).po_number == "PO-8"


def test_an_order_may_lie_in_a_package() -> None:
    body = [BSN, *SHIPMENT, "HL*2*1*P", f"MAN*GM*{SSCC}", "HL*3*2*O", "PRF*PO-8", "HL*4*3*I", *ITEM[1:]]
    assert the_lines(body) == [(SSCC, "TEE-M", 10)]
    assert the_notice(body).po_number == "PO-8"


@pytest.mark.parametrize("total", ["CTT*4", "CTT*1", "CTT*1*10", "CTT*4*1"])
def test_totals_count_levels_or_items_and_units_items_or_packages(total: str) -> None:
    assert the_notice([*a_notice(), total])


def test_an_item_of_which_nothing_was_sent_is_the_suppliers_back_order() -> None:
    body = [*a_notice(), "HL*5*2*I", "LIN**SK*MUG", "SN1**0*EA**24*EA", "HL*6*2*I", "LIN**VN*CUP", "SN1**0.00*EA"]
    assert the_lines(body) == [(SSCC, "TEE-M", 10)]
    assert the_notice(body).back_orders == (FileBackOrder("MUG", 24), FileBackOrder("CUP"))


@pytest.mark.parametrize("purpose", ["00", "04", "05", "06", "14"])
def test_a_notice_of_any_purpose_that_tells_the_whole_is_taken(purpose: str) -> None:
    assert the_notice(a_notice(bsn=f"BSN*{purpose}*ASN-1*20270308*0801")).revision == 20270308080100


@pytest.mark.parametrize(
    ("lin", "sku", "gtin"),
    [
        ("LIN**PI*TEE-M", "TEE-M", None),
        ("LIN**VC*V-7", "V-7", None),
        ("LIN**N4*00093721410", "00093721410", None),
        ("LIN**IB*9783161484100", None, "9783161484100"),
        ("LIN**IB*3-16-148410-X", None, "9783161484100"),
        ("LIN**VC*V-7*PI*TEE-M", "TEE-M", None),
    ],
)
def test_an_article_is_known_by_whatever_partners_call_it(lin: str, sku: str | None, gtin: str | None) -> None:
    line = the_line(lin, TEN)
    assert (line.sku, line.gtin) == (sku, gtin)


@pytest.mark.parametrize(("unit", "units"), [("DZ", 120), ("PR", 10), ("SE", 10), ("KT", 10), ("PC", 10)])
def test_a_dozen_is_twelve_and_a_pair_a_set_or_a_kit_is_one(unit: str, units: int) -> None:
    assert the_line(TEE, f"SN1**10*{unit}", "PO4*6") == FileAsnLine(
        "TEE-M", None, units, "each", units_per=1, po_number="PO-8"
    )


def test_every_fault_of_a_file_is_named_at_once() -> None:
    body = a_notice(
        TEE, "SN1**ten*EA", "REF*LT*L1", "REF*LT*L2", bsn="BSN*99*ASN-1*20270308*0801", shipment=["HL*1**S"]
    )
    assert {element for element, _ in refusals(read([*body, "CTT*9"]))} >= {"BSN01", "SN102", "REF02", "CTT01"}
