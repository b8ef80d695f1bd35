"""The 861 that tells a supplier what became of their truck."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.receiving.facts.file_asns import Advice, AdviceLine, Party
from services.receiving.formats import x12
from tests.unit.receiving.formats.x12.x12_files import NOW, a_file, a_notice
from tests.unit.receiving.formats.x12.x12_peer import complaints

MILLS, US = Party("MILLS"), Party("FIRSTFILL")
TEE = AdviceLine("TEE-M", "614141007349", expected=100, received=97, damaged=2, wrong=0, short=3, over=0)
STRAY = AdviceLine("acme/CAP red", None, expected=0, received=4, damaged=0, wrong=4, short=0, over=0)
ADVICE = Advice("MILLS-01/ASN-1", 1, "MILLS-01", "EAST", datetime(2027, 3, 8, 8, 30, tzinfo=UTC), (TEE, STRAY))


def advised(advice: Advice) -> str:
    return x12.advise(advice, receiver=MILLS, sender=US, control_number=77, now=NOW)


def test_an_advice_names_units_received_and_discrepancies() -> None:
    assert advised(ADVICE).split("~")[3:-4] == [
        "BRA*77-1*20270308*00*2*0900",
        "REF*SI*ASN-1",
        "DTM*050*20270308*08300000*UT",
        "N1*SU**92*MILLS-01",
        "N1*ST**92*EAST",
        "RCD*1*97*EA***3*EA*02*2*EA*01",
        "SN1*1*100*EA",
        "LIN*1*SK*TEE-M*UP*614141007349",
        "RCD*2*4*EA***4*EA*05",
        "LIN*2*SK*acme/CAP red",
        "CTT*2",
    ]


def test_it_goes_to_the_partner_under_their_own_qualifiers_with_the_orders_that_they_named() -> None:
    advice = replace(ADVICE, orders=("PO-8", "PO-9"))
    theirs, ours = Party("0614141000012", "12"), Party("5400000000003", "14")
    text = x12.advise(advice, receiver=theirs, sender=ours, control_number=77, now=NOW)
    assert text.split("*")[5:9] == ["14", "5400000000003  ", "12", "0614141000012  "]
    assert text.split("~")[4:7] == ["REF*SI*ASN-1", "REF*PO*PO-8", "REF*PO*PO-9"]
    assert x12.read_advice(text.encode()) == advice


def test_a_later_version_replaces_the_first() -> None:
    assert "BRA*77-2*20270308*05*2*0900" in advised(replace(ADVICE, version=2))


def test_another_makers_software_accepts_the_envelope() -> None:
    assert complaints(advised(ADVICE)) == ["transaction set 861 is not one this mock implements"]


@pytest.mark.parametrize("sku", ["A*B", "A~B", "A>B", "*~>:|", " spaced ", "Größe M", "A^B"])
def test_a_sku_with_separators_arrives_whole(sku: str) -> None:
    advice = replace(ADVICE, lines=(replace(TEE, sku=sku),))
    assert x12.read_advice(advised(advice).encode()) == advice


def test_an_asn_that_was_not_numbered_by_the_supplier_keeps_its_id() -> None:
    advice = replace(ADVICE, asn_id="portal-7")
    assert x12.read_advice(advised(advice).encode()) == advice


@pytest.mark.parametrize(("party", "number"), [("A" * 16, 1), ("", 1), ("MILLS", 1_000_000_000), ("MILLS", -1)])
def test_a_value_that_an_envelope_cannot_carry_is_refused(party: str, number: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        x12.advise(ADVICE, receiver=Party(party), sender=US, control_number=number, now=NOW)


@pytest.mark.parametrize("content", [b"", a_file(a_notice()), advised(ADVICE).replace("RCD*1*97", "RCD*1*x").encode()])
def test_a_foreign_document_is_not_our_advice(content: bytes) -> None:
    with pytest.raises(x12.NotAnAdvice):
        x12.read_advice(content)
