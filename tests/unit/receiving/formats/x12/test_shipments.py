"""What an 856 says as a whole: who, where to, when, which revision; and its shapes."""

from datetime import UTC, date, datetime

import pytest

from services.receiving.facts.file_asns import Cancellation
from services.receiving.facts.window import Window
from tests.unit.receiving.formats.x12.x12_files import (
    BSN,
    ORDER,
    PACKAGE,
    SHIPMENT,
    SSCC,
    a_notice,
    read,
    refusals,
    the_lines,
    the_notice,
)

OTHER_SSCC = "006141400000000020"


def shipped(*extra: str, without: str = "") -> list[str]:
    """Return a notice whose shipment says something else."""
    return a_notice(shipment=[*(row for row in SHIPMENT if not without or not row.startswith(without)), *extra])


def test_the_date_and_time_of_the_document_are_its_revision() -> None:
    assert the_notice(a_notice(bsn="BSN*05*ASN-1*20270309*101530")).revision == 20270309101530
    assert the_notice(a_notice(bsn="BSN*00*ASN-1*20270309*1015")).revision == 20270309101500


def test_a_change_is_read_like_a_replacement() -> None:
    changed, replaced = (the_notice(a_notice(bsn=f"BSN*{code}*ASN-1*20270309*1015")) for code in ("04", "05"))
    assert changed == replaced


def test_a_cancellation_needs_no_content() -> None:
    assert read(["BSN*01*ASN-1*20270309*1015"]).notices == (Cancellation("MILLS/ASN-1", 20270309101500, "MILLS"),)


@pytest.mark.parametrize(
    ("bsn", "element"),
    [
        ("BSN*07*ASN-1*20270308*0801", "BSN01"),
        ("BSN*00**20270308*0801", "BSN02"),
        ("BSN*00*A|1*20270308*0801", "BSN02"),
        ("BSN*00*A>1*20270308*0801", "BSN02"),
        ("BSN*00*ASN-1*20270230*0801", "BSN03"),
        ("BSN*00*ASN-1*270308*0801", "BSN03"),
        ("BSN*00*ASN-1*20270308*2460", "BSN04"),
        ("BSN*00*ASN-1*20270308", "BSN04"),
    ],
)
def test_a_bad_beginning_is_refused(bsn: str, element: str) -> None:
    assert [name for name, _ in refusals(read(a_notice(bsn=bsn)))] == [element]


@pytest.mark.parametrize(
    ("parties", "supplier"),
    [
        (["N1*SF**92*DOCK-7", "N1*SU**92*S-1"], "S-1"),
        (["N1*SF**92*DOCK-7", "N1*VN**92*V-1"], "V-1"),
        (["N1*SF**92*DOCK-7"], "DOCK-7"),
        (["N1*SF*Cotton Mills Inc"], "MILLS"),
    ],
)
def test_the_supplier_is_named_by_code_or_else_by_the_groups_sender(parties: list[str], supplier: str) -> None:
    assert the_notice(shipped(*parties, without="N1*SU")).supplier == supplier


def test_orders_may_name_the_node_when_they_agree() -> None:
    without = [row for row in SHIPMENT if not row.startswith("N1*ST")]
    assert the_notice(a_notice(shipment=without, order=[*ORDER, "N1*ST**92*WEST"])).node == "WEST"
    assert refusals(read(a_notice(order=[*ORDER, "N1*ST**92*WEST"]))) == [("N104", "WEST")]


def test_a_node_without_its_code_is_refused_and_no_name_is_quoted() -> None:
    (fault,) = read(shipped("N1*ST*Jane Doe*92", without="N1*ST")).faults
    assert (fault.element, fault.value) == ("N104", None)
    assert "Jane" not in fault.reason


@pytest.mark.parametrize(
    ("dated", "eta"),
    [
        (["DTM*002*20270320", "DTM*017*20270311"], (11, 11)),
        (["DTM*002*20270320", "DTM*067*20270312"], (12, 12)),
        (["DTM*371*20270313*0900*ET"], (13, 13)),
        (["DTM*069*20270315"], (15, 15)),
        (["DTM*002*20270320"], (20, 20)),
        (["DTM*017****D8*20270314"], (14, 14)),
        (["DTM*017****RD8*20270314-20270316"], (14, 16)),
    ],
)
def test_the_truck_is_due_when_the_best_date_says(dated: list[str], eta: tuple[int, int]) -> None:
    first, last = eta
    assert the_notice(shipped(*dated, without="DTM")).eta == Window(date(2027, 3, first), date(2027, 3, last))


