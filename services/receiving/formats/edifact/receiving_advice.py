"""RECADV (D.96A, EANCOM EAN003): the receiving advice is written, and read back exactly."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from services.receiving.facts.file_asns import Advice, AdviceLine, Party
from services.receiving.formats.edifact.findings import EdifactSegment, Findings
from services.receiving.formats.edifact.interchange import TYPE, interchanges_of
from services.receiving.formats.edifact.syntax import segments_of
from services.receiving.formats.edifact.writer import Elements, interchange

_RECADV: Final = "RECADV:D:96A:UN:EAN003"
_MOST_ORDERS: Final = 8  # beside the notice and our own id, as many references as a RECADV has room for
_INSTANT: Final = "%Y%m%d%H%M%S"
_RECEIVED, _ADVISED = "48", "12"
# Quantity (6063), discrepancy (4221) and its reason (4295). Units that are missing or damaged count as negative.
_SHORT: Final = ("119", "", "")
_DAMAGED: Final = ("124", "AF", "")
_OVER: Final = ("121", "AC", "")
_WRONG: Final = ("46", "AE", "AT")


class NotOurAdvice(ValueError):
    """This is not a receiving advice as we write it: one interchange of one RECADV, whole and unchanged."""


def advise(advice: Advice, *, receiver: Party, sender: Party, control_number: int, now: datetime) -> str:
    """Write an interchange with the receiving advice of a truck, ready to be sent as UTF-8.

    It is about the despatch advice of that number (RFF+AAK; RFF+ZZZ is our own id of it). A later version replaces the
    one before. Quantities are units; instants are to the second, in UTC.
    """
    body = [*_heading(advice, now), ("CPS", ["1"])]
    for number, line in enumerate(advice.lines, 1):
        body += _line(number, line)
    body.append(("CNT", [["2", str(len(advice.lines))]]))
    return interchange(_party(sender), _party(receiver), str(control_number), now, [(_RECADV, body)])


def _party(party: Party) -> list[str]:
    return [party.code, party.qualifier] if party.qualifier else [party.code]


def _heading(advice: Advice, now: datetime) -> list[tuple[str, Elements]]:
    number = advice.asn_id.removeprefix(f"{advice.supplier}/")
    return [
        ("BGM", [["352", "", "9"], f"{advice.asn_id}/{advice.version}", "9" if advice.version == 1 else "5"]),
        ("DTM", [["137", f"{now.astimezone(UTC):{_INSTANT}}", "204"]]),
        ("DTM", [["50", f"{advice.closed_at.astimezone(UTC):{_INSTANT}}", "204"]]),
        ("RFF", [["AAK", number]]),
        ("RFF", [["ZZZ", advice.asn_id]]),
        *(("RFF", [["ON", order]]) for order in advice.orders[:_MOST_ORDERS]),
        ("NAD", ["SU", [advice.supplier]]),
        ("NAD", ["DP", [advice.node]]),
    ]


def _line(number: int, line: AdviceLine) -> Iterator[tuple[str, Elements]]:
    """Write a line: always our number of the article, its GTIN where known, and each discrepancy."""
    yield "LIN", [str(number), "", [line.gtin, "EN"] if line.gtin else [line.sku, "IN"]]
    if line.gtin:
        yield "PIA", ["1", [line.sku, "IN"]]
    yield "QTY", [[_RECEIVED, str(line.received)]]
    yield "QTY", [[_ADVISED, str(line.expected)]]
    differences = ((-line.short, _SHORT), (-line.damaged, _DAMAGED), (line.over, _OVER), (line.wrong, _WRONG))
    for units, (quantity, discrepancy, reason) in differences:
        if units:
            yield "QVR", [[str(units), quantity], discrepancy, [reason]]


def read_advice(content: bytes) -> Advice:
    """Read the advice that `advise` wrote; raise NotOurAdvice for anything else."""
    findings = Findings()
    found = interchanges_of(segments_of(content, findings), findings)
    messages = [message for edifact_interchange in found for message in edifact_interchange.messages]
    if findings.all or [message.head.said(TYPE) for message in messages] != ["RECADV"]:
        raise NotOurAdvice(NotOurAdvice.__doc__)
    try:
        return _advice(messages[0].body)
    except (LookupError, StopIteration, ValueError):
        raise NotOurAdvice(NotOurAdvice.__doc__) from None


def _advice(body: Sequence[EdifactSegment]) -> Advice:
    fields = {(s.tag, s.exactly(1)): s for s in body if s.tag in ("DTM", "RFF", "NAD")}
    version = next(s for s in body if s.tag == "BGM").exactly(2).rpartition("/")[2]
    closed_at = datetime.strptime(fields["DTM", "50"].exactly(1, 2), _INSTANT).replace(tzinfo=UTC)
    starts = [n for n, segment in enumerate(body) if segment.tag == "LIN"]
    parts = [body[start:end] for start, end in pairwise([*starts, len(body)])]
    return Advice(
        fields["RFF", "ZZZ"].exactly(1, 2), int(version),
        fields["NAD", "SU"].exactly(2), fields["NAD", "DP"].exactly(2), closed_at, tuple(map(_line_of, parts)),
        tuple(s.exactly(1, 2) for s in body if s.tag == "RFF" and s.exactly(1) == "ON"),
    )  # fmt: skip


def _line_of(part: Sequence[EdifactSegment]) -> AdviceLine:
    item, *rest = part
    sku = next((s.exactly(2) for s in rest if s.tag == "PIA"), item.exactly(3))
    units = {s.exactly(1): int(s.exactly(1, 2)) for s in rest if s.tag == "QTY"}
    variances = {s.exactly(1, 2): abs(int(s.exactly(1))) for s in rest if s.tag == "QVR"}
    damaged, wrong, short, over = (variances.get(kind[0], 0) for kind in (_DAMAGED, _WRONG, _SHORT, _OVER))
    gtin = item.exactly(3) if item.exactly(3, 2) == "EN" else None
    return AdviceLine(sku, gtin, units[_ADVISED], units[_RECEIVED], damaged, wrong, short, over)
