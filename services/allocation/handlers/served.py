"""What happened to a position, and what was decided because of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from services.allocation.domain.matching import LineKey, Waiting
from services.allocation.domain.positions import Position, Product
from services.allocation.domain.promising import Promise
from services.allocation.domain.serving import Decision


@dataclass(frozen=True, slots=True)
class Why:
    """A reason in words, the event behind it, and the trace of that event where it is at hand."""

    reason: str
    cause: str
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class News:
    """Why a position changed, why each line joined its queue, and why each supply is not what it was."""

    why: Why
    joined: Mapping[LineKey, Why] = field(default_factory=dict)
    changed: Mapping[str, Why] = field(default_factory=dict)

    def of(self, line: LineKey) -> Why:
        """Why something is told of a line."""
        return self.joined.get(line, self.why)

    def behind(self, promise: Promise) -> Why:
        """Why a line holds another promise: it joined, or its supply changed, or else the position did."""
        supply = promise.supply.supply_id if promise.supply else ""
        return self.joined.get(promise.line.line) or self.changed.get(supply, self.why)


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
    def page(self) -> str:
        """What the product page shows, to be compared."""
        return json.dumps(asdict(self.decision.availability), default=str)

    @property
    def page_version(self) -> int:
        return self.position.availability_version + (self.page != self.position.shown)
