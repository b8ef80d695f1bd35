"""The state of an order's lines, the ranges their customer was told, and the notices that say so."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Final, Literal, NewType
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

OrderId = NewType("OrderId", str)
LineId = NewType("LineId", str)
NoticeId = NewType("NoticeId", str)
Kind = Literal[
    "confirmed", "moved", "released", "shipped", "swapped", "cancelled", "declined", "refused", "refund", "on_track",
    "late",
]  # fmt: skip
BROUGHT_BY_TIME: Final[frozenset[Kind]] = frozenset({"on_track", "late"})
What = Literal["asked", "ours", "declined", "swapped"]

_UTC: Final = ZoneInfo("UTC")
_NOTICES = UUID("8f6b1a52-6f0c-5f0e-9d3b-2b9d5f1c7a40")


@dataclass(frozen=True, slots=True)
class Range:
    """Two ship dates, local to the node, both included."""

    earliest: date
    latest: date


@dataclass(frozen=True, slots=True)
class Told:
    """A line as its customer knows it, and the notice it is known from. No range: they know that there is no date.

    They know it since the notice was sent `at` an instant; it may be being sent.
    """

    range: Range | None
    notice_id: NoticeId
    version: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FloorUnits:
    """Units of a line by line version: sent to the floor, taken back from it, and told as packed."""

    released: tuple[tuple[int, int], ...] = ()
    revoked: tuple[tuple[int, int], ...] = ()
    told: tuple[tuple[int, int], ...] = ()

    @property
    def units(self) -> int:
        """Return the units that are on the floor, or that left it to the customer."""
        return _sum_from_zero([*self.released, *((version, -units) for version, units in self.revoked)])

    def believed(self, told_version: int, sending: Iterable[tuple[int, int]] = ()) -> int:
        """Return the units that the customer believes are packed: told as packed, and not told since to wait again."""
        known = ((version, -units) for version, units in self.revoked if version < told_version)
        return _sum_from_zero([*self.told, *sending, *known])


def _sum_from_zero(changes: Iterable[tuple[int, int]]) -> int:
    """Sum changes without going below zero: units sold from stock can come back without ever being told as released."""
    total = 0
    for _, units in sorted(changes):
        total = max(0, total + units)
    return total


@dataclass(frozen=True, slots=True)
class Ending:
    """Units that a line no longer wants, or will not get: cancelled as asked, cancelled by us, or declined.

    Swapped units are wanted on another line, whose own promise tells of them.
    """

    line_version: int
    what: What
    units: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Units whose money must be sent back by a day: the first, second … refund of their line.

    The amount is in minor units of the merchant's currency.
    """

    number: int
    units: int
    due_by: date
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """Units of a line of which its customer asked for what we could not do, and of how many of these they know."""

    units: int = 0
    known: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its last promise and that promise's version; `units` still wait.

    `wanted` are the units that the line still waits for, owns or got, where some were cancelled. Of its endings and
    refunds no notice was sent yet. The promise has a `cause` (source and id of the event behind it), a latest date
    `unpadded` as its supplies say it, and is `sure` if its supply is booked or has arrived. The option that the law
    gives the customer with it must leave `send_before`. Of `shipped` units the customer knows of `knows_shipped`; that
    it ships late they were told of the range they know from version `knows_late`.
    """

    line_id: LineId
    version: int
    units: int
    range: Range | None
    told: Told | None = None
    floor: FloorUnits = FloorUnits()
    wanted: int | None = None
    endings: tuple[Ending, ...] = ()
    refunds: tuple[Refund, ...] = ()
    refused: Refused = Refused()
    cause: str = ""
    unpadded: date | None = None
    sure: bool = False
    send_before: datetime | None = None
    shipped: int = 0
    knows_shipped: int = 0
    knows_late: int = 0
    ordered: int | None = None

    @property
    def packed(self) -> int:
        """Return the units on the floor that have not shipped."""
        wanted = self.ordered if self.wanted is None else self.wanted
        open_ = self.floor.units if wanted is None else wanted - self.units
        return max(0, min(self.floor.units, open_ - self.shipped))


@dataclass(frozen=True, slots=True)
class Covered:
    """A line as a notice covers it: units that wait, with their range, were released, or will not ship.

    `returned`: some of the waiting units were told as packed before. `refund_by` is the last day of the line's refunds;
    the customer knows of `refunds` refunds once they have read it. Of `refused` units we could not do what was asked;
    the customer knows of `knows_refused` then, and of `knows_shipped` units that they have shipped.
    """

    line_id: LineId
    line_version: int
    units: int
    range: Range | None = None
    returned: bool = False
    refund_by: date | None = None
    refunds: int = 0
    refused: int = 0
    knows_refused: int = 0
    knows_shipped: int = 0
    refund_amount: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one customer; of dates that moved, the `cause` that moved them all."""

    notice_id: NoticeId
    order_id: OrderId
    kind: Kind
    lines: tuple[Covered, ...]
    cause: str = ""

    @property
    def tells_dates(self) -> bool:
        """Return whether the customer learns the ranges of its lines from this notice."""
        return self.kind in ("confirmed", "moved")


