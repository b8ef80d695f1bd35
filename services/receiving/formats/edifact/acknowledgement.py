"""CONTRL (D.3): the outcome of each interchange of a file, of its groups and messages, with their errors."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from services.receiving.facts.file_asns import FileAnswer
from services.receiving.formats.edifact.findings import EdifactFinding, EdifactSegment, Findings
from services.receiving.formats.edifact.interchange import (
    GROUP_REF,
    INTERCHANGE_REF,
    MESSAGE_REF,
    TYPE,
    EdifactInterchange,
    Message,
)
from services.receiving.formats.edifact.writer import Elements, interchange

_REJECTED: Final = "4"
_ACKNOWLEDGED: Final = "7"
_CONTRL: Final = "CONTRL:D:3:UN"
_MOST_TOLD: Final = 99
_SERVICE: Final = ("UNB", "UNZ", "UNG", "UNE", "UNH", "UNT")


def acknowledged(found: Sequence[EdifactInterchange], findings: Findings, now: datetime) -> FileAnswer | None:
    """Answer a file; not where the envelope does not say to whom or about what, and never a CONTRL."""
    if not found or any(
        message.head.said(TYPE) == "CONTRL" for edifact_interchange in found for message in edifact_interchange.messages
    ):
        return None
    if not all(
        edifact_interchange.sender and edifact_interchange.head.at(3) and edifact_interchange.head.said(INTERCHANGE_REF)
        for edifact_interchange in found
    ):
        return None
    first, begun = found[0].head, [edifact_interchange.head.number for edifact_interchange in found]
    wrong = defaultdict[int, list[EdifactFinding]](list)
    for finding in findings.all:
        wrong[bisect_right(begun, finding.at.number if finding.at else 0)].append(finding)
    action = _REJECTED if findings.all else _ACKNOWLEDGED
    reports = [
        (_CONTRL, list(_report(edifact_interchange, wrong[n], action)))
        for n, edifact_interchange in enumerate(found, 1)
    ]

    def written(number: int) -> str:
        sender, receiver = _copied(first, 3)[:2], _copied(first, 2)[:2]
        return interchange(sender, receiver, str(number), now, reports, test=found[0].test)

    return FileAnswer(1, written)


def _report(about: EdifactInterchange, wrong: Sequence[EdifactFinding], action: str) -> Iterator[tuple[str, Elements]]:
    own, groups, messages = _told_where(about, wrong)
    head = about.head
    names = [head.said(INTERCHANGE_REF), _copied(head, 2), _copied(head, 3)]
    yield (
        "UCI",
        [*names, action, *_service_error(next((finding for finding in own if _tag(finding) in _SERVICE), None))],
    )
    grouped = {message.head.number for group in about.groups for message in group.messages}
    for message in about.messages:
        if message.head.number not in grouped:
            yield from _message_report(message, messages[message.head.number], action)
    for group in about.groups:
        names = [group.head.said(GROUP_REF), _copied(group.head, 2), _copied(group.head, 3)]
        yield "UCF", [*names, action, *_service_error(next(iter(groups[group.head.number]), None))]
        for message in group.messages:
            yield from _message_report(message, messages[message.head.number], action)


_ByHead = dict[int, list[EdifactFinding]]


def _told_where(
    about: EdifactInterchange, wrong: Sequence[EdifactFinding]
) -> tuple[list[EdifactFinding], _ByHead, _ByHead]:
    """Group findings by where they are reported: the interchange itself, each group, and each message."""
    own: list[EdifactFinding] = []
    groups, messages = defaultdict[int, list[EdifactFinding]](list), defaultdict[int, list[EdifactFinding]](list)
    begun = [group.head.number for group in about.groups]
    heads = [message.head.number for message in about.messages]
    for finding in wrong:
        number = finding.at.number if finding.at else 0
        group, message = bisect_right(begun, number), bisect_right(heads, number)
        if message and about.messages[message - 1].holds(finding.at):
            messages[heads[message - 1]].append(finding)
        elif group and _tag(finding) in ("UNG", "UNE"):
            groups[begun[group - 1]].append(finding)
        else:
            own.append(finding)
    return own, groups, messages


def _message_report(message: Message, wrong: Sequence[EdifactFinding], action: str) -> Iterator[tuple[str, Elements]]:
    service = next((finding for finding in wrong if _tag(finding) in ("UNH", "UNT")), None)
    yield "UCM", [message.head.said(MESSAGE_REF), _copied(message.head, 2), action, *_service_error(service)]
    within = [(finding.at, finding) for finding in wrong if finding.at and _tag(finding) not in ("UNH", "UNT")]
    for number, rows in groupby(sorted(within, key=_number)[:_MOST_TOLD], key=_number):
        yield from _segment_report(str(number - message.head.number + 1), [finding for _, finding in rows])


def _number(pair: tuple[EdifactSegment, EdifactFinding]) -> int:
    return pair[0].number


def _segment_report(position: str, wrong: Sequence[EdifactFinding]) -> Iterator[tuple[str, Elements]]:
    """Report a segment, where UNH is the first, with its own error and those of its values."""
    own = next((finding.code for finding in wrong if not _has_place(finding)), "")
    yield "UCS", [position, own]
    for finding in wrong:
        if _has_place(finding):
            yield "UCD", [finding.code, _position(finding)]


def _has_place(finding: EdifactFinding) -> bool:
    """Return whether a value of the segment is wrong; else the segment is, or one that is missing after it."""
    return bool(finding.at and finding.spot and finding.spot.element and _tag(finding) == finding.at.tag)


def _tag(finding: EdifactFinding) -> str:
    return re.split("[ +]", finding.spot.name)[0] if finding.spot else finding.at.tag if finding.at else ""


def _service_error(finding: EdifactFinding | None) -> Elements:
    if not finding:
        return []
    code_and_tag = [finding.code, _tag(finding)]
    return [*code_and_tag, _position(finding)] if _has_place(finding) else code_and_tag


def _position(finding: EdifactFinding) -> Sequence[str]:
    """Return the place of a value as CONTRL counts: the tag is 1, the first element 2; components from 1."""
    spot = finding.spot
    if not spot:
        return []
    return [str(spot.element + 1), str(spot.component)] if spot.component else [str(spot.element + 1)]


def _copied(segment: EdifactSegment, element: int) -> Sequence[str]:
    return segment.elements[element - 1] if element <= len(segment.elements) else ()
