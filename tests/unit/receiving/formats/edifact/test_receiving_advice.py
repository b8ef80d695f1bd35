"""The receiving advice that goes to the supplier says what became of their truck, and can be read back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.receiving.facts.file_asns import Advice, AdviceLine, Party
from services.receiving.formats import edifact
from services.receiving.formats.edifact.receiving_advice import NotOurAdvice
from tests.unit.receiving.formats.partner_files import NOW

MILLS, US = Party("541"), Party("540")
TEE = AdviceLine("TEE-M", "5412345000013", 24, 21, 2, 0, 3, 0)
MUG = AdviceLine("MUG+RED", None, 0, 4, 0, 4, 0, 0)
ADVICE = Advice("MILLS/DES1", 1, "MILLS", "AMS", datetime(2027, 3, 10, 15, 40, 2, tzinfo=UTC), (TEE, MUG))


def segments(advice: Advice) -> list[str]:
    text = edifact.advise(advice, receiver=MILLS, sender=US, control_number=17, now=NOW)
    return text.removeprefix("UNA:+.? '").split("'")[:-1]


def test_an_advice_names_units_received_and_discrepancies_per_article() -> None:
    assert segments(ADVICE) == [
        "UNB+UNOC:3+540+541+270308:1230+17", "UNH+1+RECADV:D:96A:UN:EAN003", "BGM+352::9+MILLS/DES1/1+9",
        "DTM+137:20270308123000:204", "DTM+50:20270310154002:204", "RFF+AAK:DES1", "RFF+ZZZ:MILLS/DES1",
        "NAD+SU+MILLS", "NAD+DP+AMS", "CPS+1",
        "LIN+1++5412345000013:EN", "PIA+1+TEE-M:IN", "QTY+48:21", "QTY+12:24", "QVR+-3:119", "QVR+-2:124+AF",
        "LIN+2++MUG?+RED:IN", "QTY+48:4", "QTY+12:0", "QVR+4:46+AE+AT",
        "CNT+2:2", "UNT+21+1", "UNZ+1+17",
    ]  # fmt: skip


def test_it_goes_to_the_partner_under_their_own_qualifiers_with_the_orders_that_they_named() -> None:
    advice = replace(ADVICE, orders=("PO-8", "PO-9"))
    theirs, ours = Party("541", "14"), Party("FIRST", "ZZ")
    text = edifact.advise(advice, receiver=theirs, sender=ours, control_number=17, now=NOW)
    assert "UNB+UNOC:3+FIRST:ZZ+541:14+" in text
    assert "'RFF+ON:PO-8'RFF+ON:PO-9'" in text
    assert edifact.read_advice(text.encode()) == advice


def test_units_over_are_advised_as_more() -> None:
    assert "QVR+5:121+AC" in segments(replace(ADVICE, lines=(replace(TEE, received=29, damaged=0, short=0, over=5),)))


def test_a_later_version_replaces_the_one_before() -> None:
    assert segments(replace(ADVICE, version=2))[2] == "BGM+352::9+MILLS/DES1/2+5"


def test_a_sku_beyond_ascii_makes_the_advice_unicode() -> None:
    advice = replace(ADVICE, lines=(replace(MUG, sku="GRÖSSE 袜子"),))
    assert segments(advice)[0].startswith("UNB+UNOW:4+")


@pytest.mark.parametrize("sku", ["A'B", "A?", "??'", "A:B+C", " A ", "GRÖSSE 袜子", "UNZ+1", "A\u0085B"])
def test_any_sku_survives_the_advice(sku: str) -> None:
    advice = replace(ADVICE, lines=(replace(MUG, sku=sku), replace(TEE, sku=sku)))
    text = edifact.advise(advice, receiver=MILLS, sender=US, control_number=17, now=NOW)
    assert edifact.read_advice(text.encode()) == advice


def test_an_asn_that_is_not_named_after_its_supplier_keeps_its_name() -> None:
    advice = replace(ADVICE, asn_id="asn-5521")
    text = edifact.advise(advice, receiver=MILLS, sender=US, control_number=17, now=NOW)
    assert "RFF+AAK:asn-5521'" in text
    assert edifact.read_advice(text.encode()).asn_id == "asn-5521"


@pytest.mark.parametrize("cut", [("RFF+ZZZ", "RFF+ZZY"), ("QTY+48:21", "QTY+48:x"), ("UNZ+1", "UNZ+2"), ("BGM", "BGX")])
def test_a_foreign_document_is_not_our_advice(cut: tuple[str, str]) -> None:
    text = edifact.advise(ADVICE, receiver=MILLS, sender=US, control_number=17, now=NOW)
    with pytest.raises(NotOurAdvice):
        edifact.read_advice(text.replace(*cut).encode())
