"""What the codes in a partner's file mean, and where a file says what nobody knows."""

import json

import pytest

from services.receiving.domain.asns.files import AsnFile, Codes, asn_id_of, judge, unknown_nodes
from services.receiving.facts.file_asns import UNKNOWN_NODE, Fault, FileReading
from services.receiving.formats import asn_json, edifact, x12
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
        (x12.read(X12, NOW, {"EAST"}), "N104", "EAST"),
        (
            edifact.read(DESADV, NOW, {despatch_advices.NODE}),
            "NAD C082/3039",
            despatch_advices.NODE,
        ),
        (asn_json.read(JSON, NOW, {"EAST"}), "node", "EAST"),
    ],
    ids=["x12", "edifact", "json"],
)
def test_an_unknown_node_is_a_fault_at_its_place(reading: FileReading, element: str, value: str) -> None:
    (fault,) = reading.faults
    assert (fault.element, fault.value, fault.reason) == (element, value, UNKNOWN_NODE)
    assert reading.notices == ()


def test_the_answer_to_a_file_for_an_unknown_node_refuses_it() -> None:
    assert "AK5*R" in (x12.read(X12, NOW, {"EAST"}).answer or "")
    assert "UCM+1+DESADV:D:96A:UN:EAN005+4" in (edifact.read(DESADV, NOW, {despatch_advices.NODE}).answer or "")


def test_a_file_is_taken_whole_or_refused_whole() -> None:
    codes = Codes({}, {"EAST": "ams"})
    assert [taken.asn_id for taken in judge(FILE, x12.read(X12, NOW), codes, again=False).taken] == ["MILLS-01/ASN-1"]
    refused = judge(FILE, FileReading("MILLS", faults=(Fault("no"),), answer="997"), codes, again=False)
    assert (refused.taken, refused.answer) == ((), "997")
