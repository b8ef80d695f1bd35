"""An envelope that does not add up means that something was lost: the file is refused whole."""

import pytest

from services.receiving.facts.file_asns import FileReading
from services.receiving.formats import x12
from tests.unit.receiving.formats.x12.x12_files import (
    NOW,
    a_file,
    a_group,
    a_notice,
    a_set,
    an_interchange,
    refusals,
    written,
)

GOOD = a_file(a_notice())


def changed(before: str, after: str) -> FileReading:
    assert before.encode() in GOOD
    return x12.read(GOOD.replace(before.encode(), after.encode(), 1), NOW)


@pytest.mark.parametrize(
    ("before", "after", "element", "value"),
    [
        ("SE*14", "SE*13", "SE01", "13"),
        ("SE*14*0001", "SE*14*0002", "SE02", "0002"),
        ("GE*1*1", "GE*1*2", "GE02", "2"),
        ("GE*1*1", "GE*7*1", "GE01", "7"),
        ("IEA*1*000000101", "IEA*1*000000102", "IEA02", "000000102"),
        ("IEA*1*000000101", "IEA*2*000000101", "IEA01", "2"),
        ("ST*856*0001", "ST*856*1", "ST02", "1"),
        ("*1*X*004010", "*1*X*003060", "GS08", "003060"),
        ("*MILLS          *", "*MILLS*", "ISA06", "MILLS"),
    ],
)
def test_an_envelopes_own_figures_must_hold(before: str, after: str, element: str, value: str) -> None:
    assert (element, value) in refusals(changed(before, after))


@pytest.mark.parametrize("trailer", ["SE*14*0001~\n", "GE*1*1~\n", "IEA*1*000000101~\n"])
def test_a_missing_trailer_is_named(trailer: str) -> None:
    reasons = [fault.reason for fault in changed(trailer, "").faults]
    assert any(reason.startswith(f"{trailer.split('*')[0]} is missing") for reason in reasons)


@pytest.mark.parametrize("cut", range(1, len(GOOD) - 1, 7))
def test_a_file_that_was_cut_off_is_never_read_in_part(cut: int) -> None:
    reading = x12.read(GOOD[:cut], NOW)
    assert reading.faults
    assert reading.notices == ()


def test_an_interchange_may_end_without_its_last_line_end() -> None:
    segments = an_interchange(a_group(a_set(a_notice())))
    assert x12.read(written(segments, "\n")[:-1], NOW).faults == ()


def test_the_segment_of_a_fault_is_counted_in_the_file() -> None:
    second = a_set(a_notice("LIN**SK*TEE-M", "SN1**10*XX", bsn="BSN*00*ASN-2*20270308*0801"), "0002")
    segments = an_interchange(a_group(a_set(a_notice()), second))
    (fault,) = x12.read(written(segments), NOW).faults
    assert fault.segment == segments.index("SN1**10*XX") + 1


def test_one_bad_set_refuses_the_good_ones() -> None:
    bad = a_set(a_notice("LIN**SK*TEE-M", "SN1**1.5*EA", bsn="BSN*00*ASN-2*20270308*0801"), "0002")
    reading = x12.read(written(an_interchange(a_group(a_set(a_notice()), bad))), NOW)
    assert refusals(reading) == [("SN102", "1.5")]


def test_a_file_speaks_for_one_sender() -> None:
    other = a_set(a_notice(bsn="BSN*00*ASN-2*20270308*0801"))
    both = an_interchange(a_group(a_set(a_notice()))) + an_interchange(
        a_group(other), control="000000102", sender="ZED"
    )
    assert refusals(x12.read(written(both), NOW)) == [("ISA06", "ZED")]


def test_another_kind_of_set_is_refused_with_the_kinds_we_read() -> None:
    reading = x12.read(written(an_interchange(a_group(a_set(["BIG*1"], kind="810"), kind="IN"))), NOW)
    assert refusals(reading) == [("GS01", "IN"), ("ST01", "810")]
    assert "ship notices" in reading.faults[0].reason


def test_an_answer_to_our_own_envelope_stands_before_the_groups_and_nowhere_else() -> None:
    isa, *rest = an_interchange(a_group(a_set(a_notice())))
    ta1 = "TA1*000000009*270308*0801*A*000"
    assert x12.read(written([isa, ta1, *rest]), NOW).notices
    assert x12.read(written([isa, rest[0], ta1, *rest[1:]]), NOW).faults


def test_a_file_without_a_notice_is_no_notice() -> None:
    assert x12.read(written(an_interchange()), NOW).faults[0].reason == "the file holds no ship notice (856)"


@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"ISA", b"ISA*00*", b"isa*00", b"\x00\xff" * 80, b"ISA" + b"A" * 200]
)
def test_a_file_that_is_no_envelope_is_refused_without_an_answer(content: bytes) -> None:
    reading = x12.read(content, NOW)
    assert len(reading.faults) == 1
    assert reading.answer is None


def test_at_most_twenty_faults_are_named() -> None:
    items = [s for n in range(4, 54) for s in (f"HL*{n}*3*I", "LIN**SK*A", "SN1**1*XX")]
    assert len(x12.read(a_file([*a_notice(), *items[3:]]), NOW).faults) == 20


def test_a_value_of_endless_length_is_refused() -> None:
    (fault, *_) = changed("TEE-M", "T" * 5_000).faults
    assert fault.reason == "an element has at most 1000 characters"
    assert len(fault.value or "") <= 80


def test_a_file_of_endless_length_is_refused() -> None:
    assert "bytes" in x12.read(b" " * 20_000_001, NOW).faults[0].reason
