"""Which article, and how many units: what stands under an HL*I."""

from datetime import date

import pytest

from tests.unit.receiving.formats.x12.x12_files import a_notice, read, refusals, the_line

UPC, EAN, CASE = "614141007349", "4006381333931", "10614141007346"
TEN = "SN1**10*EA"


@pytest.mark.parametrize(
    ("lin", "sku"),
    [
        ("LIN**VN*M-1*SK*TEE-M", "TEE-M"),
        ("LIN*1*IN*TEE-M*VP*M-1", "TEE-M"),
        ("LIN**BP*TEE-M*CB*77", "TEE-M"),
        ("LIN**VP*M-1", "M-1"),
        ("LIN**MG*M-1", "M-1"),
        (f"LIN**VP*M-1*UP*{UPC}", None),
    ],
)
def test_our_own_number_comes_first_and_the_sellers_last(lin: str, sku: str | None) -> None:
    assert the_line(lin, TEN).sku == sku


@pytest.mark.parametrize(
    ("lin", "uom", "gtin"),
    [
        (f"LIN**UP*{UPC}*UK*{CASE}", "EA", UPC),
        (f"LIN**UP*{UPC}*UK*{CASE}", "CA", CASE),
        (f"LIN**EN*{EAN}", "EA", EAN),
        (f"LIN**UK*{CASE}", "EA", CASE),
        ("LIN**UI*61414100734", "EA", UPC),
        ("LIN**UA*106141410073", "CA", "1061414100730"),
        ("LIN**U2*1061414100734", "CA", CASE),
    ],
)
def test_the_barcode_is_that_of_the_unit_counted(lin: str, uom: str, gtin: str) -> None:
    assert the_line(lin, f"SN1**10*{uom}").gtin == gtin


@pytest.mark.parametrize(
    ("lin", "element"),
    [
        ("LIN**UP*614141007340", "LIN03"),
        ("LIN**UP*61414", "LIN03"),
        ("LIN**SK*TEE-M*EN*40063813339X1", "LIN05"),
        ("LIN**LT*L1", "LIN02"),
        ("LIN", "LIN02"),
        ("LIN**SK*" + "T" * 81, "LIN03"),
        ("LIN**SK*TEE\tM", "LIN03"),
    ],
)
def test_an_article_that_cannot_be_known_is_refused(lin: str, element: str) -> None:
    assert [name for name, _ in refusals(read(a_notice(lin, TEN)))] == [element]


@pytest.mark.parametrize(
    ("item", "counted"),
    [
        (["SN1**10*EA"], (10, "each", 1)),
        (["SN1**10*EA", "PO4*12"], (10, "each", 1)),
        (["SN1**10.000*UN"], (10, "each", 1)),
        (["SN1**10*PC"], (10, "each", 1)),
        (["SN1**10*CA"], (10, "case", None)),
        (["SN1**10*CA", "PO4*12"], (10, "case", 12)),
        (["SN1**10*CT", "PO4*4*************6"], (10, "case", 24)),
        (["SN1**10*PK", "PO4*4*************6"], (10, "inner", 6)),
        (["SN1**10*PK", "PO4*4"], (10, "inner", None)),
    ],
)
def test_quantities_carry_their_unit_and_its_content(item: list[str], counted: tuple[int, str, int | None]) -> None:
    line = the_line("LIN**SK*TEE-M", *item)
    assert (line.qty, line.uom, line.units_per) == counted


@pytest.mark.parametrize(
    ("sn1", "element", "value"),
    [
        ("SN1**1.5*EA", "SN102", "1.5"),
        ("SN1**-4*EA", "SN102", "-4"),
        ("SN1***EA", "SN102", None),
        ("SN1**²*EA", "SN102", "²"),
        ("SN1**2000000000*EA", "SN102", "2000000000"),
        ("SN1**10*XX", "SN103", "XX"),
        ("SN1**10*ea", "SN103", "ea"),
        ("SN1**10", "SN103", None),
    ],
)
def test_an_uncountable_quantity_is_refused_and_never_guessed(sn1: str, element: str, value: str | None) -> None:
    assert refusals(read(a_notice("LIN**SK*TEE-M", sn1))) == [(element, value)]


@pytest.mark.parametrize(
    "item", [["LIN**SK*TEE-M"], [TEN], ["LIN**SK*TEE-M", TEN, TEN], ["LIN**SK*A", "LIN**SK*B", TEN]]
)
def test_an_item_has_one_article_and_one_quantity(item: list[str]) -> None:
    assert len(refusals(read(a_notice(*item)))) == 1


@pytest.mark.parametrize("where", ["LIN**SK*VITC*LT*L42", "REF*LT*L42", "N9*LT*L42"])
def test_a_lot_is_read_from_either_place(where: str) -> None:
    lin = where if where.startswith("LIN") else "LIN**SK*VITC"
    assert the_line(lin, TEN, *([] if lin == where else [where])).lot == "L42"


@pytest.mark.parametrize("dated", ["DTM*036*20280131", "DTM*208*20280131", "DTM*036****D8*20280131"])
def test_an_expiry_is_read_from_its_date(dated: str) -> None:
    assert the_line("LIN**SK*VITC", TEN, dated).expires_on == date(2028, 1, 31)


@pytest.mark.parametrize(
    ("mark", "value"),
    [
        ("MAN*GM*00006141400000000014", "00006141400000000014"),
        ("MAN*GM*006141400000000014", "006141400000000014"),
        ("MAN*GM*01006141400000000013", "01006141400000000013"),
        ("MAN*GM*12345", "12345"),
        ("MAN*GM", None),
    ],
)
def test_an_sscc_must_be_sound(mark: str, value: str | None) -> None:
    assert refusals(read(a_notice(package=["HL*3*2*P", mark]))) == [("MAN02", value)]


def test_more_units_than_any_truck_holds_are_refused_at_their_place() -> None:
    reading = read(a_notice("LIN**SK*TEE-M", "SN1**100000000*CA", "PO4*12"))
    assert refusals(reading) == [("PO401", "12")]
    assert "at most 1,000,000,000 units" in reading.faults[0].reason