def test_the_time_of_shipping_is_no_time_of_arrival() -> None:
    notice = the_notice(shipped("DTM*011*20270308", without="DTM"))
    assert (notice.eta, notice.eta_from) == (None, None)


@pytest.mark.parametrize(
    ("transit", "arrives"),
    [
        ("CD*5", 13),
        ("CD*0", 8),
        ("HO*30", 10),
        ("AA*24", 9),
        ("SD*2", 10),
        ("CW*1", 15),
        ("WD*4", 12),
        ("WD*5", 15),
        ("WW*1", 15),
    ],
)
def test_the_carriers_transit_time_tells_when_it_arrives(transit: str, arrives: int) -> None:
    notice = the_notice(shipped("DTM*011*20270308", f"TD5**2*UPSN*M******{transit}", without="DTM"))
    day = date(2027, 3, arrives)
    assert (notice.eta, notice.eta_from) == (Window(day, day), "the carrier's transit time")


@pytest.mark.parametrize("transit", ["ZZ*5", "CD*", "CD*-1", "CD*5.5", "CD*99999"])
def test_a_transit_time_that_cannot_be_read_tells_nothing(transit: str) -> None:
    assert the_notice(shipped("DTM*011*20270308", f"TD5**2*UPSN*M******{transit}", without="DTM")).eta is None


@pytest.mark.parametrize("dated", ["DTM*017*20271301", "DTM*017*20700230", "DTM*017****RD8*20270316-20270314"])
def test_a_day_that_is_none_is_refused(dated: str) -> None:
    assert len(refusals(read(shipped(dated, without="DTM")))) == 1


@pytest.mark.parametrize(
    ("dated", "hour"),
    [("0700", 7), ("0700*LT", 7), ("0700*ET", 12), ("0700*ED", 11), ("0700*PS", 15), ("0700*01", 6), ("0700*19", 13)],
)
def test_the_time_of_shipping_is_read_in_its_zone(dated: str, hour: int) -> None:
    assert the_notice(shipped(f"DTM*011*20270308*{dated}")).shipped_at == datetime(2027, 3, 8, hour, tzinfo=UTC)


def test_a_carrier_is_named_by_its_scac_only() -> None:
    assert the_notice(shipped("TD5*****Big Truck Company", "TD5**2*UPSN")).carrier == "UPSN"
    assert the_notice(shipped("TD5*****Big Truck Company")).carrier is None


def test_purchase_orders_are_read_per_line_and_for_the_notice() -> None:
    second = ["HL*5*1*O", "PRF*PO-9", "HL*6*5*I", "LIN**SK*TEE-L", "SN1**1*EA"]
    notice = the_notice([*a_notice(), *second])
    assert notice.po_number is None
    assert [line.po_number for carton in notice.cartons for line in carton.lines] == ["PO-8", "PO-9"]
    assert the_notice(a_notice()).po_number == "PO-8"


ITEM = ("LIN**SK*TEE-M", "SN1**10*EA")


@pytest.mark.parametrize(
    ("levels", "carton"),
    [
        (["HL*2*1*I", *ITEM], "ASN-1"),
        (["REF*PK*SLIP-9", "HL*2*1*I", *ITEM], "SLIP-9"),
        ([f"MAN*GM*{SSCC}", "REF*PK*SLIP-9", "HL*2*1*I", *ITEM], SSCC),
        (["HL*2*1*O", "HL*3*2*I", *ITEM], "ASN-1"),
        (["HL*2*1*T", f"MAN*GM*{SSCC}", "HL*3*2*I", *ITEM], SSCC),
        (["HL*2*1*T", "HL*3*2*I", *ITEM], "ASN-1"),
        (["HL*2*1*T", f"MAN*GM*{OTHER_SSCC}", "HL*3*2*I", *ITEM, "HL*4*3*P", f"MAN*GM*{SSCC}"], SSCC),
        (["HL*2*1*O", "HL*3*2*T", "HL*4*3*P", f"MAN*GM*{SSCC}", "HL*5*4*I", *ITEM], SSCC),
        (["HL*2*1*T", "HL*3*2*O", "HL*4*3*P", f"MAN*GM*{SSCC}", "HL*5*4*I", *ITEM], SSCC),
        (["HL*2*1*P", f"MAN*AA*{SSCC}", "HL*3*2*I", *ITEM], SSCC),
        (["HL*2*1*P", "MAN*CP*1Z9", "HL*3*2*I", *ITEM], "1Z9"),
        (["HL*2*1*P", "MAN*CP*1Z9", f"MAN*GM*{SSCC}", "HL*3*2*I", *ITEM], SSCC),
    ],
)
def test_each_shape_of_file_names_an_items_carton(levels: list[str], carton: str) -> None:
    assert the_lines([BSN, *SHIPMENT, *levels]) == [(carton, "TEE-M", 10)]


