"""Who is before a line, and why; what it waits for, and why it owns nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.allocation.domain.boundaries import stretches
from services.allocation.domain.facts import PositionFacts, days_of
from services.allocation.domain.place import Place
from services.allocation.domain.position import PositionKey
from services.allocation.domain.queue_position import Gates, QueuedLine, overtaken_within, why_before, why_not_eligible
from services.allocation.domain.ship_together import OpenLine
from services.allocation.domain.supply import Supply, SupplyKey, known_as
from services.allocation.domain.window import Window
from services.allocation.store import boundaries, orders, queue, settings, supplies
from services.allocation.store import queue_position as store
from shared.messaging.transaction import Tx

_MOST_PASSED: Final = 100


@dataclass(frozen=True, slots=True)
class LineBefore:
    """A line that is served before, and why. Units in stock cover `covered_units` of its units."""

    order_id: str
    line_id: str
    units: int
    covered_units: int
    completed_at: datetime
    queue_at: datetime
    eligible: bool
    promised: Window | None
    why: str


@dataclass(frozen=True, slots=True)
class PassedLine:
    """A line behind that has units on the floor, or is covered by units in stock."""

    order_id: str
    line_id: str
    units: int


@dataclass(frozen=True, slots=True)
class WaitingAnswer:
    """How a line waits: `supply` completes it; `next` is where the page of lines before it goes on.

    Stock covers `covered_units` of its units: they are its own, and go to the floor later. Of the lines before it those
    that stock covers are listed, not counted.

    `overtaken_within_hours`: none that joins more than this after it goes before it, manual moves apart.
    """

    units: int
    covered_units: int
    lines_before: int
    units_before: int
    overtaken_within_hours: float
    promised: Window | None
    supply: Supply | None
    eligible: bool
    not_eligible: Sequence[str]
    passed_by: Sequence[PassedLine]
    before: Sequence[LineBefore]
    next: str | None


@dataclass(frozen=True, slots=True)
class QueueAnswer:
    """Where a line stands; one of which nothing waits any more stands nowhere."""

    order_id: str
    line_id: str
    sku: str
    node: str
    allocated_units: int
    shipped_units: int
    cancelled_units: int
    completed_at: datetime
    queue_at: datetime
    head_start_hours: float
    moved: str | None
    waiting: WaitingAnswer | None


async def explain(tx: Tx, asked: store.QueuedLineRow, after: Place | None, limit: int) -> QueueAnswer:
    """Answers for one line; of those before it the first that stand after a place."""
    line = asked.line
    return QueueAnswer(
        line.order_id, line.line_id, *asked.key, asked.allocated, asked.shipped, asked.cancelled, line.completed_at,
        line.queue_at, line.head_start, f"moved by {line.moved_by}: {line.moved_why}" if line.moved_by else None,
        await _waits(tx, asked, after, limit) if line.units else None,
    )  # fmt: skip


async def _waits(tx: Tx, asked: store.QueuedLineRow, after: Place | None, limit: int) -> WaitingAnswer:
    line, key = asked.line, asked.key
    known = await _know(tx, key)
    ends = (await boundaries.boundaries(tx, {key: asked.queue_end}))[key]
    stretch = next(stretch for stretch in stretches(ends) if stretch.has(line.place))
    between = await queue.waits_between(tx, [(key, stretch.begin, line.place)])
    lines, units = between[line.order_id, line.line_id]
    ahead = await store.lines_before(tx, key, after, line.place, limit + 1)
    page = ahead[:limit]
    passed = await store.passed_by(tx, key, line.place, _MOST_PASSED)
    return WaitingAnswer(
        line.units, line.covered, stretch.begin.lines + lines, stretch.begin.units + units,
        overtaken_within(line, known.policy(key).head_starts), line.promised,
        await _supply(tx, asked, stretch.supply), line.eligible, await _not_eligible(tx, asked, known),
        [PassedLine(line.order_id, line.line_id, line.units) for line in passed],
        [_before(queued_line, line) for queued_line in page],
        written(page[-1].place) if len(ahead) > limit else None,
    )  # fmt: skip


async def _know(tx: Tx, key: PositionKey) -> PositionFacts:
    products = await settings.products(tx, {key[0]})
    calendars = await settings.calendars(tx, {key[1]})
    policies = await settings.policies(tx, {products[key[0]].merchant})
    return PositionFacts({}, products, calendars, policies, days_of(calendars, tx.now))


async def _supply(tx: Tx, asked: store.QueuedLineRow, of_stretch: SupplyKey | None) -> Supply | None:
    """None where nothing that has a name comes for it: not ordered yet, or free units that it may not own yet."""
    name = asked.longer_life_from if asked.asks_longer_life else known_as(of_stretch)
    comes = (await supplies.supplies(tx, [asked.key])).get(asked.key, ()) if name else ()
    if asked.asks_longer_life:
        return next((supply for supply in comes if known_as(supply.key) == name), None)
    return next((supply for supply in comes if supply.key == of_stretch), None)


async def _not_eligible(tx: Tx, asked: store.QueuedLineRow, known: PositionFacts) -> list[str]:
    key = asked.key
    others: list[OpenLine] = []
    if asked.together:
        whole = {asked.line.order_id: asked.together == asked.line.order_id}
        rest = await orders.open_lines(tx, whole, known.days)
        others = [line for line in rest.get(asked.together, ()) if line.line[1] != asked.line.line_id]
    gates = Gates(asked.holds, asked.ship_not_before, known.product(key).launch_on, others)
    today = known.today(key)
    return why_not_eligible(gates, today, known.terms(key))


def _before(one: QueuedLine, line: QueuedLine) -> LineBefore:
    return LineBefore(
        one.order_id, one.line_id, one.units, one.covered, one.completed_at, one.queue_at, one.eligible, one.promised,
        why_before(one, line),
    )  # fmt: skip


def written(place: Place) -> str:
    """A place as text that a caller can hand back."""
    queue_at, completed_at, order_id, line_id = place
    return "|".join((_instant(queue_at), _instant(completed_at), order_id, line_id))


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def read(text: str) -> Place:
    """The place that was written so; ValueError where it is none."""
    queue_at, completed_at, order_id, line_id = text.split("|")
    place = (datetime.fromisoformat(queue_at), datetime.fromisoformat(completed_at), order_id, line_id)
    if place[0].tzinfo is None or place[1].tzinfo is None:
        raise ValueError("a place has instants with an offset")
    return place
