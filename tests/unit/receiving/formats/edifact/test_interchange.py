"""The envelope of a file: nothing is lost between its segments, and what does not add up is refused."""

import time

import pytest

from services.receiving.formats.edifact import interchange as envelope
from services.receiving.formats.edifact import syntax
from tests.unit.receiving.formats.edifact.despatch_advices import (
    HEADER,
    LIN,
    QTY,
    despatch,
    fault,
    interchange,
    line,
    message,
    notice,
    read,
    sscc,
)

GOODS = ("CPS+1", LIN, QTY)
SOUND = message(*HEADER, *GOODS)


def places(content: bytes) -> list[tuple[int | None, str | None]]:
    return [(fault.segment, fault.element) for fault in read(content).faults]


@pytest.mark.parametrize("between", ["\n", "\r\n", "  \r\n\t"], ids=["LF", "CRLF", "blanks"])
def test_lines_between_segments_mean_nothing(between: str) -> None:
    content = despatch(*GOODS, una="UNA:+.? '")
    assert read(b" \n" + content.replace(b"'", b"'" + between.encode())).notices == read(content).notices


def test_a_byte_order_mark_means_nothing() -> None:
    assert read(b"\xef\xbb\xbf" + despatch(*GOODS)).notices == read(despatch(*GOODS)).notices


@pytest.mark.parametrize(
    ("written", "sku"),
    [("A?+B", "A+B"), ("A?:B", "A:B"), ("A?'B", "A'B"), ("A??", "A?"), ("A???'B", "A?'B"), ("?A", "A")],
)
def test_a_release_character_frees_the_one_after_it(written: str, sku: str) -> None:
    assert line(f"LIN+1++{written}:IN", QTY).sku == sku


def test_without_a_release_character_none_is_read() -> None:
    content = despatch("CPS+1", "LIN+1++A? B:IN", QTY, una="UNA:+.  '")
    assert notice(content).cartons[0].lines[0].sku == "A? B"


@pytest.mark.parametrize("una", ["UNA::.? '", "UNA:+.?", "UNAA+.? '", "UNA:+;? '", "UNA:+.+ '"])
def test_delimiters_that_are_alike_are_refused(una: str) -> None:
    assert read(despatch(*GOODS, una=una)).faults != ()


@pytest.mark.parametrize("content", [b"", b"ISA*00*~", b"\x00\xff", b"{}", b"UN", b"UNB", b"UNA", b"UNA:+.? '"])
def test_a_file_that_is_no_edifact_is_refused_without_an_answer(content: bytes) -> None:
    reading = read(content)
    assert (reading.notices, reading.answer, bool(reading.faults)) == ((), None, True)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b"UNT+10+1'", b"UNT+9+1'", (11, "UNT 0074")),
        (b"UNT+10+1'", b"UNT+10+2'", (11, "UNT 0062")),
        (b"UNT+10+1'", b"UNT'", (11, "UNT 0074")),
        (b"UNT+10+1'", b"", (2, "UNT")),
        (b"UNZ+1+10001'", b"UNZ+2+10001'", (12, "UNZ 0036")),
        (b"UNZ+1+10001'", b"UNZ+1+1'", (12, "UNZ 0020")),
        (b"UNZ+1+10001'", b"", (1, "UNZ")),
        (b"UNZ+1+10001'", b"UNZ+1+10001", (1, "UNZ")),
        (b":14+270308", b":14+", (1, "UNB S004/0017")),
        (b"UNOC:3", b"UNOC:9", (1, "UNB S001/0002")),
        (b"UNOC:3", b"KECA:3", (1, "UNB S001/0001")),
        (b"UNH+1+", b"UNH++", (2, "UNH 0062")),
        (b"CPS+1'", b"Cps+1'", (8, "Cps")),
        (b"CPS+1'", b"CPS\x07+1\x07'", (8, "CPS")),
        (b"CPS+1'", b"CPS+1'FTX+AAI+++" + b"X" * 600 + b"'", (9, "FTX")),
        (b"LIN+1", b"LIN\r\n+1", (9, "LIN")),
    ],
)
def test_an_envelope_must_add_up(old: bytes, new: bytes, place: tuple[int, str]) -> None:
    assert place in [
        (segment, (element or "").replace("\x07", "").strip())
        for segment, element in places(despatch(*GOODS).replace(old, new))
    ]


