"""The 997 functional acknowledgement and the TA1: each control number answered, accepted or rejected and why."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from sys import maxsize
from typing import Final

from services.receiving.facts.file_asns import FileAnswer
from services.receiving.formats.x12.faults import X12Finding
from services.receiving.formats.x12.interchange import TransactionSet, X12Group, X12Interchange
from services.receiving.formats.x12.segments import X12Delimiters
from services.receiving.formats.x12.writer import Route, write
from services.receiving.formats.x12.writer import header as isa

_ISA_ELEMENTS: Final = 16
_SEGMENTS_IN_ERROR: Final = "5"
_ELEMENTS_IN_ERROR: Final = "8"
_MOST_CODES: Final = 5
_LONGEST_COPY: Final = 80
_ASKED, _NO_FAULT = "1", "000"
_OLDEST: Final = "004010"
_LAST_NUMBER: Final = 999_999_999


def acknowledge(
    interchanges: Iterable[X12Interchange], findings: Sequence[X12Finding], now: datetime
) -> FileAnswer | None:
    """Answer each interchange with one, each of its groups with one group; None where there is nothing to answer.

    A TA1 answers the envelope itself, where the sender asks for it (ISA14) or the envelope has a fault.

    A file is refused whole, so with any fault every group and set is rejected, for its own reasons where it has some
    and without a code where it has none: X12 has no code for "refused with the rest of the file". Acknowledgements
    themselves (FA) are never acknowledged.
    """
    known = list(interchanges)
    ends = (*(interchange.header.number for interchange in known[1:]), maxsize)
    answers = [
        answer
        for interchange, end in zip(known, ends, strict=False)
        if (answer := _answer(interchange, end, findings, now))
    ]

    def written(first: int) -> str:
        return "".join(answer(number) for number, answer in enumerate(answers, first))

    return FileAnswer(len(answers), written) if answers else None


def _answer(
    interchange: X12Interchange, end: int, findings: Sequence[X12Finding], now: datetime
) -> Callable[[int], str] | None:
    """Return what writes the answer to an interchange under a control number."""
    groups = [group for group in interchange.groups if group.header.get(1) != "FA"]
    cut, came = interchange.header.delimiters, interchange.header.elements
    if len(came) <= _ISA_ELEMENTS or (interchange.groups and not groups):
        return None
    own = [f for f in findings if f.part == "file" and interchange.header.number <= (f.fault.segment or 0) < end]
    envelope = [["TA1", came[13], came[9], came[10], "R" if own else "A", own[0].code if own else _NO_FAULT]]
    if not groups and not own:
        return None
    route = Route((came[7], came[8]), (came[5], came[6]), came[15])
    segments = envelope if own or came[14] == _ASKED else []
    for number, group in enumerate(groups, 1):
        segments += _group(group, findings, now, str(number))

    def written(number: int) -> str:
        control = f"{(number - 1) % _LAST_NUMBER + 1:09}"
        trailer = ["IEA", str(len(groups)), control]
        return write([isa(route, came[12], control, now, cut), *segments, trailer], cut)

    return written


def _group(group: X12Group, findings: Sequence[X12Finding], now: datetime, number: str) -> list[list[str]]:
    came = group.header
    version = came.get(8) if came.get(8)[:3].isdigit() and came.get(8) >= _OLDEST else _OLDEST
    body = list(_verdict(group, findings))
    return [
        ["GS", "FA", came.get(3), came.get(2), f"{now:%Y%m%d}", f"{now:%H%M}", number, "X", version],
        ["ST", "997", f"{int(number):04}"],
        *body,
        ["SE", str(len(body) + 2), f"{int(number):04}"],
        ["GE", "1", number],
    ]


def _verdict(group: X12Group, findings: Sequence[X12Finding]) -> Iterator[list[str]]:
    yield ["AK1", group.header.get(1), group.header.get(6)]
    for document in group.sets:
        yield ["AK2", document.header.get(1), document.header.get(2)]
        yield from _reasons(document, findings)
    sets = len(group.sets)
    text = group.trailer.get(1) if group.trailer else ""
    own = [finding.code for finding in findings if finding.part == "group" and _within(finding, group)]
    codes = list(dict.fromkeys(own))[:_MOST_CODES]
    included = text if text.isascii() and text.isdigit() and len(text) <= 6 else str(sets)
    yield ["AK9", "R" if findings else "A", included, str(sets), "0" if findings else str(sets), *codes]


def _reasons(one: TransactionSet, findings: Sequence[X12Finding]) -> Iterator[list[str]]:
    own = [found for found in findings if found.part in ("segment", "element") and _within(found, one)]
    for (number, tag, kind), found in groupby(own, key=_place):
        position = str((number or 0) - one.header.number + 1)
        several = list(found)
        code = _ELEMENTS_IN_ERROR if kind == "element" else several[0].code
        yield ["AK3", tag, position, "", code]
        if kind == "element":
            yield from ([*_element(finding, one.header.delimiters)] for finding in several)
    codes = [found.code for found in findings if found.part == "set" and _within(found, one)]
    codes += [_SEGMENTS_IN_ERROR] if own else []
    yield ["AK5", "R" if findings else "A", *list(dict.fromkeys(codes))[:_MOST_CODES]]


def _place(finding: X12Finding) -> tuple[int | None, str, str]:
    return finding.fault.segment, finding.tag, finding.part


def _element(finding: X12Finding, cut: X12Delimiters) -> Sequence[str]:
    """Write an AK4 with a copy of the value, where the copy would not be a fault itself."""
    value = (finding.fault.value or "")[:_LONGEST_COPY]
    signs = (cut.component, cut.repetition) if cut.repetition else (cut.component,)
    copied = value if value.isprintable() and not any(sign in value for sign in signs) else ""
    return "AK4", str(finding.position), "", finding.code, copied


def _within(finding: X12Finding, span: X12Group | TransactionSet) -> bool:
    return span.header.number <= (finding.fault.segment or 0) <= span.last.number
