"""Purchase orders in units, and what suppliers still owe of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.receiving.domain.asns.asns import units_of_one
from services.receiving.domain.calendar import dates_in_words
from services.receiving.domain.catalogue import Catalogue, Node, Sku
from services.receiving.domain.dock.windows import OF_A_PURCHASE_ORDER, Rhythm, Spans, ready_by
from services.receiving.facts.units import MOST_UNITS, UnitOfMeasure
from services.receiving.facts.window import Window


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """The newest version of a purchase order; version 0 while only ASNs have named it."""

    po_number: str
    version: int
    supplier_id: str
    node: Node
    ordered_at: datetime


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A quantity of one SKU that a supplier owes; without `units` while the product or its pack is unknown.

    `reliable_on` is from when a new order may count on it, where its supplier has no history to learn from.
    """

    po_number: str
    line: str
    sku: Sku
    qty: int
    uom: UnitOfMeasure
    units_per: int | None
    due_on: date
    final: bool
    window: Window
    overdue_at: datetime
    reliable_on: date | None
    cause: str
    reason: str
    units: int | None = None

    @property
    def supply_id(self) -> str:
        return f"{self.po_number}/{self.line}"


@dataclass(frozen=True, slots=True)
class OpenLine:
    """Units that a line still owes: no ASN covers them, and no receipt was posted for them."""

    supply_id: str
    po_number: str
    line: str
    due_on: date
    units: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What purchase orders still owe to a position.

    `limited` says that there are purchase orders of it, so that more than they owe is over; `last_supply` is their line
    that is due last, which takes what is tolerated over: `over` units.
    """

    lines: tuple[OpenLine, ...] = ()
    limited: bool = False
    last_supply: str | None = None
    over: int = 0


def ready_after_due(due_on: date, at: datetime, node: Rhythm, spans: Spans) -> tuple[Window, datetime, date | None]:
    """Return when units that are due on a day are ready to ship, and when that can no longer be kept.

    The last is from when a new order may count on them, if that is not the end of the window. One working day after it
    at best, ten at worst, until there is a history to learn from. Until then a new order counts on the best: ten days
    more would close the page for what is due in a few days.
    """
    span = spans["purchase_order"]
    window, overdue_at = ready_by(Window(due_on, due_on), at, node, span)
    return window, overdue_at, window.earliest if span is OF_A_PURCHASE_ORDER else None


def overdue_window(line: OrderLine, at: datetime, node: Rhythm, spans: Spans, source: str) -> OrderLine:
    """Return the window of units that are owed for too long: as if they were due today.

    It moves before its dates are wrong (`overdue_at`), so at most once a day.
    """
    today = at.astimezone(node.zone).date()
    window, overdue_at, reliable_on = ready_after_due(today, at, node, spans)
    reason = f"still owed, and no ASN announces it yet; {due_reason(line.po_number, line.line, line.due_on)}"
    cause = f"{source}/overdue/{line.supply_id}/{today}"
    return replace(line, window=window, overdue_at=overdue_at, reliable_on=reliable_on, cause=cause, reason=reason)


def due_reason(po_number: str, line: str, due_on: date) -> str:
    """Write why a line's units are ready when they are, as a person says it."""
    return f"purchase order {po_number} line {line}: due {dates_in_words(Window(due_on, due_on))}"


def keep_windows(told: Iterable[OrderLine], known: Iterable[OrderLine]) -> list[OrderLine]:
    """Keep the window of each line whose due date did not change, whatever was learned in between.

    A window stays with its cause and its reason, and so do these if it is set anew to where it was.
    """
    before = {line.supply_id: line for line in known}
    return [_standing(line, before.get(line.supply_id)) for line in told]


def count_lines(lines: Iterable[OrderLine], catalogue: Catalogue) -> list[OrderLine]:
    """Count the units of lines whose product and pack are known; the other lines stay without units, and wait."""
    return [_counted(line, catalogue) for line in lines]


def cover_lines(lines: Iterable[tuple[str, date, int]], units: int) -> dict[str, int]:
    """Return how much of each line ASNs take over, given what they cover of its purchase order and SKU.

    Lines are (name, day due, units ordered); the one that is due first is filled first, no line above its units.
    """
    filled: dict[str, int] = {}
    for line, _, ordered in sorted(lines, key=lambda row: (row[1], row[0])):
        filled[line] = min(units, ordered)
        units -= filled[line]
    return filled


def consume(lines: Iterable[OpenLine], units: int) -> list[tuple[str | None, int]]:
    """Give units that came without an ASN to the lines of their SKU, the oldest due first.

    Each share names its supply; units that no line owes are the last share, which names none.
    """
    shares: list[tuple[str | None, int]] = []
    for line in sorted(lines, key=lambda line: (line.due_on, line.po_number, line.line)):
        taken = min(units, line.units)
        shares += [(line.supply_id, taken)] if taken else []
        units -= taken
    return [*shares, (None, units)] if units else shares


def _standing(line: OrderLine, before: OrderLine | None) -> OrderLine:
    if before and line.due_on == before.due_on:
        line = replace(line, window=before.window, overdue_at=before.overdue_at, reliable_on=before.reliable_on)
    if before and line.window == before.window:
        return replace(line, cause=before.cause, reason=before.reason)
    return line


def _counted(line: OrderLine, catalogue: Catalogue) -> OrderLine:
    product = catalogue.products.get(line.sku)
    each = units_of_one(product, line.uom, line.units_per) if product else None
    return replace(line, units=line.qty * each) if each and line.qty * each <= MOST_UNITS else line
