"""What customers must be told: one notice for all that is new, and never what they know already."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Literal, NewType
from unicodedata import category
from uuid import UUID, uuid5

OrderId = NewType("OrderId", str)
LineId = NewType("LineId", str)
NoticeId = NewType("NoticeId", str)
Kind = Literal["confirmed", "moved", "released"]

_NOTICES = UUID("8f6b1a52-6f0c-5f0e-9d3b-2b9d5f1c7a40")
_WIDE = timedelta(days=7)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Range:
    """Ship dates, local to the node, both included."""

    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Told:
    """What a customer knows of a line, and from which notice. No range: that there is no date."""

    range: Range | None
    notice_id: NoticeId
    version: int = 0


@dataclass(frozen=True, slots=True)
class Floor:
    """Units of a line by line version: that went to the floor, that came back, and that were told to be packed."""

    released: tuple[tuple[int, int], ...] = ()
    revoked: tuple[tuple[int, int], ...] = ()
    told: tuple[tuple[int, int], ...] = ()

    @property
    def units(self) -> int:
        """What is on the floor, or left it to the customer."""
        return _sum_from_zero([*self.released, *((version, -units) for version, units in self.revoked)])

    def believed(self, told_version: int, sending: Iterable[tuple[int, int]] = ()) -> int:
        """What the customer believes to be there: told as packed, and not told since to wait again."""
        known = ((version, -units) for version, units in self.revoked if version < told_version)
        return _sum_from_zero([*self.told, *sending, *known])


def _sum_from_zero(changes: Iterable[tuple[int, int]]) -> int:
    """Never below zero: what was sold from stock comes back without having been told as released."""
    total = 0
    for _, units in sorted(changes):
        total = max(0, total + units)
    return total


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was last promised, in which version; `units` still wait."""

    line_id: LineId
    version: int
    units: int
    range: Range | None
    told: Told | None = None
    floor: Floor = Floor()


