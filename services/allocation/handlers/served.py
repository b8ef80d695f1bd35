"""What happened to a position, and what was decided because of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from services.allocation.domain.matching import LineKey, Waiting
from services.allocation.domain.positions import Position, Product
from services.allocation.domain.serving import Decision


@dataclass(frozen=True, slots=True)
class News:
    """Why a position changed, by which event, and which lines are new in its queue."""

    reason: str
    cause: str
    traceparent: str | None
    joined: frozenset[LineKey] = field(default_factory=frozenset)


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
