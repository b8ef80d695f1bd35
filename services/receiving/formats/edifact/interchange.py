"""The envelope: interchanges, groups and messages, with the counts and references that their trailers repeat."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from services.receiving.formats.edifact.findings import (
    DUPLICATE,
    EMPTY,
    MISSING,
    NOT_HERE,
    OTHER_REFERENCE,
    TOO_MANY,
    WRONG_COUNT,
    EdifactSegment,
    Findings,
    Spot,
)

SENDER: Final = Spot("UNB S002/0004", 2, 1)
RECEIVER: Final = Spot("UNB S003/0010", 3, 1)
PREPARED_ON: Final = Spot("UNB S004/0017", 4, 1)
PREPARED_AT: Final = Spot("UNB S004/0019", 4, 2)
INTERCHANGE_REF: Final = Spot("UNB 0020", 5)
TEST: Final = Spot("UNB 0035", 11)
GROUP_REF: Final = Spot("UNG 0048", 5)
MESSAGE_REF: Final = Spot("UNH 0062", 1)
TYPE: Final = Spot("UNH S009/0065", 2, 1)
VERSION: Final = Spot("UNH S009/0052", 2, 2)
RELEASE: Final = Spot("UNH S009/0054", 2, 3)
MOST_MESSAGES: Final = 5_000
_NEEDED: Final = (SENDER, RECEIVER, PREPARED_ON, PREPARED_AT, INTERCHANGE_REF)


@dataclass(slots=True)
class Message:
    """UNH, the segments between, and UNT."""

    head: EdifactSegment
    body: list[EdifactSegment] = field(default_factory=list)
    last: EdifactSegment | None = None

    def holds(self, at: EdifactSegment | None) -> bool:
        last = self.last or (self.body[-1] if self.body else self.head)
        return at is not None and self.head.number <= at.number <= last.number


@dataclass(slots=True)
class EdifactGroup:
    """UNG and UNE, which hardly anybody sends."""

    head: EdifactSegment
    messages: list[Message] = field(default_factory=list)


@dataclass(slots=True)
class EdifactInterchange:
    """UNB to UNZ; messages that stand in groups are found in both lists."""

    head: EdifactSegment
    messages: list[Message] = field(default_factory=list)
    groups: list[EdifactGroup] = field(default_factory=list)
    last: EdifactSegment | None = None

    @property
    def sender(self) -> str:
        return self.head.said(SENDER)

    @property
    def test(self) -> bool:
        """Return whether it is sent only to be tried."""
        return self.head.said(TEST) == "1"


def interchanges_of(segments: Iterable[EdifactSegment], findings: Findings) -> list[EdifactInterchange]:
    """Return the interchanges of a file; whatever is missing, doubled or does not add up is a finding."""
    envelope = _Envelope(findings)
    for segment in segments:
        envelope.take(segment)
    envelope.end()
    if not envelope.found and not findings.all:
        findings.add(MISSING, "the file holds no interchange: UNB is expected")
    return envelope.found


class _Envelope:
    """The parts that are open while a file is read, from the outside in."""

    def __init__(self, findings: Findings) -> None:
        self.found: list[EdifactInterchange] = []
        self._findings = findings
        self._interchange: EdifactInterchange | None = None
        self._group: EdifactGroup | None = None
        self._message: Message | None = None
        self._references: set[tuple[str, int, str]] = set()
        self._begun = 0
        self._opening = {"UNB": self._unb, "UNG": self._ung, "UNH": self._unh}
        self._closing = {"UNT": self._unt, "UNE": self._une, "UNZ": self._unz}

    def take(self, segment: EdifactSegment) -> None:
        if opened := self._opening.get(segment.tag):
            opened(segment)
        elif closed := self._closing.get(segment.tag):
            closed(segment)
        elif self._message:
            self._message.body.append(segment)
        else:
            self._findings.add(NOT_HERE, "this segment stands outside a message: UNH is missing before it", segment)

    def end(self) -> None:
        self._end_group()
        if self._interchange:
            reason = "UNZ is missing: the file, or this interchange in it, has no end"
            self._findings.add(MISSING, reason, self._interchange.head, Spot("UNZ", 0))
            self._interchange = None

    def _unb(self, segment: EdifactSegment) -> None:
        self.end()
        if not self._has_room(segment):
            return
        for spot in _NEEDED:
            if not segment.said(spot):
                self._findings.add(MISSING, "the interchange's header must say this", segment, spot)
        self._once(segment, INTERCHANGE_REF, 0)
        if self.found and segment.said(SENDER) != self.found[0].sender:
            self._findings.add(NOT_HERE, "one file holds the interchanges of one sender", segment, SENDER)
        self._interchange = EdifactInterchange(segment)
        if self.found and self._interchange.test != self.found[0].test:
            self._findings.add(NOT_HERE, "a file is a test as a whole or not at all", segment, TEST)
        self.found.append(self._interchange)

    def _ung(self, segment: EdifactSegment) -> None:
        self._end_group()
        if not self._interchange:
            return self._findings.add(NOT_HERE, "UNG stands outside an interchange: UNB is missing before it", segment)
        self._once(segment, GROUP_REF, self._interchange.head.number)
        self._group = EdifactGroup(segment)
        return self._interchange.groups.append(self._group)

    def _unh(self, segment: EdifactSegment) -> None:
        self._end_message()
        if not self._has_room(segment):
            return None
        if not self._interchange:
            return self._findings.add(NOT_HERE, "UNH stands outside an interchange: UNB is missing before it", segment)
        if not segment.said(MESSAGE_REF):
            self._findings.add(MISSING, "each message has a reference", segment, MESSAGE_REF)
        if self._interchange.groups and not self._group:
            self._findings.add(NOT_HERE, "this message stands outside the interchange's groups", segment)
        self._once(segment, MESSAGE_REF, (self._group or self._interchange).head.number)
        self._message = Message(segment)
        self._interchange.messages.append(self._message)
        return self._group.messages.append(self._message) if self._group else None

    def _unt(self, segment: EdifactSegment) -> None:
        if not self._message:
            return self._findings.add(NOT_HERE, "UNT without the UNH that it ends", segment)
        head, self._message.last = self._message.head, segment
        self._message = None
        self._counted(segment, Spot("UNT 0074", 1), segment.number - head.number + 1, "segments from UNH to UNT")
        return self._same(segment, Spot("UNT 0062", 2), head, MESSAGE_REF)

    def _une(self, segment: EdifactSegment) -> None:
        self._end_message()
        if not self._group:
            return self._findings.add(NOT_HERE, "UNE without the UNG that it ends", segment)
        group, self._group = self._group, None
        self._counted(segment, Spot("UNE 0060", 1), len(group.messages), "messages in the group")
        return self._same(segment, Spot("UNE 0048", 2), group.head, GROUP_REF)

    def _unz(self, segment: EdifactSegment) -> None:
        self._end_group()
        if not (closed := self._interchange):
            return self._findings.add(NOT_HERE, "UNZ without the UNB that it ends", segment)
        self._interchange, closed.last = None, segment
        if not closed.messages:
            self._findings.add(EMPTY, "the interchange holds no message", segment)
        parts, name = (len(closed.groups), "groups") if closed.groups else (len(closed.messages), "messages")
        self._counted(segment, Spot("UNZ 0036", 1), parts, f"{name} in the interchange")
        return self._same(segment, Spot("UNZ 0020", 2), closed.head, INTERCHANGE_REF)

    def _end_message(self) -> None:
        if self._message:
            self._findings.add(MISSING, "UNT is missing: this message has no end", self._message.head, Spot("UNT", 0))
            self._message = None

    def _end_group(self) -> None:
        self._end_message()
        if self._group:
            self._findings.add(MISSING, "UNE is missing: this group has no end", self._group.head, Spot("UNE", 0))
            self._group = None

    def _has_room(self, segment: EdifactSegment) -> bool:
        self._begun += 1
        if self._begun == MOST_MESSAGES:
            reason = f"a file holds fewer than {MOST_MESSAGES} interchanges and messages: split it"
            self._findings.add(TOO_MANY, reason, segment)
        return self._begun < MOST_MESSAGES

    def _once(self, segment: EdifactSegment, spot: Spot, within: int) -> None:
        if (key := (spot.name, within, segment.said(spot))) in self._references:
            self._findings.add(
                DUPLICATE, "this reference was used before in the same file: each is used once", segment, spot
            )
        self._references.add(key)

    def _counted(self, segment: EdifactSegment, spot: Spot, count: int, what: str) -> None:
        text = segment.said(spot)
        if not (text.isascii() and text.isdigit() and text.lstrip("0") == str(count)):
            reason = f"{count} is expected, the number of {what}: is a part missing or doubled?"
            self._findings.add(WRONG_COUNT, reason, segment, spot)

    def _same(self, segment: EdifactSegment, spot: Spot, head: EdifactSegment, named: Spot) -> None:
        if segment.said(spot) != head.said(named):
            reason = f"the reference of {named.name} is expected here, {head.said(named)}"
            self._findings.add(OTHER_REFERENCE, reason, segment, spot)
