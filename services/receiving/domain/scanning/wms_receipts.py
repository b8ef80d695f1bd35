"""Receipts that a warehouse system posts by itself: they count as our own scans do, and are in stock already."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.discrepancies import Discrepancy, discrepancy_of
from services.receiving.domain.inbound import Position
from services.receiving.domain.purchase_orders.purchase_orders import Owed, consume
from services.receiving.domain.scanning.tallies import Disposition, Tally, subject_of


@dataclass(frozen=True, slots=True)
class WmsReceipt:
    """Units of one SKU that a warehouse system received, or took back when negative."""

    receipt_id: str
    supply_id: str | None
    sku: Sku
    node: Node
    units: int
    lot: str | None
    expires_on: date | None
    disposition: Disposition
    scanned_at: datetime
    corrects: str | None
    lane: str | None

    @property
    def position(self) -> Position:
        return (self.sku, self.node)


@dataclass(frozen=True, slots=True)
class PostedByWms:
    """A receipt that was posted before, and how many of its units were taken back since."""

    receipt_id: str
    units: int
    taken_back: int = 0

    def fault_of(self, correction: WmsReceipt) -> str | None:
        """Return why a correction cannot be meant: nobody can take back more than came."""
        left = self.units - self.taken_back
        if -correction.units <= left:
            return None
        return f"units: takes back {-correction.units} of receipt {self.receipt_id}, of which {left} are left"

    def after(self, correction: WmsReceipt) -> "PostedByWms":
        return replace(self, taken_back=self.taken_back - correction.units)


@dataclass(frozen=True, slots=True)
class OverOrdered:
    """A line of a purchase order of which a warehouse system received more than was ordered."""

    supply_id: str
    sku: Sku
    ordered: int
    received: int

    def discrepancy(self) -> Discrepancy:
        """Name the units above what was ordered for a person: they are sellable already."""
        facts = {
            "supply_id": self.supply_id, "sku": self.sku, "expected": str(self.ordered),
            "units": str(self.received - self.ordered), "todo": "agree with the supplier who owns them",
        }  # fmt: skip
        return discrepancy_of("over", "sku", subject_of(self.supply_id, self.sku), facts)


def share_out(receipts: Iterable[WmsReceipt], owed: Mapping[Position, Owed]) -> dict[str, dict[str, int]]:
    """Return what purchase orders owe less by receipts that name no supply, the line due first before the others."""
    left = {position: list(of.lines) for position, of in owed.items()}
    shares: dict[str, dict[str, int]] = {}
    for receipt in receipts:
        lines = left.get(receipt.position, [])
        taken = {supply: units for supply, units in consume(lines, receipt.units) if supply}
        left[receipt.position] = [replace(line, units=line.units - taken.get(line.supply_id, 0)) for line in lines]
        own = shares[receipt.receipt_id] = {}
        for line in lines:
            if units := taken.get(line.supply_id):
                own[line.po_number] = own.get(line.po_number, 0) + units
    return shares


def give_back(corrections: Iterable[WmsReceipt], shares: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return what purchase orders owe again, negative, by corrections of receipts that they have a share of."""
    left = {receipt_id: dict(share) for receipt_id, share in shares.items()}
    given: dict[str, dict[str, int]] = {}
    for correction in corrections:
        share, units = left.get(correction.corrects or "", {}), -correction.units
        own = given[correction.receipt_id] = {}
        for po_number in reversed(share):
            if back := min(units, share[po_number]):
                own[po_number] = -back
                share[po_number] -= back
                units -= back
    return given


def received_elsewhere(tally: Tally, units: int, sellable: int) -> Tally:
    """Return a tally with what a warehouse system received; its sellable units are in stock, whatever is allowed."""
    good, now = tally.good + sellable, tally.sellable + sellable
    allowed = now if good > now else max(tally.allowed, now)
    return Tally(tally.units + units, good, now, allowed, tally.elsewhere + sellable)
