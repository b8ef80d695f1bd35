"""What is in the packages of a despatch advice: articles, quantities, lots and dates, to the unit."""

from datetime import date

import pytest

from tests.unit.receiving.formats.edifact.despatch_advices import LIN, QTY, despatch, fault, line, notice, read, sscc

GTIN = "5412345000013"


def cartons(*detail: str) -> dict[str, list[int]]:
    """Return quantities by carton."""
    return {carton.carton_id: [line.qty for line in carton.lines] for carton in notice(despatch(*detail)).cartons}


def fault_places(content: bytes) -> list[str]:
    return [f"{fault.segment} {fault.element}" for fault in read(content).faults]


@pytest.mark.parametrize(
    ("quantities", "read"),
    [
        (("QTY+12:24",), (24, "each", None)),
        (("QTY+12:24:PCE",), (24, "each", None)),
        (("QTY+12:10:CT", "QTY+59:12"), (10, "case", 12)),
        (("QTY+12:10", "QTY+59:12"), (10, "case", 12)),
        (("QTY+12:10", "QTY+59:1"), (10, "each", None)),
        (("QTY+12:120:PCE", "QTY+59:12"), (120, "each", None)),
        (("QTY+12:10:XCS",), (10, "case", None)),
        (("QTY+12:10:PK", "QTY+52:6"), (10, "inner", 6)),
        (("QTY+12:10.000:EA",), (10, "each", None)),
        (("QTY+12:10", "QTY+21:12", "QTY+192:1"), (10, "each", None)),
        (("QTY+12:10:CT", "PCI+33E", "QTY+59:12"), (10, "case", 12)),
        (("QTY+12:10", "LOC+7+SHOP", "QTY+12:4"), (10, "each", None)),
    ],
    ids=["no unit", "pieces", "cases", "cases by content", "holds one", "pieces that come in cases", "content unknown",
         "packs", "decimals", "ordered and free beside", "content in the package", "part for a shop"],
)  # fmt: skip
def test_a_quantity_is_read_to_the_unit(quantities: tuple[str, ...], read: tuple[int, str, int | None]) -> None:
    notice_line = line(LIN, *quantities)
    assert (notice_line.qty, notice_line.uom, notice_line.units_per) == read


@pytest.mark.parametrize(
    ("quantity", "value"),
    [("-1", "-1"), ("1.5", "1.5"), ("1e3", "1e3"), ("9999999999", "9999999999"), ("", None),
     ("1 000", "1 000")],
)  # fmt: skip
def test_only_a_positive_whole_number_is_a_quantity(quantity: str, value: str | None) -> None:
    assert fault(despatch("CPS+1", LIN, f"QTY+12:{quantity}")) == (10, "QTY C186/6060", value)


def test_more_units_than_any_truck_holds_are_refused_at_their_place() -> None:
    content = despatch("CPS+1", LIN, "QTY+12:100000000:CT", "QTY+59:12")
    assert fault(content) == (10, "QTY C186/6060", "100000000")
    assert "at most 1,000,000,000 units" in read(content).faults[0].reason


@pytest.mark.parametrize("mark", ["1,000", "1.000"])
def test_only_the_declared_decimal_mark_is_one(mark: str) -> None:
    content = despatch("CPS+1", LIN, f"QTY+12:{mark}", una="UNA:+,? '")
    if "," in mark:
        assert notice(content).cartons[0].lines[0].qty == 1
    else:
        assert fault(content) == (10, "QTY C186/6060", "1.000")


@pytest.mark.parametrize("unit", ["KGM", "BOX", "ct", "PF"])
def test_an_unknown_unit_is_never_one_each(unit: str) -> None:
    assert fault(despatch("CPS+1", LIN, f"QTY+12:5:{unit}")) == (10, "QTY C186/6411", unit)


@pytest.mark.parametrize("unit", ["BX", "PK", "PA"])
def test_a_unit_of_any_size_needs_its_content(unit: str) -> None:
    assert fault(despatch("CPS+1", LIN, f"QTY+12:5:{unit}")) == (10, "QTY C186/6411", unit)


@pytest.mark.parametrize("quantities", [(), ("QTY+21:5",), ("QTY+12:5", "QTY+12:6")], ids=["none", "ordered", "two"])
def test_a_line_despatches_one_quantity(quantities: tuple[str, ...]) -> None:
    assert fault(despatch("CPS+1", LIN, *quantities))[1] == "QTY C186/6060"


def test_a_content_given_twice_must_agree() -> None:
    assert fault(despatch("CPS+1", LIN, "QTY+12:5:CT", "QTY+59:6", "QTY+52:12"))[0] == 12


