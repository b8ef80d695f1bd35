"""What happened to a position, and what was decided because of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final, Literal

from services.allocation.domain.decision import Decision
from services.allocation.domain.line import LineKey
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.page import ShownPage
from services.allocation.domain.position import Position
from services.allocation.domain.product import Product
from services.allocation.domain.promise import Promise
from services.allocation.domain.queue_change import QueueChange
from services.allocation.domain.release import Release
from services.allocation.domain.renewal import Renewal
from services.allocation.domain.stock_loss import OwnedUnits, OwnershipChange
from services.allocation.domain.supply import SupplyKey
from services.allocation.domain.why import Why
from services.allocation.store.queue import Wait

LineEvent = Literal["cancelled", "lost", "again", "allocated", "released", "promised"]
_LONGEST_WAIT: Final = 1_000_000_000
Versions = Mapping[tuple[LineKey, LineEvent], int]


def waited_seconds(now: datetime, completed_at: datetime) -> int:
    """Since the order was complete; no clock of a shop makes it more than a contract can say."""
    return max(0, min(_LONGEST_WAIT, int((now - completed_at).total_seconds())))


@dataclass(frozen=True, slots=True)
class LostUnits:
    """Units of a lot that a line owns no longer, and why; whether it was the floor that told us."""

    line: LineKey
    lot: FreeLot
    floor_knows: bool
    why: Why


@dataclass(frozen=True, slots=True)
class CancelledLine:
    """Units that a line does not want any more; `left` it still wants, owns or got. Another line may want them."""

    line: LineKey
    units: int
    left: int
    why: Why
    new_line_id: str | None = None


@dataclass(frozen=True, slots=True)
class PositionNews:
    """Why a position changed, and why each supply is not what it was.

    And what changed before it is served: for how many units more or less each line waits (`waits`) and why, what
    lines own more and less, what they lost, what is cancelled, and what is owned by those that must be released again.
    `joined` are the lines of new orders, which wait already, `left` those that were taken out of the queue to be put
    elsewhere, and those that stock covers no more; `late` those that get a new range since they can no longer ship in
    time. Not `by_fact`: nothing was told of the position, only time has passed; `of_settings`: what the SKU shows over
    all nodes may be another. `renewals` are of lines that are still to be promised anew.
    """

    why: Why
    waits: Mapping[LineKey, int] = field(default_factory=dict)
    whys: Mapping[LineKey, Why] = field(default_factory=dict)
    changed: Mapping[SupplyKey, Why] = field(default_factory=dict)
    changes: Sequence[OwnershipChange] = ()
    lost: Sequence[LostUnits] = ()
    again: Sequence[OwnedUnits] = ()
    joined: Sequence[Wait] = ()
    cancelled: Sequence[CancelledLine] = ()
    left: Sequence[Wait] = ()
    late: Collection[LineKey] = ()
    by_fact: bool = True
    of_settings: bool = False
    renewals: Sequence[Renewal] = ()

    def with_late(self, late: Mapping[SupplyKey, Why]) -> "PositionNews":
        """These news, and why supplies moved whose window had passed."""
        return replace(self, changed={**late, **self.changed}) if late else self

    def with_whys(self, whys: Mapping[LineKey, Why]) -> "PositionNews":
        """These news, and why lines are promised anew of which they say nothing."""
        return replace(self, whys={**whys, **self.whys}) if whys else self

    def of(self, line: LineKey) -> Why:
        """Why something is told of a line."""
        return self.whys.get(line) or self.why

    def behind(self, promise: Promise) -> Why:
        """Why a line holds another promise: it joined or is back, or its supply changed, or else the position did."""
        why = self.of(promise.line.line)
        return self.behind_supply(promise.supply) if why is self.why else why

    def behind_supply(self, supply: SupplyKey | None) -> Why:
        """Why lines of a supply hold another promise."""
        return self.changed.get(supply, self.why) if supply else self.why


@dataclass(frozen=True, slots=True)
class PageDecision:
    """What the page of a position shows from now on: as it is kept, at its version.

    `again_at` is when to look again at a state that must stay a while yet.
    """

    standing: ShownPage
    text: str
    version: int
    again_at: datetime | None


@dataclass(frozen=True)
class DecidedPosition:
    """A decided position, ready to be written and told. `version` is the position's after this transaction.

    `waits` are the lines that waited for more or less before it was decided, `change` all that changed in its queue.
    Until a SKU is `launched` those who wait for it have pre-ordered.
    """

    position: Position
    product: Product
    news: PositionNews
    waits: Mapping[LineKey, Wait]
    change: QueueChange
    decision: Decision
    shows: PageDecision
    launched: bool = True

    @property
    def version(self) -> int:
        return self.position.version + 1

    @cached_property
    def told(self) -> dict[LineKey, tuple[LineEvent, ...]]:
        """Of what each line is told, in this order: each is one version of it more."""
        lines: list[tuple[LineEvent, Iterable[LineKey]]] = [
            ("cancelled", (line.line for line in self.news.cancelled)),
            ("lost", (loss.line for loss in self.news.lost)),
            ("again", (owned.line for owned in self.news.again)),
            ("allocated", (release.line.line for release in self.allocated)),
            ("released", (release.line.line for release in self.released)),
            ("promised", (promise.line.line for promise in self.decision.told)),
        ]
        announced: dict[LineKey, tuple[LineEvent, ...]] = {}
        for telling, group in lines:
            alone = (telling,)
            for line in dict.fromkeys(group):
                announced[line] = (*announced[line], telling) if line in announced else alone
        return announced

    @property
    def together(self) -> set[str]:
        """Orders of which lines ship together that got units or another range, and those that lost any."""
        got = {release.line.order_id for release in self.decision.releases if release.line.together}
        moved = {promise.line.order_id for promise in self.decision.promises if promise.line.together}
        cancelled = {cancelled.line[0] for cancelled in self.news.cancelled}
        return got | moved | cancelled | {lost.line[0] for lost in self.news.lost}

    @cached_property
    def allocated(self) -> list[Release]:
        """What goes to lines at once, without their having waited."""
        return [release for release in self.decision.releases if self.at_once(release.line.line)] if self.waits else []

    @cached_property
    def released(self) -> list[Release]:
        """What goes to lines that waited."""
        if not self.waits:
            return list(self.decision.releases)
        return [release for release in self.decision.releases if not self.at_once(release.line.line)]

    def at_once(self, line: LineKey) -> bool:
        """Whether a line gets all its units now without ever having waited: it joins, or what it had was not there."""
        wait = self.waits.get(line)
        return wait is not None and wait.is_new

    def is_first(self, promise: Promise) -> bool:
        """Whether a line was never promised anything before."""
        wait = self.waits.get(promise.line.line)
        return promise.joined and not (wait and wait.promised)

    @cached_property
    def waiting(self) -> tuple[int, int, int]:
        """Lines, units and value that stock does not cover."""
        return (self.decision.end.lines, self.decision.end.units, self.position.waiting[2] + self.change.value)

    @cached_property
    def claimed(self) -> int:
        """Units that are kept for lines that cannot be released yet."""
        return self.position.claimed + self.change.claimed

    @property
    def queue_version(self) -> int:
        return self.position.queue_version + (self.waiting != self.position.waiting)

    @property
    def is_page_new(self) -> bool:
        return self.shows.version != self.position.availability_version

    @property
    def turned(self) -> bool:
        """Whether the SKU came in stock here, or is no longer."""
        page, now_is = self.position.told, self.shows.standing
        return (page is not None and page.page.state == "in_stock") != (now_is.page.state == "in_stock")
