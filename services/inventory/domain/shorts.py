"""Units that a picker did not find, kept from sale until somebody has counted."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.inventory.domain.discrepancies import Discrepancy, discrepancy_of
from services.inventory.domain.ledger import (
    Journal,
    Ledger,
    LotKey,
    LotPlace,
    Movement,
    Node,
    Sku,
    effective_at,
    natural_id,
)


@dataclass(frozen=True, slots=True)
class PickShort:
    """Units of a lot that were not there when a line was picked."""

    short_id: str
    sku: Sku
    node: Node
    lot: str
    units: int
    order_id: str
    line_id: str
    shorted_at: datetime
    cause: str

    @property
    def lot_key(self) -> LotKey:
        return (self.sku, self.node, self.lot)

    @property
    def place(self) -> LotPlace:
        return (self.sku, self.node, "sellable", self.lot)

    @property
    def kept_at(self) -> LotPlace:
        return (self.sku, self.node, "quarantine", self.lot)


def take_shorts(ledger: Ledger, shorts: Iterable[PickShort]) -> tuple[Journal, list[Discrepancy]]:
    """Move units that were not found from sellable to quarantine, as many as the ledger holds.

    Each short asks for a count of its lot; the movements name the line, so that the units are taken from that line.
    """
    journal = Journal.over(ledger)
    asked: list[Discrepancy] = []
    for short in shorts:
        taken = min(short.units, journal.after.units(short.place))
        at = effective_at(journal.after, short.shorted_at, short.place, short.kept_at)
        if taken:
            journal.enter(_movements(short, taken, at))
        asked.append(_ask_for_count(short, taken, at))
    return journal, asked


def _movements(short: PickShort, taken: int, at: datetime) -> list[Movement]:
    left = Movement(
        natural_id("short", short.short_id, "1"), short.sku, short.node, "short", "sellable", -taken, at, short.cause,
        short.lot, order_id=short.order_id, line_id=short.line_id,
    )  # fmt: skip
    return [left, replace(left, movement_id=natural_id("short", short.short_id, "2"), status="quarantine", delta=taken)]


def _ask_for_count(short: PickShort, taken: int, at: datetime) -> Discrepancy:
    fewer = f"; the ledger had only {taken} of the {short.units}" if taken < short.units else ""
    facts = {
        "short_id": short.short_id,
        "order_id": short.order_id,
        "line_id": short.line_id,
        "shorted": short.units,
        "taken": taken,
        "todo": f"count the sellable units of this lot, then those in quarantine{fewer}",
    }
    return discrepancy_of("pick_short", short.place, short.short_id, at, facts)