@pytest.mark.parametrize(
    ("named", "article"),
    [
        ((f"LIN+1++{GTIN}:EN",), (None, GTIN)),
        ((f"LIN+1++{GTIN}:SRV", "PIA+1+TEE-M:IN"), ("TEE-M", GTIN)),
        (("LIN+1", f"PIA+5+{GTIN}:EN+TEE-M:BP"), ("TEE-M", GTIN)),
        (("LIN+1++TEE-M:IN", "PIA+5+OTHER:IN"), ("TEE-M", None)),
        (("LIN+1", "PIA+1+OTHER:IN", "PIA+5+TEE-M:IN"), ("TEE-M", None)),
        (("LIN+1", "PIA+1+TEE-M:SA"), ("TEE-M", None)),
        ((f"LIN+1++{GTIN}:EN", "PIA+1+77:SA"), (None, GTIN)),
        (("LIN+1++TEE-M:IN", "PIA+4+TEE-S:IN", f"PIA+3+{GTIN}:EN"), ("TEE-M", None)),
    ],
    ids=["a GTIN", "our number beside it", "in PIA", "LIN before PIA", "PIA+5 before PIA+1", "only the supplier's",
         "the supplier's beside a GTIN", "a substitute is another"],
)  # fmt: skip
def test_an_article_is_known_by_gtin_and_by_our_number(named: tuple[str, ...], article: tuple[str, str]) -> None:
    notice_line = line(*named, QTY)
    assert (notice_line.sku, notice_line.gtin) == article


@pytest.mark.parametrize("gtin", ["5412345000014", "541234500001", "ABCDEFGHIJKLM", "54123450000130001"])
def test_a_mistyped_gtin_is_refused(gtin: str) -> None:
    assert fault(despatch("CPS+1", f"LIN+1++{gtin}:EN", QTY)) == (9, "LIN C212/7140", gtin)


def test_a_line_without_an_article_is_refused() -> None:
    assert fault(despatch("CPS+1", "LIN+1", "IMD+F++:::SHIRT", QTY)) == (9, "LIN C212/7140", None)


@pytest.mark.parametrize(
    "said", [("PIA+1+L7:NB",), ("GIN+BX+L7",), ("PCI+36E", "GIN+BX+L7"), ("RFF+BT:L7",), ("PIA+1+L7:NB", "RFF+BT:L7")]
)
def test_a_lot_is_found_wherever_a_partner_writes_it(said: tuple[str, ...]) -> None:
    assert line(LIN, QTY, *said).lot == "L7"


@pytest.mark.parametrize("said", [("PIA+1+L7:NB+L8:NB",), ("GIN+BX+L7+L8",), ("GIN+BX+L7:L9",)])
def test_two_lots_are_two_lines(said: tuple[str, ...]) -> None:
    assert fault(despatch("CPS+1", LIN, QTY, *said))[0] == 11


@pytest.mark.parametrize(
    ("said", "expires_on"),
    [
        (("DTM+36:20280331:102",), date(2028, 3, 31)),
        (("DTM+361:20280331:102",), date(2028, 3, 31)),
        (("DTM+361:20280331:102", "DTM+36:20280430:102"), date(2028, 4, 30)),
        (("DTM+94:20270101:102",), None),
        (("RFF+ON:1", "DTM+36:20280331:102"), None),
    ],
    ids=["expiry", "best before", "expiry before best before", "production is none", "the order's"],
)
def test_a_date_of_expiry_is_the_lines_own(said: tuple[str, ...], expires_on: date | None) -> None:
    assert line(LIN, QTY, *said).expires_on == expires_on


def test_lot_and_expiry_of_a_package_count_for_its_lines() -> None:
    package = ("CPS+1", "PAC+1", "PCI+36E", "DTM+36:20280331:102", "GIN+BX+L7")
    own, other = notice(despatch(*package, LIN, QTY, "CPS+2+1", LIN, QTY, "GIN+BX+L8")).cartons[0].lines
    assert [(line.lot, line.expires_on) for line in (own, other)] == [(lot, date(2028, 3, 31)) for lot in ("L7", "L8")]


def test_a_line_is_in_the_nearest_package_that_has_a_number() -> None:
    pallet, carton = f"GIN+BJ+{sscc(1)}", f"GIN+BJ+00{sscc(2)}"
    shipment = ("CPS+1", "CPS+2+1", "PAC+1", "PCI+33E", pallet, LIN, "QTY+12:1")
    packed = ("CPS+3+2", "PAC+1", "PCI+33E", carton, LIN, "QTY+12:2", "CPS+4+2", "PAC+9", LIN, "QTY+12:3")
    loose = ("CPS+5+1", LIN, "QTY+12:4")
    assert cartons(*shipment, *packed, *loose) == {sscc(1): [1, 3], sscc(2): [2], "DES1": [4]}


