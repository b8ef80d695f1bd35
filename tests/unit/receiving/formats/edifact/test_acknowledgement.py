"""The CONTRL to a file says what we did with it: all of it was taken, or none of it."""

from services.receiving.facts.file_asns import FOR_ANOTHER, Objections
from services.receiving.formats import edifact
from tests.unit.receiving.formats.answers import sent
from tests.unit.receiving.formats.edifact.despatch_advices import (
    HEADER,
    LIN,
    NODE,
    QTY,
    SUPPLIER,
    despatch,
    interchange,
    message,
    read,
)
from tests.unit.receiving.formats.partner_files import NOW

GOODS = ("CPS+1", LIN, QTY)
SOUND = message(*HEADER, *GOODS)
UCI = f"UCI+10001+{SUPPLIER}:14+{NODE}:14+"
UCM = "+DESADV:D:96A:UN:EAN005+"


def told(content: bytes) -> list[str]:
    """Return the segments of the answer between its envelope's."""
    segments = sent(read(content)).removeprefix("UNA:+.? '").split("'")[:-1]
    return [segment for segment in segments if segment[:3] not in ("UNB", "UNH", "UNT", "UNZ")]


def test_a_sound_file_is_acknowledged_with_all_its_messages() -> None:
    other = message("BGM+351+DES2+9", *HEADER[1:], *GOODS, reference="2")
    assert told(interchange(SOUND, other)) == [f"{UCI}7", f"UCM+1{UCM}7", f"UCM+2{UCM}7"]


def test_an_acknowledgement_goes_from_the_receiver_to_the_sender() -> None:
    answer = sent(read(despatch(*GOODS)))
    assert answer.startswith(f"UNA:+.? 'UNB+UNOC:3+{NODE}:14+{SUPPLIER}:14+270308:1230+1'")


def test_a_refused_file_is_rejected_with_its_sound_messages() -> None:
    bad = message("BGM+351+DES2+9", *HEADER[1:], "CPS+1", LIN, "QTY+12:x:KGM", reference="2")
    content = interchange(SOUND, bad)
    assert told(content) == [f"{UCI}4", f"UCM+1{UCM}4", f"UCM+2{UCM}4", "UCS+9", "UCD+12+2:2", "UCD+12+2:3"]


def test_all_interchanges_of_a_refused_file_are_rejected() -> None:
    other = interchange(message("BGM+351+DES2+9", *HEADER[1:], "CPS+1"), reference="10002")
    segments = told(interchange(SOUND) + other)
    assert [segment for segment in segments if segment[:3] == "UCI"] == [f"{UCI}4", f"{UCI}4".replace("10001", "10002")]


def test_a_wrong_trailer_is_named_at_its_own_level() -> None:
    wrong = despatch(*GOODS)
    assert told(wrong.replace(b"UNZ+1+", b"UNZ+3+")) == [f"{UCI}4+29+UNZ+2", f"UCM+1{UCM}4"]
    assert told(wrong.replace(b"UNT+10+1", b"UNT+10+7")) == [f"{UCI}4", f"UCM+1{UCM}4+28+UNT+3"]


def test_a_missing_segment_is_named_after_the_one_before_it() -> None:
    assert told(despatch(*GOODS, header=HEADER[:4])) == [f"{UCI}4", f"UCM+1{UCM}4", "UCS+2+13"]


def test_a_contrl_is_never_answered_with_a_contrl() -> None:
    content = interchange(message("UCI+1+A+B+7", kind="CONTRL:D:3:UN"))
    assert (read(content).answer, read(content).notices) == (None, ())


def test_a_file_without_a_sender_gets_no_answer() -> None:
    assert read(despatch(*GOODS).replace(f"{SUPPLIER}:14+{NODE}".encode(), b"+" + NODE.encode(), 1)).answer is None


def test_an_answer_has_the_next_number_of_its_partner_as_its_reference() -> None:
    answer = sent(read(despatch(*GOODS)), 41)
    assert "+270308:1230+41'" in answer
    assert answer.endswith("UNZ+1+41'")


def test_an_answer_beyond_ascii_declares_unicode() -> None:
    content = despatch(*GOODS).replace(b":14+5400000000003:14+270308", "+MÜHLE+270308".encode("latin-1"))
    assert sent(read(content)).startswith("UNA:+.? 'UNB+UNOW:4+MÜHLE+")


def test_an_interchange_for_another_receiver_is_refused() -> None:
    reading = edifact.read(despatch(*GOODS), NOW, Objections(ours=frozenset({"5400000000999"})))
    (fault,) = reading.faults
    assert (fault.element, fault.value, fault.reason) == ("UNB S003/0010", NODE, FOR_ANOTHER)
    assert f"{UCI}4+7+UNB+4:1'" in sent(reading)
    assert not edifact.read(despatch(*GOODS), NOW, Objections(ours=frozenset({NODE}))).faults