@dataclass(frozen=True, slots=True)
class Covered:
    """What a notice says of a line: units that wait and their range, or units that were released.

    `returned`: some of those that wait were told to be packed.
    """

    line_id: LineId
    line_version: int
    units: int
    range: Range | None = None
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one customer."""

    notice_id: NoticeId
    order_id: OrderId
    kind: Kind
    lines: tuple[Covered, ...]


@dataclass(frozen=True, slots=True)
class Unsent:
    """A planned notice; one that is being sent may already have been read, and is not changed any more."""

    notice: Notice
    sending: bool
    caused_at: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """All that decides what an order's customer must be told; `dropped` notices were superseded before."""

    order_id: OrderId
    lines: Sequence[Line]
    unsent: Sequence[Unsent]
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Notices to send, and unsent ones that are not to be sent, each with the one that tells instead.

    None does where nothing is left to tell, such as of units that were shipped before anyone heard that they wait.
    """

    planned: tuple[Notice, ...]
    superseded: tuple[tuple[Unsent, NoticeId | None], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """What a customer may choose of a delay by law (16 CFR 435): silence until `answer_by` is a yes, or is a no."""

    consent: Literal["silent_until", "yes_by"]
    applicable_by: date
    revised_by: date | None
    answer_by: date
    reason: str


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A line in a letter: the units it is about out of those ordered; its range, and the one told before."""

    product: str
    units: int
    ordered: int
    range: Range | None
    told: Range | None
    returned: bool = False
    option: Option | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice with all that stands in it. Who it goes to is left out wherever it is printed."""

    notice_id: NoticeId
    order_id: OrderId
    kind: Kind
    order_number: str
    merchant: str
    sender: str
    colour: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    lines: tuple[LetterLine, ...]


def notice_of(order_id: OrderId, kind: Kind, lines: Iterable[Covered], dropped: int = 0) -> Notice:
    """A notice is named by what it says, so that the same news never makes another.

    What was superseded unsent may become true again: `dropped`, their number so far, tells the two apart.
    """
    covered = tuple(sorted(lines, key=lambda line: line.line_id))
    said = [(line.line_id, line.line_version, line.units) for line in covered]
    return Notice(NoticeId(str(uuid5(_NOTICES, json.dumps([order_id, kind, said, dropped])))), order_id, kind, covered)


def worth_telling(told: Range | None, now: Range | None) -> bool:
    """Whether a customer must hear of a change: a day or more later, a range lost, or the first one after none.

    Earlier is no news: who was told "by Friday" is not let down by Thursday (promises.md, "Moving").
    """
    if told is None or now is None:
        return told != now
    return now.latest > told.latest


def plan(news: News, released: Sequence[Notice] = ()) -> Plan:
    """One confirmation of the waiting lines nobody was told of, one notice of the moves worth telling.

    Unsent notices that say something else are superseded: a customer hears the newest range, once. What is being sent
    counts as told. Released units are told unless they came back meanwhile, or the customer never heard that they had.
    """
    told = _told(news)
    wanted = [*_wanted(news, told), *_packed(news, told, released)]
    open_ = [one for one in news.unsent if not one.sending]
    said = [(one.notice.kind, one.notice.lines) for one in open_]
    planned = tuple(one for one in wanted if (one.kind, one.lines) not in said)
    dropped = [one for one in open_ if (one.notice.kind, one.notice.lines) not in [(w.kind, w.lines) for w in wanted]]
    kept = [one.notice for one in news.unsent if one not in dropped and not one.sending]
    return Plan(planned, tuple((one, _instead(one.notice, [*planned, *kept], told)) for one in dropped))


def _told(news: News) -> dict[LineId, Told]:
    """What the customer knows of each line once all that is being sent has been read."""
    told = {line.line_id: line.told for line in news.lines if line.told}
    for one in news.unsent:
        if one.sending and one.notice.kind != "released":
            told |= {x.line_id: Told(x.range, one.notice.notice_id, x.line_version) for x in one.notice.lines}
    return told


def _wanted(news: News, told: Mapping[LineId, Told]) -> list[Notice]:
    wanted: dict[Kind, list[Covered]] = {"confirmed": [], "moved": []}
    for line in news.lines:
        promised_since = all(version < line.version for version, _ in line.floor.revoked)
        returned = promised_since and bool(line.floor.revoked) and _untold(news, line, told) < 0
        covered = Covered(line.line_id, line.version, line.units, line.range, returned)
        if line.units and line.line_id not in told and not returned:
            wanted["confirmed"].append(covered)
        elif line.units and (returned or worth_telling(told[line.line_id].range, line.range)):
            wanted["moved"].append(covered)
    return [notice_of(news.order_id, kind, lines, news.dropped) for kind, lines in wanted.items() if lines]


def _untold(news: News, line: Line, told: Mapping[LineId, Told]) -> int:
    """Units on the floor that the customer does not know of; negative where he believes in more than there are."""
    sending = [
        (covered.line_version, covered.units)
        for one in news.unsent
        if one.sending and one.notice.kind == "released"
        for covered in one.notice.lines
        if covered.line_id == line.line_id
    ]
    version = told[line.line_id].version if line.line_id in told else 0
    return line.floor.units - line.floor.believed(version, sending)


def _packed(news: News, told: Mapping[LineId, Told], released: Iterable[Notice]) -> list[Notice]:
    """Notices of released units, unsent or new, less the units that are not there, or that were told before."""
    room = {line.line_id: _untold(news, line, told) for line in news.lines if line.floor.revoked}
    unsent = [one.notice for one in news.unsent if one.notice.kind == "released" and not one.sending]
    packed: list[Notice] = []
    for notice in (*unsent, *released):
        lines: list[Covered] = []
        for line in notice.lines:
            units = line.units
            if line.line_id in room:
                units = max(0, min(units, room[line.line_id]))
                room[line.line_id] -= units
            lines += [replace(line, units=units)] if units else []
        if lines:
            packed.append(notice if tuple(lines) == notice.lines else notice_of(news.order_id, "released", lines))
    return packed


def _instead(notice: Notice, tells: Iterable[Notice], told: Mapping[LineId, Told]) -> NoticeId | None:
    """What tells of a superseded notice's lines: a newer notice, or the last one told, if any: it is true again."""
    mine = {line.line_id for line in notice.lines}
    newer = (other.notice_id for other in tells if mine & {line.line_id for line in other.lines})
    return next(chain(newer, (told[line].notice_id for line in sorted(mine) if line in told)), None)


def when(ships: Range | None) -> str:
    """A range in a customer's words; wider than 7 days it is only its end, since its start would mislead."""
    if ships is None:
        return "no ship date yet"
    if ships.earliest == ships.latest:
        return f"ships on {day(ships.latest)}"
    if ships.latest - ships.earliest > _WIDE:
        return f"ships by {day(ships.latest)}"
    same_month = (ships.earliest.year, ships.earliest.month) == (ships.latest.year, ships.latest.month)
    earliest = day(ships.earliest).rpartition(" ")[0] if same_month else day(ships.earliest)
    return f"ships between {earliest} and {day(ships.latest)}"


def day(on: date) -> str:
    """A day in a customer's words, without the year: what is told is near."""
    return f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}"


def amount(line: LetterLine) -> str:
    """How many of what: "3 of 5" where the notice is about a part of what was ordered."""
    units = f"{line.units} of {line.ordered}" if line.units < line.ordered else f"{line.units}"
    return f"{units} × {line.product}"


def one_line(text: str) -> str:
    """Names stand in subjects and addresses: no line break or other control character may survive in them."""
    return " ".join("".join(" " if category(character) == "Cc" else character for character in text).split())
