"""The 861 receiving advice: the result of a truck, written for the supplier, and read back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from services.receiving.facts.file_asns import Advice, AdviceLine, Party
from services.receiving.formats.x12.envelopes import Kind, check
from services.receiving.formats.x12.faults import Faults
from services.receiving.formats.x12.interchange import assemble, sets_of
from services.receiving.formats.x12.segments import X12Delimiters, X12Segment
from services.receiving.formats.x12.writer import Route, header, write

_ADVICES: Final = Kind("RC", "861", "receiving advices")
_LONGEST_PARTY: Final = 15
_MUTUALLY_DEFINED: Final = "ZZ"
_MOST_ORDERS: Final = 11  # beside the shipment, as many references as an 861 has room for
_GROUP_VERSION, _ISA_VERSION = "004010", "00401"
_ORIGINAL, _REPLACE, _POST_RECEIPT = "00", "05", "2"
# X12 element 412.
_CONDITIONS: Final = {"short": "02", "over": "03", "damaged": "01", "wrong": "05"}
# X12 element 235 by a barcode's length.
_BARCODES: Final = {12: "UP", 13: "EN", 14: "UK"}
_OTHER_BARCODE: Final = "EN"
# The usual characters, and for when a value has them ones that no value may have.
_ELEMENT, _COMPONENT, _SEGMENT = "*|\x1d", ">:\x1f", "~\n\x1c"


class NotAnAdvice(ValueError):
    """The file is no 861 as we write it."""


def advise(advice: Advice, *, receiver: Party, sender: Party, control_number: int, now: datetime) -> str:
    """Write an 861 of version 004010 on the result of a truck: original at first, replaced by each later version.

    Received, short, over, damaged and wrong are units (EA). `receiver` and `sender` have ISA ids of at most 15
    characters (ZZ, mutually defined, without a qualifier), the control number has at most nine digits; anything else is
    a ValueError.
    """
    for name, party in (("receiver", receiver), ("sender", sender)):
        if not 0 < len(party.code) <= _LONGEST_PARTY:
            raise ValueError(f"{name}: expected an ISA id of 1 to {_LONGEST_PARTY} characters")
    if not 0 <= control_number < 1_000_000_000:
        raise ValueError("control_number: expected at most nine digits")
    control, set_number = f"{control_number:09}", f"{control_number:04}"
    body = list(_body(advice, control_number, now))
    segments = [
        [
            "GS",
            _ADVICES.group,
            sender.code,
            receiver.code,
            f"{now:%Y%m%d}",
            f"{now:%H%M}",
            str(control_number),
            "X",
            _GROUP_VERSION,
        ],
        ["ST", _ADVICES.number, set_number],
        *body,
        ["SE", str(len(body) + 2), set_number],
        ["GE", "1", str(control_number)],
        ["IEA", "1", control],
    ]
    cut = _delimiters({sign for segment in segments for value in segment for sign in value})
    ours, theirs = ((party.qualifier or _MUTUALLY_DEFINED, party.code) for party in (sender, receiver))
    route = Route(ours, theirs)
    return write([header(route, _ISA_VERSION, control, now, cut), *segments], cut)


def read_advice(content: bytes) -> Advice:
    """Read the advice of one of our own 861s; raise NotAnAdvice for anything else."""
    faults = Faults()
    interchanges = assemble(content, faults)
    check(interchanges, _ADVICES, faults)
    sets = list(sets_of(interchanges))
    if faults or len(sets) != 1:
        raise NotAnAdvice(next((fault.reason for fault in faults.told()), "expected one set"))
    body = sets[0][1].body
    try:
        return _advice(body)
    except (KeyError, IndexError, ValueError, StopIteration) as error:
        raise NotAnAdvice("a segment or a value of an 861 is missing or wrong") from error


def _body(advice: Advice, control_number: int, now: datetime) -> Iterator[list[str]]:
    purpose = _ORIGINAL if advice.version == 1 else _REPLACE
    number = f"{control_number}-{advice.version}"
    yield ["BRA", number, f"{now:%Y%m%d}", purpose, _POST_RECEIPT, f"{now:%H%M}"]
    prefix = f"{advice.supplier}/"
    own = advice.asn_id.startswith(prefix) and advice.asn_id != prefix
    # SI is the supplier's own number of the shipment; an ASN without one is named by our id (ZZ).
    yield ["REF", "SI", advice.asn_id.removeprefix(prefix)] if own else ["REF", "ZZ", advice.asn_id]
    yield from (["REF", "PO", order] for order in advice.orders[:_MOST_ORDERS])
    yield _received_at(advice.closed_at.astimezone(UTC))
    yield ["N1", "SU", "", "92", advice.supplier]
    yield ["N1", "ST", "", "92", advice.node]
    for number_of_line, line in enumerate(advice.lines, 1):
        yield from _line(str(number_of_line), line)
    yield ["CTT", str(len(advice.lines))]


def _received_at(closed: datetime) -> list[str]:
    """Write a time to hundredths of a second; what is finer stands beside it, unstructured."""
    dated = ["DTM", "050", f"{closed:%Y%m%d}", f"{closed:%H%M%S}{closed.microsecond // 10_000:02}", "UT"]
    return [*dated, "UN", closed.isoformat()] if closed.microsecond % 10_000 else dated


def _line(number: str, line: AdviceLine) -> Iterator[list[str]]:
    rcd = ["RCD", number, str(line.received), "EA", "", ""]
    for name, code in _CONDITIONS.items():
        if units := getattr(line, name):
            rcd += [str(units), "EA", code]
    yield rcd
    if line.expected:
        yield ["SN1", number, str(line.expected), "EA"]
    barcode = [_BARCODES.get(len(line.gtin), _OTHER_BARCODE), line.gtin] if line.gtin is not None else []
    yield ["LIN", number, "SK", line.sku, *barcode]


def _delimiters(used: set[str]) -> X12Delimiters:
    """Choose delimiters that no value has; X12 knows no escape."""
    found = [next((sign for sign in signs if sign not in used), "") for signs in (_ELEMENT, _COMPONENT, _SEGMENT)]
    if not all(found):
        raise ValueError("a value has control characters, which X12 cannot carry")
    return X12Delimiters(*found)


def _advice(body: Sequence[X12Segment]) -> Advice:
    first = {segment.tag: segment for segment in reversed(body)}
    parties = {segment.get(1): _raw(segment, 4) for segment in body if segment.tag == "N1"}
    qualifier, number = first["REF"].get(1), _raw(first["REF"], 2)
    return Advice(
        asn_id=f"{parties['SU']}/{number}" if qualifier == "SI" else number,
        version=int(first["BRA"].get(1).rpartition("-")[2]),
        supplier=parties["SU"],
        node=parties["ST"],
        closed_at=_closed_at(first["DTM"]),
        lines=tuple(_lines(body)),
        orders=tuple(_raw(segment, 2) for segment in body if segment.tag == "REF" and segment.get(1) == "PO"),
    )


def _closed_at(dated: X12Segment) -> datetime:
    if dated.get(6):
        return datetime.fromisoformat(dated.get(6))
    return datetime.strptime(f"{dated.get(2)}{dated.get(3)}0000+0000", "%Y%m%d%H%M%S%f%z")


def _lines(body: Sequence[X12Segment]) -> Iterator[AdviceLine]:
    """Read lines: an RCD begins one, and its LIN ends it."""
    contested: Mapping[str, int] = {}
    received = expected = 0
    for segment in body:
        if segment.tag == "RCD":
            received, expected = int(segment.get(2)), 0
            places = range(6, len(segment.elements) - 2, 3)
            contested = {segment.get(place + 2): int(segment.get(place)) for place in places}
        elif segment.tag == "SN1":
            expected = int(segment.get(2))
        elif segment.tag == "LIN":
            units = {name: contested.get(code, 0) for name, code in _CONDITIONS.items()}
            gtin = _raw(segment, 5) if len(segment.elements) > 5 else None
            yield AdviceLine(_raw(segment, 3), gtin, expected, received, **units)


def _raw(segment: X12Segment, position: int) -> str:
    """Return a value as it was written, with the spaces around it."""
    return segment.elements[position]
