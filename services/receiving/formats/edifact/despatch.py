"""DESADV, D.96A and later, plain or EANCOM: a message becomes a notice or the cancellation of one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from services.receiving.facts.file_asns import OUTDATED, UNDATED, UNKNOWN_NODE, Cancellation, FileAsn
from services.receiving.facts.window import Window
from services.receiving.formats.edifact.cartons import NUMBER, cartons_of
from services.receiving.formats.edifact.findings import (
    DUPLICATE,
    INVALID,
    MISSING,
    NOT_HERE,
    NOT_READ,
    WRONG_COUNT,
    EdifactSegment,
    Findings,
    Spot,
)
from services.receiving.formats.edifact.interchange import (
    PREPARED_AT,
    PREPARED_ON,
    RELEASE,
    SENDER,
    TYPE,
    VERSION,
    Message,
)
from services.receiving.formats.edifact.values import Period, day, name, period

_DOCUMENT: Final = Spot("BGM C002/1001", 1, 1)
_FUNCTION: Final = Spot("BGM 1225", 3)
_DATED: Final = Spot("DTM C507/2005", 1, 1)
_TOLD_AT: Final = Spot("DTM C507/2380", 1, 2)
_PARTY: Final = Spot("NAD C082/3039", 2, 1)
_PARTY_NAME: Final = Spot("NAD C080/3036", 4, 1)
_CARRIER: Final = Spot("TDT C040/3127", 5, 1)
_CARRIER_NAME: Final = Spot("TDT C040/3128", 5, 4)
_REFERENCE: Final = Spot("RFF C506/1154", 1, 2)
_CONTROL: Final = Spot("CNT C270/6066", 1, 2)

_SUPPLIERS: Final = ("SU", "SE", "CZ")
_NODES: Final = ("DP", "ST", "UC", "CN")
_WHOLE_NOTICES: Final = frozenset(("", "9", "5", "7"))
_CANCELLATION: Final = "1"
# What the supplier estimates comes before what they promised, and that before what the buyer asked for.
_ESTIMATES: Final = ("17", "132", "358", "69")
_WISHES: Final = ("2",)
_EARLIEST, _LATEST = "64", "63"
_GOODS: Final = frozenset(("LIN", "PIA", "IMD", "QTY", "PAC", "PCI", "GIN"))
_DIRECTORY: Final = re.compile("(9[6-9]|[0-8][0-9])[A-Z]")


@dataclass(frozen=True, slots=True)
class _Header:
    """The segments before the first CPS, by qualifier; of each the first."""

    document: EdifactSegment
    dates: dict[str, EdifactSegment]
    parties: dict[str, EdifactSegment]
    orders: tuple[str, ...]
    transport: EdifactSegment | None


def notice_of(message: Message, interchange: EdifactSegment, findings: Findings) -> FileAsn | Cancellation | None:
    """Read the notice of a message; none, and findings, where it is no despatch advice that can be read.

    An original (9, or none), a replacement (5) and a duplicate (7) describe the whole shipment; a change (4) gives only
    what changes, so it is refused: a replacement is expected instead.
    """
    if not _is_despatch_advice(message.head, findings):
        return None
    before = next((n for n, segment in enumerate(message.body) if segment.tag == "CPS"), len(message.body))
    if not (header := _header(message, message.body[:before], findings)):
        return None
    heading = _heading(header, interchange, findings)
    if (function := header.document.said(_FUNCTION)) == _CANCELLATION:
        return heading
    if function not in _WHOLE_NOTICES:
        reason = "9 (original), 5 (replacement), 7 (duplicate) or 1 (cancellation) is expected: send the whole as 5"
        findings.add(NOT_READ, reason, header.document, _FUNCTION)
    return _notice(header, heading, message, message.body[before:], findings)


def _notice(
    header: _Header, heading: Cancellation | None, message: Message, detail: list[EdifactSegment], findings: Findings
) -> FileAsn | None:
    eta, node, shipped = _eta(header, findings), _node(header, findings), _shipped_at(header, findings)
    cartons, back_orders = cartons_of(header.document, detail, findings)
    _count_lines(message, findings)
    if heading and (heading.asn_id, heading.revision) in findings.objections.undated:
        findings.add(MISSING, f"DTM+17 is expected before the first RFF: {UNDATED}", header.document, Spot("DTM+17", 0))
    if not heading or not node or not cartons:
        return None
    return FileAsn(
        heading.asn_id, heading.revision, heading.supplier, node, eta, cartons,
        header.orders[0] if len(set(header.orders)) == 1 else None, _carrier(header, findings), shipped,
        back_orders,
    )  # fmt: skip


def _is_despatch_advice(head: EdifactSegment, findings: Findings) -> bool:
    if head.said(TYPE) != "DESADV":
        findings.add(NOT_READ, "only despatch advices are read here: DESADV is expected", head, TYPE)
        return False
    if head.said(VERSION) != "D" or not _DIRECTORY.fullmatch(head.said(RELEASE)):
        findings.add(NOT_READ, "directory D.96A or a later one is expected", head, RELEASE)
    return True


def _header(message: Message, segments: list[EdifactSegment], findings: Findings) -> _Header | None:
    if not segments or segments[0].tag != "BGM":
        findings.add(MISSING, "BGM is expected right after UNH", message.head, Spot("BGM", 0))
        return None
    header = _Header(segments[0], {}, {}, _orders(segments), None)
    about = "BGM"
    for segment in segments:
        if segment.tag == "DTM":
            _keep_date(segment, about, header.dates, findings)
            continue
        about = segment.tag
        if segment.tag == "NAD":
            header.parties.setdefault(segment.at(1), segment)
        elif segment.tag in _GOODS:
            findings.add(NOT_HERE, "lines and packages stand after a CPS: it is missing before this", segment)
    return replace(header, transport=next((segment for segment in segments if segment.tag == "TDT"), None))


def _keep_date(dtm: EdifactSegment, about: str, dates: dict[str, EdifactSegment], findings: Findings) -> None:
    """Keep a date: after a reference it is the reference's; after a place or a transport it only fills a gap."""
    if about == "RFF":
        return
    kept = dates.setdefault(dtm.said(_DATED), dtm)
    if about == "BGM" and kept.elements != dtm.elements:
        findings.add(DUPLICATE, f"another date than in segment {kept.number} under the same qualifier", dtm)


