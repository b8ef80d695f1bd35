"""Despatch advices for tests: a sound one, in parts that a test can change."""

from collections.abc import Sequence

from services.receiving.facts.file_asns import FileAsn, FileAsnLine, FileReading
from services.receiving.facts.gs1 import check_digit
from services.receiving.formats import edifact
from tests.unit.receiving.formats.partner_files import NOW

SUPPLIER, NODE = "5412345000013", "5400000000003"
BGM = "BGM+351+DES1+9"
DATED = "DTM+137:202703081145:203"
DUE = "DTM+17:20270310:102"
PARTIES = (f"NAD+SU+{SUPPLIER}::9", f"NAD+DP+{NODE}::9")
HEADER = (BGM, DATED, DUE, *PARTIES)
LIN = "LIN+1++5412345000013:EN"
QTY = "QTY+12:24:PCE"


def sscc(number: int) -> str:
    digits = f"3541234500000{number:04}"
    return digits + check_digit(digits)


def message(*body: str, reference: str = "1", kind: str = "DESADV:D:96A:UN:EAN005") -> str:
    segments = [f"UNH+{reference}+{kind}", *body, f"UNT+{len(body) + 2}+{reference}"]
    return "".join(f"{segment}'" for segment in segments)


def interchange(
    *messages: str, reference: str = "10001", una: str = "", syntax: str = "UNOC:3", at: str = "270308:1200"
) -> bytes:
    begin = f"{una}UNB+{syntax}+{SUPPLIER}:14+{NODE}:14+{at}+{reference}'"
    return f"{begin}{''.join(messages)}UNZ+{len(messages)}+{reference}'".encode("latin-1")


def despatch(*detail: str, header: Sequence[str] = HEADER, una: str = "") -> bytes:
    return interchange(message(*header, *detail), una=una)


def read(content: bytes) -> FileReading:
    return edifact.read(content, NOW)


def notice(content: bytes) -> FileAsn:
    """Return the one notice of a file; a fault fails the test with its words."""
    reading = read(content)
    assert reading.faults == ()
    (only,) = reading.notices
    assert isinstance(only, FileAsn)
    return only


def line(*row: str) -> FileAsnLine:
    """Return what a message with these segments after CPS says of its one line."""
    ((only,),) = [carton.lines for carton in notice(despatch("CPS+1", *row)).cartons]
    return only


def fault(content: bytes) -> tuple[int | None, str | None, str | None]:
    """Return where the one fault of a file is."""
    reading = read(content)
    (only,) = reading.faults
    assert reading.notices == ()
    return only.segment, only.element, only.value
