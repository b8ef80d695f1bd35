"""X12 files for tests: a ship notice of one carton, and envelopes around sets."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.receiving.facts.file_asns import NO_OBJECTIONS, FileAsn, FileAsnLine, FileReading, Objections
from services.receiving.formats import x12

NOW = datetime(2027, 3, 8, 9, tzinfo=UTC)
SSCC = "006141400000000013"
BSN = "BSN*00*ASN-1*20270308*0801"
SHIPMENT = ("HL*1**S", "DTM*017*20270311", "N1*SU**92*MILLS-01", "N1*ST**92*EAST")
ORDER = ("HL*2*1*O", "PRF*PO-8")
PACKAGE = ("HL*3*2*P", f"MAN*GM*00{SSCC}")
ITEM = ("HL*4*3*I", "LIN**SK*TEE-M", "SN1**10*EA")


def a_notice(
    *item: str,
    bsn: str = BSN,
    shipment: Sequence[str] = SHIPMENT,
    order: Sequence[str] = ORDER,
    package: Sequence[str] = PACKAGE,
) -> list[str]:
    """Return the segments of an 856 of one package, without ST and SE; `item` replaces what stands under HL*I."""
    return [bsn, *shipment, *order, *package, *((ITEM[0], *item) if item else ITEM)]


def a_set(body: Sequence[str], number: str = "0001", kind: str = "856") -> list[str]:
    return [f"ST*{kind}*{number}", *body, f"SE*{len(body) + 2}*{number}"]


def a_group(*sets: Sequence[str], number: str = "1", version: str = "004010", kind: str = "SH") -> list[str]:
    segments = [segment for row in sets for segment in row]
    return [f"GS*{kind}*MILLS*FIRSTFILL*20270308*0801*{number}*X*{version}", *segments, f"GE*{len(sets)}*{number}"]


def an_interchange(*groups: Sequence[str], control: str = "000000101", sender: str = "MILLS") -> list[str]:
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{'FIRSTFILL':15}*270308*0801*U*00401*{control}*0*P*>"
    return [isa, *(segment for group in groups for segment in group), f"IEA*{len(groups)}*{control}"]


def a_file(body: Sequence[str]) -> bytes:
    """Return a whole file of one 856."""
    return written(an_interchange(a_group(a_set(body))))


def written(segments: Sequence[str], terminator: str = "~\n") -> bytes:
    return "".join(segment + terminator for segment in segments).encode()


def read(body: Sequence[str], objections: Objections = NO_OBJECTIONS) -> FileReading:
    return x12.read(a_file(body), NOW, objections)


def the_notice(body: Sequence[str]) -> FileAsn:
    """Return the notice that a file of one 856 tells; it must have no fault."""
    reading = read(body)
    assert reading.faults == ()
    (notice,) = reading.notices
    assert isinstance(notice, FileAsn)
    return notice


def the_line(*item: str) -> FileAsnLine:
    """Return the one line of a notice with this item."""
    ((line,),) = (carton.lines for carton in the_notice(a_notice(*item)).cartons)
    return line


def the_lines(body: Sequence[str]) -> list[tuple[str, str | None, int]]:
    """Return carton, SKU and quantity of all lines."""
    return [(carton.carton_id, line.sku, line.qty) for carton in the_notice(body).cartons for line in carton.lines]


def refusals(reading: FileReading) -> list[tuple[str | None, str | None]]:
    """Return element and value of each fault of a file that was refused whole."""
    assert reading.notices == ()
    return [(fault.element, fault.value) for fault in reading.faults]
