"""What is known of an order's lines, what their customer was told, and what notices say."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NewType
from uuid import UUID, uuid5

OrderId = NewType("OrderId", str)
LineId = NewType("LineId", str)
NoticeId = NewType("NoticeId", str)
Kind = Literal["confirmed", "moved", "released", "cancelled", "declined", "refund"]
What = Literal["asked", "ours", "declined", "swapped"]

_NOTICES = UUID("8f6b1a52-6f0c-5f0e-9d3b-2b9d5f1c7a40")


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
class Ending:
    """Units that a line does not want, or is not given: asked to be cancelled, cancelled by us, or declined.

    Swapped ones are wanted on another line, whose own promise tells of them.
    """

    line_version: int
    what: What
    units: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Units whose money must be sent back by a day: the first, second … refund of their line."""

    number: int
    units: int
    due_by: date


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was last promised, in which version; `units` still wait.

    `wanted` are those that it still wants, owns or got, where any were cancelled. Of the endings and refunds no
    notice was sent yet.
    """

    line_id: LineId
    version: int
    units: int
    range: Range | None
    told: Told | None = None
    floor: Floor = Floor()
    wanted: int | None = None
    endings: tuple[Ending, ...] = ()
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """What a notice says of a line: units that wait and their range, units that were released, or that are not coming.

    `returned`: some of those that wait were told to be packed. `refund_by` is the last day of the line's refunds, of
    which the customer knows so many (`refunds`) when he has read it.
    """

    line_id: LineId
    line_version: int
    units: int
    range: Range | None = None
    returned: bool = False
    refund_by: date | None = None
    refunds: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one customer."""

    notice_id: NoticeId
    order_id: OrderId
    kind: Kind
    lines: tuple[Covered, ...]

    @property
    def tells_dates(self) -> bool:
        """Whether its reader knows the range of its lines from it."""
        return self.kind not in ("released", "cancelled", "declined", "refund")


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


def notice_of(order_id: OrderId, kind: Kind, lines: Iterable[Covered], dropped: int = 0) -> Notice:
    """A notice is named by what it says, so that the same news never makes another.

    What was superseded unsent may become true again: `dropped`, their number so far, tells the two apart.
    """
    covered = tuple(sorted(lines, key=lambda line: line.line_id))
    rows = [
        (line.line_id, line.line_version, line.units, *([line.refunds] if line.refunds else ())) for line in covered
    ]
    return Notice(NoticeId(str(uuid5(_NOTICES, json.dumps([order_id, kind, rows, dropped])))), order_id, kind, covered)