def test_a_carton_that_two_orders_share_is_one() -> None:
    second = ["HL*5*1*O", "HL*6*5*P", f"MAN*GM*{SSCC}", "HL*7*6*I", "LIN**SK*TEE-L", "SN1**1*EA"]
    assert the_lines([*a_notice(), *second]) == [(SSCC, "TEE-M", 10), (SSCC, "TEE-L", 1)]


def test_a_carton_twice_under_one_order_is_refused() -> None:
    second = ["HL*5*2*P", f"MAN*GM*{SSCC}", "HL*6*5*I", *ITEM]
    (fault,) = read([*a_notice(), *second]).faults
    assert SSCC in fault.reason


@pytest.mark.parametrize(
    ("counts", "held"), [(("", ""), [5, 5]), (("SN1**7*EA", "SN1**3*EA"), [7, 3])], ids=["evenly", "as they say"]
)
def test_an_item_above_its_packages_is_shared_out(counts: tuple[str, str], held: list[int]) -> None:
    packages = [["HL*3*2*P", f"MAN*GM*{SSCC}", counts[0]], ["HL*4*2*P", f"MAN*GM*{OTHER_SSCC}", counts[1]]]
    body = [BSN, *SHIPMENT, "HL*2*1*I", *ITEM, *(row for package in packages for row in package if row)]
    assert [qty for _, _, qty in the_lines(body)] == held


@pytest.mark.parametrize("counts", [("SN1**7*EA", "SN1**4*EA"), ("SN1**7*EA", ""), ("SN1**7*EA", "SN1**3*CA")])
def test_packages_that_do_not_add_up_to_their_item_are_refused(counts: tuple[str, str]) -> None:
    packages = [["HL*3*2*P", f"MAN*GM*{SSCC}", counts[0]], ["HL*4*2*P", f"MAN*GM*{OTHER_SSCC}", counts[1]]]
    body = [BSN, *SHIPMENT, "HL*2*1*I", *ITEM, *(row for package in packages for row in package if row)]
    assert refusals(read(body))


@pytest.mark.parametrize(
    ("levels", "element", "value"),
    [
        (["HL*2*9*O"], "HL02", "9"),
        (["HL*2*2*O"], "HL02", "2"),
        (["HL*2*3*O", "HL*3*1*O"], "HL02", "3"),
        (["HL*1*1*O"], "HL01", "1"),
        (["HL*2**S"], "HL02", None),
        (["HL*2*1*S"], "HL02", "1"),
        (["HL*2*1*X"], "HL03", "X"),
        (["HL*2*1*O", "HL*3*2*O"], "HL02", "2"),
        (["HL*2*1*I", *ITEM, "HL*3*2*I", *ITEM], "HL02", "2"),
        (["HL*2*1*O", "HL*3*2*T", "HL*4*3*O"], "HL02", "3"),
    ],
    ids=["unknown", "itself", "later", "twice", "none", "shipment below", "letter", "order", "item", "again"],
)
def test_a_level_stands_under_one_that_came_before(levels: list[str], element: str, value: str | None) -> None:
    assert refusals(read([BSN, *SHIPMENT, *levels]))[0] == (element, value)


def test_the_totals_at_the_end_are_checked() -> None:
    assert the_notice([*a_notice(), "CTT*4*10"])
    assert refusals(read([*a_notice(), "CTT*3"])) == [("CTT01", "3")]
    assert refusals(read([*a_notice(), "CTT*4*11"])) == [("CTT02", "11")]


def test_a_package_that_holds_nothing_is_refused() -> None:
    assert [fault.element for fault in read([BSN, *SHIPMENT, *ORDER, *PACKAGE]).faults] == ["HL"]


def test_a_notice_that_lists_nothing_is_refused() -> None:
    (fault,) = read([BSN, *SHIPMENT]).faults
    assert (fault.element, fault.reason) == ("HL", "this notice lists nothing; expected HL*I")