def test_a_file_that_is_cut_off_anywhere_is_refused() -> None:
    content = despatch(*GOODS)
    assert [end for end in range(len(content)) if not read(content[:end]).faults] == []


def test_groups_add_up_too() -> None:
    group = "UNG+DESADV+A+B+270308:1200+7+UN+D:96A'"
    content = interchange(f"{group}{SOUND}UNE+1+7'")
    assert read(content).faults == ()
    assert places(content.replace(b"UNE+1+7", b"UNE+2+8")) == [(13, "UNE 0060"), (13, "UNE 0048")]
    assert (2, "UNE") in places(content.replace(b"UNE+1+7'", b""))


def test_each_message_and_interchange_has_its_own_reference() -> None:
    other = message("BGM+351+DES2+9", *HEADER[1:], *GOODS)
    assert fault(interchange(SOUND, other)) == (12, "UNH 0062", "1")
    assert fault(interchange(SOUND) + interchange(other)) == (13, "UNB 0020", "10001")
    assert len(read(interchange(SOUND) + interchange(other, reference="10002")).notices) == 2


def test_the_same_revision_twice_in_a_file_is_refused_and_a_later_one_is_not() -> None:
    again = SOUND.replace("+1+DESADV", "+2+DESADV").replace("UNT+10+1", "UNT+10+2")
    assert fault(interchange(SOUND, again))[0] == 12
    assert len(read(interchange(SOUND, again.replace("1145:203", "1146:203"))).notices) == 2


def test_one_file_is_of_one_sender() -> None:
    other = interchange(SOUND, reference="10002").replace(b"UNB+UNOC:3+5412345000013", b"UNB+UNOC:3+MILLS")
    assert fault(interchange(message("BGM+351+DES2+9", *HEADER[1:], *GOODS)) + other)[:2] == (13, "UNB S002/0004")


def test_one_bad_message_refuses_the_whole_file() -> None:
    bad = message("BGM+351+DES2+9", *HEADER[1:], "CPS+1", LIN, "QTY+12:x", reference="2")
    reading = read(interchange(SOUND, bad))
    assert (reading.notices, len(reading.faults)) == ((), 1)


def test_another_kind_of_message_is_refused_by_name() -> None:
    assert fault(interchange(message("BGM+380+R1+9", kind="INVOIC:D:96A:UN"))) == (2, "UNH S009/0065", "INVOIC")


def test_twenty_faults_are_named_and_the_rest_counted() -> None:
    lines = [part for n in range(30) for part in (f"LIN+{n}++TEE-M:IN", "QTY+12:x")]
    faults = read(despatch("CPS+1", *lines)).faults
    assert (len(faults), faults[-1].reason) == (21, "10 more faults follow the 20 above")


def test_a_long_value_is_quoted_in_part() -> None:
    assert len(fault(despatch("CPS+1", LIN, f"QTY+12:{'1' * 500}"))[2] or "") == 80


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "MOST_BYTES", 200)
    assert "200 bytes" in read(despatch(*GOODS)).faults[0].reason
    monkeypatch.setattr(syntax, "MOST_BYTES", 10_000)
    monkeypatch.setattr(syntax, "MOST_SEGMENTS", 5)
    assert "5 segments" in " ".join(fault.reason for fault in read(despatch(*GOODS)).faults)
    monkeypatch.setattr(syntax, "MOST_SEGMENTS", 100)
    monkeypatch.setattr(envelope, "MOST_MESSAGES", 2)
    assert "2 interchanges and messages" in " ".join(fault.reason for fault in read(despatch(*GOODS)).faults)


def test_more_packages_than_a_file_may_hold_are_refused_before_they_are_made() -> None:
    endless = "GIN+BJ+000000000000000017:999999999999999993"
    began = time.monotonic()
    assert read(despatch("CPS+1", *[endless] * 50, LIN, QTY)).faults != ()
    assert time.monotonic() - began < 5


def test_an_sscc_is_counted_up_with_its_check_digit() -> None:
    text = notice(despatch("CPS+1", f"GIN+BJ+{sscc(9)}:{sscc(10)}", LIN, QTY))
    assert [carton.carton_id for carton in text.cartons] == [sscc(9), sscc(10)]
