"""The 997 that answers a file: what it says, and that another maker's software can read it."""

from pathlib import Path

import pytest

from services.receiving.facts.file_asns import FOR_ANOTHER, FileAsn, Objections
from services.receiving.formats import x12
from tests.unit.receiving.formats.answers import sent
from tests.unit.receiving.formats.x12.x12_files import NOW, a_group, a_notice, a_set, an_interchange, read, written
from tests.unit.receiving.formats.x12.x12_peer import complaints, ship_notice, verdicts

CORPUS = sorted((Path(__file__).resolve().parents[4] / "corpus" / "x12").glob("*.edi"))
# The peer speaks 004010 and 005010 only, and its list of X12 element 718 lacks 23, which 004010 has.
UNKNOWN_TO_THE_PEER = ("GS08 names version", "23 is not a code AK502 accepts", "one or more segments in error")


def answered(*segments: str) -> list[str]:
    answer = sent(x12.read(written(segments), NOW))
    assert answer
    return verdicts(answer)


def test_a_file_without_fault_is_accepted() -> None:
    assert verdicts(sent(read(a_notice()))) == ["AK1*SH*1", "AK2*856*0001", "AK5*A", "AK9*A*1*1*1"]


def test_an_answer_goes_to_its_sender_under_the_next_number_of_theirs() -> None:
    answer = sent(read(a_notice()), 41)
    isa = answer.split("~")[0].split("*")
    assert [row.strip() for row in isa[5:9]] == ["ZZ", "FIRSTFILL", "ZZ", "MILLS"]
    assert isa[9:14] == ["270308", "0900", "U", "00401", "000000041"]
    assert answer.endswith("IEA*1*000000041~")
    assert "GS*FA*FIRSTFILL*MILLS*20270308*0900*1*X*004010~" in answer


def test_a_bad_value_is_named_by_segment_element_and_copy() -> None:
    assert verdicts(sent(read(a_notice("LIN**SK*TEE-M", "SN1**1.5*XX")))) == [
        "AK1*SH*1",
        "AK2*856*0001",
        "AK3*SN1*13**8",
        "AK4*2**7*1.5",
        "AK4*3**7*XX",
        "AK5*R*5",
        "AK9*R*1*1*0",
    ]


def test_a_missing_segment_is_named_at_its_place() -> None:
    assert "AK3*LIN*11**3" in verdicts(sent(read(a_notice("SN1**1*EA"))))


def test_sets_that_were_fine_are_rejected_without_a_reason_of_their_own() -> None:
    bad = a_set(a_notice("LIN**SK*A", "SN1**0*EA", bsn="BSN*00*ASN-2*20270308*0801"), "0002")
    other = a_set(a_notice(bsn="BSN*00*ASN-3*20270308*0801"))
    file = an_interchange(a_group(a_set(a_notice()), bad), a_group(other, number="2"))
    assert [text for text in answered(*file) if text[:3] in ("AK5", "AK9")] == [
        "AK5*R",
        "AK5*R*5",
        "AK9*R*2*2*0",
        "AK5*R",
        "AK9*R*1*1*0",
    ]


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ("GE*1*1", "GE*1*9", "AK9*R*1*1*0*4"),
        ("GE*1*1", "GE*5*1", "AK9*R*5*1*0*5"),
        ("004010", "003060", "AK9*R*1*1*0*2"),
        ("GS*SH", "GS*IN", "AK9*R*1*1*0*1"),
        ("ST*856", "ST*810", "AK5*R*1"),
        ("SE*14*0001", "SE*14*0009", "AK5*R*3"),
        ("SE*14", "SE*15", "AK5*R*4"),
        ("~SE*14*0001~", "~", "AK5*R*2"),
        ("~GE*1*1~", "~", "AK9*R*1*1*0*3"),
        ("~IEA*1*000000101~", "~", "AK9*R*1*1*0"),
    ],
)
def test_a_fault_of_the_envelope_has_its_own_code(before: str, after: str, verdict: str) -> None:
    content = written(an_interchange(a_group(a_set(a_notice()))), "~").replace(before.encode(), after.encode(), 1)
    assert verdict in verdicts(sent(x12.read(content, NOW)))


@pytest.mark.parametrize(
    ("before", "after", "ta1"),
    [
        ("*000000101*0*P*", "*000000101*1*P*", "A*000"),
        ("IEA*1*000000101", "IEA*2*000000101", "R*021"),
        ("IEA*1*000000101", "IEA*1*000000102", "R*001"),
        ("~IEA*1*000000101~", "~", "R*023"),
        ("~GE*1*1~", "~XX*1~GE*1*1~", "R*022"),
    ],
)
def test_a_ta1_answers_the_envelope_where_it_is_asked_for_or_wrong(before: str, after: str, ta1: str) -> None:
    content = written(an_interchange(a_group(a_set(a_notice()))), "~").replace(before.encode(), after.encode(), 1)
    segments = sent(x12.read(content, NOW)).split("~")
    assert [segment[:4] for segment in segments[:3]] == ["ISA*", "TA1*", "GS*F"]
    assert segments[1] == f"TA1*000000101*270308*0801*{ta1}"


def test_an_envelope_without_a_group_is_answered_by_a_ta1_alone() -> None:
    answer = sent(x12.read(written(an_interchange(), "~"), NOW))
    assert [segment.partition("*")[0] for segment in answer.split("~")] == ["ISA", "TA1", "IEA", ""]
    assert "~IEA*0*000000001~" in answer


def test_an_envelope_that_is_right_gets_no_ta1_unasked() -> None:
    assert "TA1" not in sent(read(a_notice()))


def test_an_acknowledgement_is_never_acknowledged() -> None:
    answer = a_group(a_set(["AK1*RC*1", "AK9*A*1*1*1"], kind="997"), kind="FA")
    reading = x12.read(written(an_interchange(answer)), NOW)
    assert reading.faults
    assert reading.answer is None


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_another_makers_software_accepts_our_answer(file: Path) -> None:
    answer = sent(x12.read(file.read_bytes(), NOW))
    assert [note for note in complaints(answer or "") if not note.startswith(UNKNOWN_TO_THE_PEER)] == []


def test_a_notice_that_another_makers_software_wrote_is_read() -> None:
    line = {"line": "1", "shipped": "24", "quantity": "30", "uom": "EA", "sku": "M-1", "upc": "614141007349"}
    reading = x12.read(ship_notice([line], "20270311", NOW), NOW)
    assert reading.faults == ()
    (notice,) = reading.notices
    assert isinstance(notice, FileAsn)
    assert notice.asn_id == "MILLS-01/SHP-1"
    assert [(line.gtin, line.qty, line.po_number) for line in notice.cartons[0].lines] == [("614141007349", 24, "PO-8")]


def test_a_file_for_another_receiver_is_refused_by_a_ta1() -> None:
    reading = read(a_notice(), objections=Objections(ours=frozenset({"US"})))
    (fault,) = reading.faults
    assert (fault.element, fault.value, fault.reason) == ("ISA08", "FIRSTFILL", FOR_ANOTHER)
    assert "TA1*000000101*270308*0801*R*009~" in sent(reading)
    assert not read(a_notice(), objections=Objections(ours=frozenset({"US", "FIRSTFILL"}))).faults
