"""Shipments of more units than the ledger holds."""

from datetime import datetime, timedelta
from typing import Final

from services.inventory.domain.discrepancies import Discrepancy, discrepancy_of
from services.inventory.domain.ledger import LotPlace

PATIENCE: Final = timedelta(minutes=1)


def is_late(waited: timedelta) -> bool:
    """Return whether a shipment has waited for a minute: receipts only out of order would be here by then."""
    return waited >= PATIENCE


def not_on_hand(shipment_id: str, place: LotPlace, there: int, shipped_at: datetime) -> Discrepancy:
    """Name a late shipment for a person, who must count, if its units are neither sellable nor kept back."""
    facts = {
        "shipment_id": shipment_id,
        "there": there,
        "shipped_at": shipped_at.isoformat(),
        "todo": "count the sellable units of this lot, then those in quarantine, both after the shipment: "
        "it is booked as soon as a count or a receipt explains it",
    }
    return discrepancy_of("shipped_not_on_hand", place, shipment_id, shipped_at, facts, place[0], place[3])
