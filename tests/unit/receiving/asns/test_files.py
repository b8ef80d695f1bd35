"""What the codes in a partner's file mean, and where a file says what nobody knows."""

import json

import pytest

from services.receiving.domain.asns.files import AsnFile, Codes, TakenBefore, Verdict, asn_id_of, take, unknown_nodes
from services.receiving.facts.file_asns import (
    UNKNOWN_NODE,
    Cancellation,
    Fault,
    FileAnswer,
    FileAsn,
    FileReading,
    Objections,
)
from services.receiving.formats import asn_json, edifact, x12
from tests.unit.receiving.formats.answers import sent
from tests.unit.receiving.formats.edifact import despatch_advices
from tests.unit.receiving.formats.x12 import x12_files
from tests.unit.receiving.formats.x12.x12_files import NOW

X12 = x12_files.a_file(x12_files.a_notice())
DESADV = despatch_advices.despatch("CPS+1", despatch_advices.LIN, despatch_advices.QTY)
JSON = json.dumps({
    "asn_id": "A-1", "revision": 1, "supplier_id": "mills", "node": "EAST",
    "eta": {"earliest": "2027-03-09", "latest": "2027-03-10"},
    "cartons": [{"carton_id": "c1", "lines": [{"sku": "TEE-M", "qty": 4}]}],
}).encode()  # fmt: skip
(DESADV_NOTICE,) = edifact.read(DESADV, NOW).notices
OF_DESADV = (DESADV_NOTICE.asn_id, DESADV_NOTICE.revision)
FILE = AsnFile("file-1", "mills", "", "x12", X12, NOW)


def test_an_asn_is_named_for_its_supplier_and_their_number() -> None:
    (notice,) = x12.read(X12, NOW).notices
    assert asn_id_of(notice, Codes({"MILLS-01": "mills"}, {})) == "mills/ASN-1"
    assert asn_id_of(notice, Codes({}, {})) == "MILLS-01/ASN-1"
    (own,) = asn_json.read(JSON, NOW).notices
    assert asn_id_of(own, Codes({}, {})) == "mills/A-1"


def test_a_node_never_announced_is_unknown() -> None:
    reading = x12.read(X12, NOW)
    assert unknown_nodes(reading, Codes({}, {})) == {"EAST"}
    assert unknown_nodes(reading, Codes({}, {"EAST": "ams"})) == set()


@pytest.mark.parametrize(
    ("reading", "element", "value"),
    [
        (x12.read(X12, NOW, Objections(frozenset({"EAST"}))), "N104", "EAST"),
        (
            edifact.read(DESADV, NOW, Objections(frozenset({despatch_advices.NODE}))),
            "NAD C082/3039",
            despatch_advices.NODE,
        ),
        (asn_json.read(JSON, NOW, Objections(frozenset({"EAST"}))), "node", "EAST"),
    ],
    ids=["x12", "edifact", "json"],
)
def test_an_unknown_node_is_a_fault_at_its_place(reading: FileReading, element: str, value: str) -> None:
    (fault,) = reading.faults
    assert (fault.element, fault.value, fault.reason) == (element, value, UNKNOWN_NODE)
    assert reading.notices == ()


def test_the_answer_to_a_file_for_an_unknown_node_refuses_it() -> None:
    assert "AK5*R" in sent(x12.read(X12, NOW, Objections(frozenset({"EAST"}))))
    refused = edifact.read(DESADV, NOW, Objections(frozenset({despatch_advices.NODE})))
    assert "UCM+1+DESADV:D:96A:UN:EAN005+4" in sent(refused)


MILLS = Codes({}, {"EAST": "ams"})


def an_x12(bsn: str = "BSN*00*ASN-1*20270308*0801", qty: int = 10) -> FileAsn | Cancellation:
    """Return the notice of a file that says this quantity."""
    (notice,) = x12_files.read(x12_files.a_notice("LIN**SK*TEE-M", f"SN1**{qty}*EA", bsn=bsn)).notices
    return notice


def taken(*notices: FileAsn | Cancellation, exact: bool = False, highest: int = 0) -> list[tuple[int, bool] | None]:
    """Take notices one after the other; return revision and whether it was taken before, None of what is outdated."""
    before, answers = TakenBefore(highest={"MILLS-01/ASN-1": highest}), list[tuple[int, bool] | None]()
    for notice in notices:
        if answer := take(notice, MILLS, before, exact=exact):
            before.add(answer)
        answers.append((answer.revision, answer.repeated) if answer else None)
    return answers


FIRST = 20270308080100


def test_a_correction_under_the_same_date_and_time_is_told_by_its_content() -> None:
    first, fewer = an_x12(), an_x12("BSN*05*ASN-1*20270308*0801", 7)
    assert taken(first, fewer, first, fewer) == [
        (FIRST, False),
        (FIRST + 1, False),
        (FIRST, True),
        (FIRST + 1, True),
    ]
    assert taken(first, an_x12("BSN*05*ASN-1*20270308*0801")) == [(FIRST, False), (FIRST, True)]


@pytest.mark.parametrize("purpose", ["01", "04", "05"])
def test_whatever_its_purpose_it_replaces_what_was_taken(purpose: str) -> None:
    assert taken(an_x12(), an_x12(f"BSN*{purpose}*ASN-1*20270308*0801", 8))[1] == (FIRST + 1, False)


def test_a_later_notice_comes_after_a_correction() -> None:
    fewer, later = an_x12("BSN*05*ASN-1*20270308*0801", 7), an_x12("BSN*05*ASN-1*20270308*080101", 6)
    assert taken(an_x12(), fewer, later) == [(FIRST, False), (FIRST + 1, False), (FIRST + 2, False)]


def test_an_older_notice_that_says_something_else_is_outdated() -> None:
    older = an_x12("BSN*00*ASN-1*20270307*0801", 7)
    assert taken(an_x12(), older) == [(FIRST, False), None]
    assert taken(older, an_x12(), older)[2] == (20270307080100, True)


def test_a_revision_that_is_told_by_number_must_be_raised() -> None:
    (first,) = asn_json.read(JSON, NOW).notices
    (other,) = asn_json.read(JSON.replace(b'"qty": 4', b'"qty": 5'), NOW).notices
    assert taken(first, first, other, exact=True) == [(1, False), (1, True), None]


@pytest.mark.parametrize(
    ("reading", "element"),
    [
        (x12.read(X12, NOW, Objections(outdated=frozenset({("MILLS-01/ASN-1", FIRST)}))), "BSN03"),
        (edifact.read(DESADV, NOW, Objections(outdated=frozenset({OF_DESADV}))), "DTM C507/2380"),
        (asn_json.read(JSON, NOW, Objections(outdated=frozenset({("A-1", 1)}))), "revision"),
    ],
    ids=["x12", "edifact", "json"],
)
def test_an_outdated_notice_is_a_fault_at_its_place(reading: FileReading, element: str) -> None:
    assert [fault.element for fault in reading.faults] == [element]


def test_our_own_refusal_has_no_answer_that_accepts_the_file() -> None:
    answer = FileAnswer(1, str)
    accepting = FileReading("MILLS", answer=answer)
    assert Verdict(FILE, accepting, (Fault("no"),)).unwritten is None
    refusing = FileReading("MILLS", faults=(Fault("no"),), answer=answer)
    assert Verdict(FILE, refusing, (Fault("no"),)).unwritten is answer
    assert Verdict(FILE, accepting).unwritten is answer