@dataclass(frozen=True, slots=True)
class Unsent:
    """A planned notice. One that is being sent may already have been read, and is not changed any more.

    One that is `held` waits until a person confirms its cause.
    """

    notice: Notice
    sending: bool
    caused_at: datetime
    traceparent: str | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """Everything that decides which notices an order's customer gets, and when; `dropped` were superseded earlier.

    The customer lives in a `zone` (the merchant in their own), was told of moves `moved_told_at` the last time, and is
    told nothing at all if the merchant wants it so for the order's channel. Anything was told `told_at` the last time;
    of `reminders` that all is on track the last was sent `reminded_at`, unless they are not wanted. What `failed` is
    not sent again; of notices that only time brings `lapsed` were superseded.
    """

    order_id: OrderId
    lines: Sequence[Line]
    unsent: Sequence[Unsent]
    dropped: int = 0
    zone: ZoneInfo = _UTC
    moved_told_at: datetime | None = None
    is_told: bool = True
    merchant_zone: ZoneInfo = _UTC
    told_at: datetime | None = None
    reminded_at: datetime | None = None
    reminders: int = 0
    wants_reminders: bool = True
    failed: Sequence[Notice] = ()
    lapsed: int = 0

    @property
    def move_is_sending(self) -> bool:
        """Return whether moves are being told at this moment."""
        return any(notice.sending and notice.notice.kind == "moved" for notice in self.unsent)

    def untold_since(self, kind: Kind, caused_at: datetime) -> datetime:
        """Return when the first fact happened that waits to be told by a kind of notice, given when the newest did."""
        waiting = [x for x in self.unsent if x.notice.kind == kind and not (x.sending or x.held)]
        return min([caused_at, *(notice.caused_at for notice in waiting)])


@dataclass(frozen=True, slots=True)
class Plan:
    """Notices to send, unsent ones that are not to be sent, each with what replaces it, and those that are `kept`.

    A notice has no replacement where nothing is left to tell, such as of units that shipped before their wait was
    known.
    """

    planned: tuple[Notice, ...]
    superseded: tuple[tuple[Unsent, NoticeId | None], ...]
    kept: tuple[Notice, ...] = ()


def notice_of(order_id: OrderId, kind: Kind, lines: Iterable[Covered], dropped: int = 0, cause: str = "") -> Notice:
    """Make a notice whose id derives from all that it says, so that the same news never makes another.

    A notice that was superseded unsent may become true again: `dropped`, the number of those so far, keeps the ids
    apart.
    """
    covered = tuple(sorted(lines, key=lambda line: line.line_id))
    says = json.dumps([order_id, kind, [astuple(line) for line in covered], dropped], default=str)
    return Notice(NoticeId(str(uuid5(_NOTICES, says))), order_id, kind, covered, cause)