def test_packages_alike_share_a_quantity_equally() -> None:
    packages = f"GIN+BJ+{sscc(8)}:{sscc(11)}+{sscc(20)}"
    fields = cartons("CPS+1", "PAC+5", "PCI+33E", packages, LIN, "QTY+12:40", LIN, "QTY+12:5")
    assert fields == {sscc(number): [8, 1] for number in (8, 9, 10, 11, 20)}


def test_a_quantity_that_cannot_be_shared_equally_is_refused() -> None:
    packages = ("CPS+1", f"GIN+BJ+{sscc(1)}+{sscc(2)}")
    assert fault(despatch(*packages, LIN, "QTY+12:3"))[:2] == (10, "LIN")


def test_packages_under_a_line_can_say_how_much_each_holds() -> None:
    first, two = ("PCI+33E", "QTY+12:1", f"GIN+BJ+{sscc(1)}"), ("PCI+33E", "QTY+12:2", f"GIN+BJ+{sscc(2)}")
    assert cartons("CPS+1", LIN, "QTY+12:3", *first, *two) == {sscc(1): [1], sscc(2): [2]}
    assert fault(despatch("CPS+1", LIN, "QTY+12:4", *first, *two))[:2] == (9, "LIN")


@pytest.mark.parametrize(
    ("said", "carton"), [("GIN+ML+BOX-17", "BOX-17"), ("PCI+24+BOX:17", "BOX 17"), ("PCI+30+BOX 17", "BOX 17")]
)
def test_a_suppliers_own_number_names_a_carton(said: str, carton: str) -> None:
    assert cartons("CPS+1", "PAC+1", said, LIN, QTY) == {carton: [24]}


@pytest.mark.parametrize(
    "numbers",
    [sscc(1)[:-1] + "5", "12345", sscc(1)[:-1] + "X", f"{sscc(5)}:{sscc(1)}", f"{sscc(0)}:999999999999999998"],
    ids=["check digit", "too short", "a letter", "backwards", "endless"],
)
def test_a_mistyped_sscc_is_refused(numbers: str) -> None:
    reading = fault_places(despatch("CPS+1", f"GIN+BJ+{numbers}", LIN, QTY))
    assert "9 GIN" in reading[0]


@pytest.mark.parametrize(
    ("detail", "place"),
    [
        (("CPS+1", "CPS+2+9", LIN, QTY), (9, "CPS 7166", "9")),
        (("CPS+1+1", LIN, QTY), (8, "CPS 7166", "1")),
        (("CPS+1", "CPS+1", LIN, QTY), (9, "CPS 7164", "1")),
        (("CPS+1", f"GIN+BJ+{sscc(1)}+{sscc(1)}", LIN, QTY), (10, "LIN", None)),
        (("CPS+1", LIN, QTY, "CNT+2:2"), (11, "CNT C270/6066", "2")),
        (("CPS+1",), (3, "LIN", None)),
    ],
    ids=["unknown parent", "its own parent", "a number twice", "twice in one list", "a line missing",
         "no line"],
)  # fmt: skip
def test_packages_must_add_up(detail: tuple[str, ...], place: tuple[int, str, str | None]) -> None:
    assert fault(despatch(*detail)) == place


def test_packages_nest_to_a_limit() -> None:
    deep = ["CPS+1", *(f"CPS+{n}+{n - 1}" for n in range(2, 14)), LIN, QTY]
    assert fault(despatch(*deep)) == (20, "CPS 7166", "12")
    assert notice(despatch(*deep[:12], LIN, QTY)).cartons[0].carton_id == "DES1"


@pytest.mark.parametrize("lost", [("GIN+ML+B1", QTY), ("PAC+1", "PIA+1+TEE-M:IN"), ("PAC+1", QTY)])
def test_goods_without_their_line_are_refused_not_lost(lost: tuple[str, ...]) -> None:
    assert fault(despatch("CPS+1", *lost, "CPS+2", LIN, QTY))[0] == 8 + len(lost)


def test_a_package_may_name_its_quantity() -> None:
    assert cartons("CPS+1", "PAC+1", "MEA+PD+AAB", "QTY+52:24", "GIN+ML+B1", LIN, QTY) == {"B1": [24]}


def test_a_line_before_its_package_is_refused() -> None:
    assert (8, "LIN") in [(int(place.split()[0]), place.split()[1]) for place in fault_places(despatch(LIN, QTY))]
