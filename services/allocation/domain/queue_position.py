"""Why a line waits behind others, and why it may own no units: in words that support can pass on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.allocation.domain.place import Place
from services.allocation.domain.ship_together import OpenLine, ShippingDays, ready
from services.allocation.domain.window import Window

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class QueuedLine:
    """A waiting line, its order, who moved it last, if anybody did, and how many of its units stock covers."""

    order_id: str
    line_id: str
    merchant: str
    priority: str
    queue_at: datetime
    completed_at: datetime
    units: int
    eligible: bool
    promised: Window | None = None
    moved_by: str | None = None
    moved_why: str | None = None
    covered: int = 0

    @property
    def place(self) -> Place:
        """Return the place in the order of service."""
        return (self.queue_at, self.completed_at, self.order_id, self.line_id)

    @property
    def head_start(self) -> float:
        """Return by how many hours it counts as complete earlier than it was; negative: later."""
        return (self.completed_at - self.queue_at) / _HOUR


@dataclass(frozen=True, slots=True)
class Gates:
    """Everything that keeps a line from owning units: holds of its order, the first day of each gate, the rest."""

    holds: Sequence[str]
    ship_not_before: date | None
    launch_on: date | None
    others: Sequence[OpenLine]


def why_before(other: QueuedLine, line: QueuedLine) -> str:
    """Say why another line is served before this one: it was moved, was complete earlier, or has a head start."""
    if other.moved_by is not None:
        return f"moved by {other.moved_by}: {other.moved_why}"
    if (other.completed_at, other.order_id, other.line_id) < (line.completed_at, line.order_id, line.line_id):
        return "completed earlier"
    if line.moved_by is not None:
        return f"this line was moved by {line.moved_by}: {line.moved_why}"
    if other.head_start > 0:
        return f"head start of {other.priority} {other.head_start:g} h"
    return f"this line joined {-line.head_start:g} h after its order was complete"


def overtaken_within(line: QueuedLine, head_starts: Mapping[str, int]) -> float:
    """Return hours: no line that joins more than this after it goes before it, manual moves apart."""
    return max(0.0, max((0, *head_starts.values())) - line.head_start)


def why_not_eligible(gates: Gates, today: date, terms: ShippingDays) -> list[str]:
    """Say everything that keeps a line from owning units today."""
    why = [f"the order is held: {kind}" for kind in gates.holds]
    if gates.ship_not_before and gates.ship_not_before > today:
        why.append(f"it is not to ship before {gates.ship_not_before}")
    if gates.launch_on and gates.launch_on > today:
        why.append(f"it launches on {gates.launch_on}")
    return why + list(_waits_for(gates.others, terms))


def _waits_for(others: Iterable[OpenLine], terms: ShippingDays) -> Iterable[str]:
    for line in others:
        if not ready(line, terms) and line.free < line.waiting:
            when = f"promised by {line.promised_by}" if line.promised_by else "without a date"
            yield f"it ships together with line {line.line[1]} of {line.position[0]}, which is not ready: {when}"
