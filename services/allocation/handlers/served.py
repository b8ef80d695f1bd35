"""What happened to a position, and what was decided because of it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final, Literal

from services.allocation.domain.leaving import Change, Owned
from services.allocation.domain.matching import FreeLot, LineKey, Waiting
from services.allocation.domain.positions import Position, Product
from services.allocation.domain.promising import Promise
from services.allocation.domain.serving import Decision

Telling = Literal["lost", "again", "granted", "promised"]
_LONGEST_WAIT: Final = 1_000_000_000
Versions = Mapping[tuple[LineKey, Telling], int]


def waited_seconds(now: datetime, completed_at: datetime) -> int:
    """Since the order was complete; no clock of a shop makes it more than a contract can say."""
    return max(0, min(_LONGEST_WAIT, int((now - completed_at).total_seconds())))


@dataclass(frozen=True, slots=True)
class Why:
    """A reason in words, the event behind it, and the trace of that event where it is at hand."""

    reason: str
    cause: str
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Lost:
    """Units of a lot that a line owns no longer, and why."""

    line: LineKey
    lot: FreeLot
    released: bool
    by_picker: bool
    why: Why


@dataclass(frozen=True, slots=True)
class Back:
    """A line that waits for other units than it was told: did it wait before, and was it ever promised anything?"""

    waited: bool
    promised: bool
    why: Why | None


@dataclass(frozen=True, slots=True)
class News:
    """Why a position changed, why each line joined its queue, and why each supply is not what it was.

    And what changed hands before it is served: what lines lost, which of them wait again, and what is owned by those
    that must be released again.
    """

    why: Why
    joined: Mapping[LineKey, Why] = field(default_factory=dict)
    changed: Mapping[str, Why] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    lost: Sequence[Lost] = ()
    back: Mapping[LineKey, Back] = field(default_factory=dict)
    again: Sequence[Owned] = ()

    def of(self, line: LineKey) -> Why:
        """Why something is told of a line."""
        back = self.back.get(line)
        return self.joined.get(line) or (back and back.why) or self.why

    def behind(self, promise: Promise) -> Why:
        """Why a line holds another promise: it joined or is back, or its supply changed, or else the position did."""
        supply = promise.supply.supply_id if promise.supply else ""
        why = self.of(promise.line.line)
        return self.changed.get(supply, why) if why is self.why else why

    def at_once(self, line: LineKey) -> bool:
        """Whether a line gets units without ever having waited for any: it joins, or what it had was not there."""
        back = self.back.get(line)
        return line in self.joined or (back is not None and not back.waited and not back.promised)

    def is_first(self, promise: Promise) -> bool:
        """Whether a line was never promised anything before."""
        back = self.back.get(promise.line.line)
        return promise.joined and not (back and back.promised)


@dataclass(frozen=True, slots=True)
class Served:
    """A decided position, ready to be written and told. `version` is the position's after this transaction."""

    position: Position
    product: Product
    news: News
    queue: Sequence[Waiting]
    decision: Decision

    @property
    def version(self) -> int:
        return self.position.version + 1

    @property
    def told(self) -> dict[LineKey, list[Telling]]:
        """Of what each line is told, in this order: each is one version of it more."""
        lines: list[tuple[Telling, Iterable[LineKey]]] = [
            ("lost", (one.line for one in self.news.lost)),
            ("again", (one.line for one in self.news.again)),
            ("granted", (one.line.line for one in self.decision.grants)),
            ("promised", (one.line.line for one in self.decision.promises if one.told)),
        ]
        told: dict[LineKey, list[Telling]] = defaultdict(list)
        for telling, some in lines:
            for line in dict.fromkeys(some):
                told[line].append(telling)
        return told

    @property
    def waiting(self) -> tuple[int, int, int]:
        """Lines, units and value that wait now."""
        waiting = self.decision.waiting
        value = sum(line.units * line.unit_price for line in waiting)
        return (len(waiting), sum(line.units for line in waiting), value)

    @property
    def queue_version(self) -> int:
        return self.position.queue_version + (self.waiting != self.position.waiting)

    @property
    def page(self) -> str:
        """What the product page shows, to be compared."""
        return json.dumps(asdict(self.decision.availability), default=str)

    @property
    def page_version(self) -> int:
        return self.position.availability_version + (self.page != self.position.shown)
