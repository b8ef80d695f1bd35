"""What a change of a position comes to: who is served, what is promised, what the page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.allocation.domain.availability import Availability, availability
from services.allocation.domain.calendar import Calendar
from services.allocation.domain.matching import (
    FreeLot,
    LineKey,
    Match,
    Supply,
    Waiting,
    allocate,
    for_sale,
    still_waiting,
)
from services.allocation.domain.promising import Promise, promise


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision about one position depends on.

    `min_life_days` is what a new customer may expect; `joined` names the lines that are new in the queue or back in
    it, `changed` those that wait for other units than they were told.
    """

    queue: Sequence[Waiting]
    lots: Sequence[FreeLot]
    supplies: Sequence[Supply]
    calendar: Calendar
    backorderable: bool = True
    min_life_days: int = 0
    joined: frozenset[LineKey] = field(default_factory=frozenset)
    changed: frozenset[LineKey] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Decision:
    """Units for lines, the queue after them, the promises that change, and the page."""

    grants: Sequence[Match[FreeLot]]
    waiting: Sequence[Waiting]
    promises: Sequence[Promise]
    availability: Availability


def decide(facts: Facts, now: datetime) -> Decision:
    """Free units go to the waiting lines first; those left waiting are promised the supplies; the rest is for sale."""
    first_day = facts.calendar.next_shipping_day(now)
    grants = allocate(facts.queue, facts.lots, first_day)
    unserved = still_waiting(facts.queue, grants)
    promises = promise(unserved, facts.supplies, facts.joined, facts.calendar, first_day, facts.changed)
    changed = {one.line.line: one.line for one in promises}
    waiting = [changed.get(line.line, line) for line in unserved]
    free = for_sale(facts.lots, grants, facts.min_life_days, first_day)
    wanted = sum(line.units for line in waiting)
    page = availability(free, wanted, facts.supplies, facts.backorderable, facts.calendar, first_day)
    return Decision(grants, waiting, promises, page)