def _orders(segments: Sequence[EdifactSegment]) -> tuple[str, ...]:
    return tuple(s.said(_REFERENCE) for s in segments if s.tag == "RFF" and s.at(1) == "ON" and s.said(_REFERENCE))


def _heading(header: _Header, interchange: EdifactSegment, findings: Findings) -> Cancellation | None:
    """Read which notice is meant, its supplier and its revision."""
    document = header.document
    if document.said(_DOCUMENT) not in ("", "351"):
        findings.add(NOT_READ, "351 (despatch advice) is expected", document, _DOCUMENT)
    if not document.said(NUMBER):
        findings.add(MISSING, "the number of the despatch advice is expected", document, NUMBER)
    number, supplier = name(document, NUMBER, findings), _party(header, _SUPPLIERS, findings)
    revision = _revision(header, interchange, findings)
    supplier = supplier or name(interchange, SENDER, findings)
    if not (number and supplier and revision):
        return None
    if (f"{supplier}/{number}", revision) in findings.objections.outdated:
        findings.add(INVALID, OUTDATED, header.dates["137"], _TOLD_AT)
    return Cancellation(f"{supplier}/{number}", revision, supplier)


def _revision(header: _Header, interchange: EdifactSegment, findings: Findings) -> int | None:
    """Return the document's date and time; a date alone gets the time at which the interchange was prepared.

    Otherwise a replacement on the same day would have its original's revision, and would be lost as a duplicate.
    """
    if not (dtm := header.dates.get("137")):
        reason = "DTM+137, the date and time of the document, tells a revision from a duplicate"
        findings.add(MISSING, reason, header.document, Spot("DTM+137", 0))
        return None
    if not (dated := period(dtm, findings)):
        return None
    prepared = None if dated.timed else _prepared(interchange)
    return int(f"{max(dated.first, prepared or dated.first):%Y%m%d%H%M%S}")


def _prepared(unb: EdifactSegment) -> datetime | None:
    on, at = unb.said(PREPARED_ON), unb.said(PREPARED_AT)
    form = "201" if len(on) == 6 else "203"
    read = period(EdifactSegment(unb.number, "DTM", (("137", on + at[:4], form),)), Findings())
    return read.first if read else None


def _party(header: _Header, roles: Sequence[str], findings: Findings) -> str | None:
    named = (header.parties[role] for role in roles if role in header.parties)
    return next((name(nad, _PARTY, findings) for nad in named if nad.said(_PARTY)), None)


def _node(header: _Header, findings: Findings) -> str | None:
    if any(header.parties[role].said(_PARTY) for role in _NODES if role in header.parties):
        code = _party(header, _NODES, findings)
        if code in findings.objections.unknown_nodes:
            nad = next(nad for role in _NODES if (nad := header.parties.get(role)) and nad.said(_PARTY))
            findings.add(INVALID, UNKNOWN_NODE, nad, _PARTY)
        return code
    nad = next((header.parties[role] for role in _NODES if role in header.parties), header.document)
    findings.add(MISSING, "the code of the place of delivery is expected, in NAD+DP", nad, _PARTY, "")
    return None


def _carrier(header: _Header, findings: Findings) -> str | None:
    nad, tdt = header.parties.get("CA"), header.transport
    spots = [(nad, _PARTY), (nad, _PARTY_NAME), (tdt, _CARRIER), (tdt, _CARRIER_NAME)]
    return next((name(at, spot, findings) for at, spot in spots if at and at.said(spot)), None)


def _shipped_at(header: _Header, findings: Findings) -> datetime | None:
    read = period(header.dates["11"], findings) if "11" in header.dates else None
    return read.first.astimezone(UTC) if read else None


def _eta(header: _Header, findings: Findings) -> Window | None:
    """Return when the truck is due, in the node's days; None where the message does not say."""
    if qualifier := next((q for q in _ESTIMATES if q in header.dates), None):
        return _window(header.dates[qualifier], header.dates[qualifier], findings)
    earliest, latest = header.dates.get(_EARLIEST), header.dates.get(_LATEST)
    if first := earliest or latest:
        return _window(first, latest or first, findings)
    dtm = next((header.dates[q] for q in _WISHES if q in header.dates), None)
    return _window(dtm, dtm, findings) if dtm else None


def _window(earliest: EdifactSegment, latest: EdifactSegment, findings: Findings) -> Window | None:
    first = period(earliest, findings)
    last: Period | None = first if latest is earliest else period(latest, findings)
    if first and last and first.first.date() > day(last):
        findings.add(INVALID, "the earliest date is after the latest", latest, Spot("DTM C507/2380", 1, 2))
        return None
    return Window(first.first.date(), day(last)) if first and last else None


def _count_lines(message: Message, findings: Findings) -> None:
    lines = sum(segment.tag == "LIN" for segment in message.body)
    for segment in message.body:
        text = segment.said(_CONTROL).lstrip("0") or "0"
        if segment.tag == "CNT" and segment.at(1) == "2" and text != str(lines):
            findings.add(
                WRONG_COUNT,
                f"{lines} is expected, the number of lines (LIN): is one missing or doubled?",
                segment,
                _CONTROL,
            )
