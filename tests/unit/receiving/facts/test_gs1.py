"""Barcodes: what the rules of GS1 allow, and what the dock reads out of them."""

from datetime import date

import pytest

from services.receiving.facts.gs1 import BarcodeReading, check_digit_holds, day_of, full_year, read
from services.receiving.formats.barcodes import parse

ON = date(2027, 3, 11)
SSCC, GTIN, CASE, OTHER = "095201230000000011", "09520123450014", "19520123450011", "04006381333931"
GS = "\x1d"
ITEM, CONTENT, PALLET = f"01{GTIN}", f"02{GTIN}3712", f"00{SSCC}"

# By hand from the GS1 General Specifications and the GS1 Barcode Syntax Dictionary: no installable second
# implementation enforces associations. A part of the broken rule, or None where the barcode keeps them all.
VECTORS: list[tuple[str, str | None]] = [
    (PALLET, None),
    (f"00{SSCC[:-1]}2", "check digit of (00)"),
    (ITEM, None),
    (f"01{GTIN[:-1]}5", "check digit of (01)"),
    (f"{ITEM}10ABC", None),
    (f"{ITEM}10ABC{GS}17280831", None),
    (f"{ITEM}17280831" + "10ABC", None),
    (f"10ABC{GS}{ITEM}", None),
    ("10ABC", "(10) needs (01)"),
    ("11270101", "(11) needs (01)"),
    ("13270101", "(13) needs (01)"),
    ("15270101", "(15) needs (01)"),
    ("16270101", "(16) needs (01)"),
    ("17270101", "(17) needs (01)"),
    ("21123", "(21) needs (01)"),
    ("12270101", "(12) needs (8020)"),
    (f"{ITEM}11270101", None),
    (f"{ITEM}13270101", None),
    (f"{ITEM}15270101", None),
    (f"{ITEM}16270101", None),
    (f"{ITEM}17270230", "(17) is no date"),
    (f"{ITEM}17270229", "(17) is no date"),
    (f"{ITEM}17280229", None),
    (f"{ITEM}17280200", None),
    (f"{ITEM}15271301", "no GS1 element strings"),
    (f"{ITEM}15270001", "(15) is no date"),
    (f"{ITEM}21SERIAL1", None),
    (f"{ITEM}21A{GS}235B", "(21) must not stand with (235)"),
    (f"{ITEM}235B", None),
    ("235B", "(235) needs (01)"),
    (f"{ITEM}2201", None),
    ("2201", "(22) needs (01)"),
    (f"{ITEM}{CONTENT}{GS}{PALLET}", "must not stand with"),
    (f"{ITEM}37012", "(01) must not stand with (37)"),
    (f"{ITEM}02{OTHER}", "(01) must not stand with (02)"),
    (f"02{GTIN}", "(02) needs (37)"),
    (CONTENT, "(37) needs (00)"),
    ("3712", "(37) needs (00)"),
    (f"{PALLET}3712", "(37) needs (02) or (8026)"),
    (f"{PALLET}{CONTENT}", None),
    (f"{PALLET}{CONTENT}{GS}10L1", None),
    (f"{PALLET}{CONTENT}{GS}15281231{'10L1'}", None),
    (f"{PALLET}02{GTIN}3700000000", "(37) counts nothing"),
    (f"{PALLET}{CONTENT}{GS}21X", "(21) needs (01)"),
    (f"{ITEM}01{GTIN}", None),
    (f"{ITEM}01{OTHER}", "(01) stands there twice"),
    (f"{ITEM}10A{GS}10B", "(10) stands there twice"),
    (f"{ITEM}3102001500", None),
    ("3102001500", "(3102) needs (01)"),
    (f"{ITEM}31020015003103001500", "measure the same"),
    (f"{ITEM}31020015003201001500", None),
    (f"{PALLET}3302001500", None),
    ("3302001500", "(3302) needs (00)"),
    (f"{ITEM}3012", None),
    ("3012", "(30) needs (01)"),
    (f"{ITEM}3000", "(30) counts nothing"),
    (f"{ITEM}240X", None),
    ("240X", "(240) needs (01)"),
    (f"{ITEM}250X{GS}21Y", None),
    (f"{ITEM}250X", "(250) needs (21)"),
    ("250X", "(250) needs (01)"),
    ("400PO-1", None),
    ("403ROUTE", "(403) needs (00)"),
    (f"{PALLET}403ROUTE", None),
    (f"{PALLET}4209711AB", None),
    (f"{PALLET}4209711AB{GS}421528971", "(420) must not stand with (421)"),
    ("4109520123000004", None),
    ("4109520123000005", "check digit of (410)"),
    (f"{ITEM}422528", None),
    (f"{ITEM}422528{GS}426528", "(422) must not stand with (426)"),
    (f"{ITEM}70032703111200", None),
    ("70032703111200", "(7003) needs (01)"),
    (f"{ITEM}7004100{GS}10A", None),
    (f"{ITEM}7004100", "(7004) needs (10)"),
    (f"{ITEM}8200https://x.example", None),
    ("8200https://x.example", "(8200) needs (01)"),
    (f"{ITEM}8005000199", None),
    (f"{ITEM}3922199", "(3922) needs (30)"),
    (f"{ITEM}3922199{GS}3102001500", None),
    (f"{ITEM}9012345", None),
    (f"{ITEM}91INTERNAL", None),
    (f"8006{GTIN}0102", None),
    (f"8006{GTIN}0102{ITEM}", "a separator is missing"),
    (f"8006{GTIN}0102{GS}{ITEM}", "must not stand with"),
    (f"{PALLET}8026{GTIN}0102{GS}373", None),
    (f"8026{GTIN}0102", "(8026) needs (37)"),
    (f"{ITEM}10{'X' * 20}", None),
    (f"{ITEM}10{'X' * 21}", "no GS1 element strings"),
    (f"{ITEM}10A B", "no GS1 element strings"),
    ("01123", "no GS1 element strings"),
    ("", "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("barcode", "broken"), VECTORS)
@pytest.mark.parametrize("symbology", ["]C1", "]d2"])
def test_the_rules_of_gs1(barcode: str, broken: str | None, symbology: str) -> None:
    text = read(parse(symbology + GS * (symbology == "]d2") + barcode), ON).broken
    assert text is None if broken is None else text is not None
    assert (broken or "") in (text or "")


@pytest.mark.parametrize("before", ["]C1", "]d2", "]e0", "]Q3", GS, ""])
def test_a_case_tells_its_item_lot_and_expiry(before: str) -> None:
    assert read(parse(f"{before}01{CASE}17280831" + "10VC2702A"), ON) == BarcodeReading(
        gtin=CASE, lot="VC2702A", expires_on=date(2028, 8, 31)
    )


def test_the_symbology_may_be_given_separately() -> None:
    assert read(parse(f"01{CASE}10A", "]C1"), ON).gtin == CASE
    assert parse("0109520123450014", "]C0").elements == (), "a plain Code 128 is no GS1"


@pytest.mark.parametrize(
    ("barcode", "gtin"),
    [
        ("4006381333931", "04006381333931"),
        ("]E04006381333931", "04006381333931"),
        ("]E34006381333931" + "05", "04006381333931"),
        ("012345678905", "00012345678905"),
        ("]E00012345678905", "00012345678905"),
        ("96385074", "00000096385074"),
        ("]E496385074", "00000096385074"),
        ("14006381333938", "14006381333938"),
        ("]I114006381333938", "14006381333938"),
    ],
)
def test_a_number_is_a_gtin_of_its_length(barcode: str, gtin: str) -> None:
    assert read(parse(barcode), ON) == BarcodeReading(gtin=gtin)


@pytest.mark.parametrize("barcode", ["4006381333930", "]E04006381333930", "]I114006381333939", "096385074", "]E4123"])
def test_a_number_that_is_no_gtin_is_refused(barcode: str) -> None:
    assert (read(parse(barcode), ON).gtin, parse("096385074").elements) == (None, ())


@pytest.mark.parametrize("barcode", [SSCC, f"00{SSCC}", f"]C100{SSCC}", f"{GS}00{SSCC}"])
def test_an_sscc_is_the_same_with_and_without_its_ai(barcode: str) -> None:
    assert read(parse(barcode), ON) == BarcodeReading(sscc=SSCC)


@pytest.mark.parametrize("barcode", ["CTN-1", "PALLET 77", "2024-000123"])
def test_a_text_that_is_no_gs1_stays_a_text(barcode: str) -> None:
    symbol = parse(barcode)
    assert (symbol.text, symbol.elements, symbol.fault) == (barcode, (), None)


def test_the_content_of_a_pallet_is_whole_once_its_label_was_scanned() -> None:
    assert read(parse(CONTENT), ON).broken == "(37) needs (00)"
    assert read(parse(CONTENT), ON, {"00"}) == BarcodeReading(gtin=GTIN, count=12)


def test_use_by_goes_before_best_before() -> None:
    both = read(parse(f"{ITEM}15280131" + "17280229" + "11270301"), ON)
    assert (both.expires_on, both.produced_on) == (date(2028, 2, 29), date(2027, 3, 1))


@pytest.mark.parametrize(
    ("digits", "day"),
    [("280200", date(2028, 2, 29)), ("270200", date(2027, 2, 28)), ("271231", date(2027, 12, 31)), ("270431", None)],
)
def test_day_00_is_the_last_of_the_month(digits: str, day: date | None) -> None:
    assert day_of(digits, ON) == day


@pytest.mark.parametrize(
    ("two_digits", "current", "year"),
    [(77, 2027, 2077), (78, 2027, 1978), (27, 2027, 2027), (99, 2027, 1999), (0, 2027, 2000), (49, 2099, 2149),
     (50, 2099, 2050), (1, 2051, 2101), (2, 2051, 2002)],
)  # fmt: skip
def test_a_year_is_at_most_50_ahead_and_49_back(two_digits: int, current: int, year: int) -> None:
    assert full_year(two_digits, current) == year


def test_every_single_wrong_digit_is_found() -> None:
    for place in range(len(SSCC)):
        wrong = [SSCC[:place] + digit + SSCC[place + 1 :] for digit in "0123456789" if digit != SSCC[place]]
        assert not any(map(check_digit_holds, wrong))


LOT = ("10", "ABC")


@pytest.mark.parametrize(
    ("barcode", "elements"),
    [
        (f"https://id.gs1.org/01/{GTIN}/10/ABC?17=280831", (("01", GTIN), LOT, ("17", "280831"))),
        (f"HTTPS://shop.example/tees/01/{GTIN}/10/A%2FB", (("01", GTIN), ("10", "A/B"))),
        (f"https://id.gs1.org/00/{SSCC}", (("00", SSCC),)),
        ("https://shop.example/tees", ()),
        (f"(01){GTIN}(10)ABC(17)280831", (("01", GTIN), LOT, ("17", "280831"))),
        (f"01{GTIN}10ABC<GS>17280831", (("01", GTIN), LOT, ("17", "280831"))),
        (f"]d2<FNC1>01{GTIN}10ABC{{GS}}17280831", (("01", GTIN), LOT, ("17", "280831"))),
        ("4006381333931\r\n", (("01", OTHER),)),
        ("4006381333931\t", (("01", OTHER),)),
        ("04252614", (("01", "00042100005264"),)),
        ("]E004252614", (("01", "00042100005264"),)),
        ("]E496385074", (("01", "00000096385074"),)),
        ("96385074", (("01", "00000096385074"),)),
        (f"]E04006381333931|10ABC{GS}17280831", (("01", OTHER), LOT, ("17", "280831"))),
        (f"]E04006381333931]e010ABC{GS}17280831", (("01", OTHER), LOT, ("17", "280831"))),
    ],
)
def test_what_scanners_and_keyboards_make_of_a_barcode_is_read(
    barcode: str, elements: tuple[tuple[str, str], ...]
) -> None:
    symbol = parse(barcode)
    assert (symbol.elements, symbol.fault) == (elements, None)


def test_an_expiry_with_a_time_is_one() -> None:
    assert read(parse(f"]C101{GTIN}70032808311200{GS}10ABC"), ON).expires_on == date(2028, 8, 31)
    assert read(parse(f"]C101{GTIN}70032808311200{GS}17280830"), ON).expires_on == date(2028, 8, 30)


def test_an_item_that_holds_a_number_of_its_own_is_that_many_units() -> None:
    reading = read(parse(f"]C101{GTIN}3012"), ON)
    assert (reading.items, reading.count, reading.doubt) == (12, 1, None)


@pytest.mark.parametrize(
    ("barcode", "doubt"),
    [
        (f"01{GTIN}3102001500", "(3102) measures it"),
        (f"01{GTIN}310200150030{'7'}", None),
        (f"01{GTIN}10ABC17280831", "lot ABC17280831 may be lot ABC and (17)280831"),
        (f"01{GTIN}10ABC15280831", "was a separator (FNC1) lost?"),
        (f"01{GTIN}10ABC17280831{GS}21X", None),
        (f"01{GTIN}17280831" + "10ABC17280831", None),
        (f"01{GTIN}1017280831", None),
        (f"01{GTIN}10ABC17990831", None),
        (f"01{GTIN}10ABC17281331", None),
    ],
)
def test_what_a_barcode_does_not_say_for_certain_is_a_doubt(barcode: str, doubt: str | None) -> None:
    reading = read(parse(f"]C1{barcode}"), ON)
    assert reading.broken is None
    assert (reading.doubt is None) == (doubt is None)
    assert (doubt or "") in (reading.doubt or "")
