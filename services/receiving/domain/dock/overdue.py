"""Overdue supplies: what did not come by the day after it was due is named to a person, louder as time passes."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.receiving.domain.catalogue import Node
from services.receiving.domain.discrepancies import Discrepancy, discrepancy_of

# Days after it was due on which a supply is named, and named again.
STEPS: Final = (2, 4, 8, 15)
_EVERY: Final = timedelta(days=7)  # between looks after the last of these days


@dataclass(frozen=True, slots=True)
class Look:
    """A supply to look at, and how loudly it was told as overdue; 0 where it was not."""

    supply_id: str
    purchase_order: bool
    level: int


@dataclass(frozen=True, slots=True)
class Owing:
    """A supply of which something is still to come, and the last day on which it was due."""

    supply_id: str
    supplier_id: str
    node: Node
    due_on: date


def level_of(due_on: date, today: date) -> int:
    """Return how loudly a supply is overdue: 0 until the second day after it was due, then by the days since."""
    return sum((today - due_on).days >= step for step in STEPS)


def next_look(due_on: date, at: datetime, zone: ZoneInfo) -> datetime:
    """Return when a supply becomes overdue, or louder."""
    today = at.astimezone(zone).date()
    days = next((due_on + timedelta(days=step) for step in STEPS if due_on + timedelta(days=step) > today), None)
    return datetime.combine(days or today + _EVERY, time(), zone)


def overdue(owing: Owing, level: int, today: date) -> Discrepancy:
    """Name an overdue supply for a person."""
    facts = {
        "supply_id": owing.supply_id, "supplier_id": owing.supplier_id, "node": owing.node, "due_on": str(owing.due_on),
        "days_overdue": str((today - owing.due_on).days), "level": f"{level} of {len(STEPS)}",
        "todo": "ask the supplier or the carrier when it comes, and send its new date, a close or a cancellation",
    }  # fmt: skip
    return discrepancy_of("inbound_overdue", "supply", owing.supply_id, facts)
