"""Shipments of more units than the ledger has."""

from datetime import datetime, timedelta
from typing import Final

from services.inventory.domain.discrepancies import Discrepancy, found
from services.inventory.domain.ledger import LotPlace

PATIENCE: Final = timedelta(minutes=1)


def is_late(waited: timedelta) -> bool:
    """A shipment has waited for a minute: were its units only told out of order, they would have come by now."""
    return waited >= PATIENCE


def not_on_hand(shipment_id: str, place: LotPlace, there: int, shipped_at: datetime) -> Discrepancy:
    """A late shipment whose units are neither sellable nor kept back asks for a count."""
    facts = {
        "shipment_id": shipment_id,
        "there": there,
        "shipped_at": shipped_at.isoformat(),
        "todo": "count the sellable units of this lot, then those in quarantine, both after the shipment: "
        "it is booked as soon as a count or a receipt explains it",
    }
    return found("shipped_not_on_hand", place, shipment_id, shipped_at, facts, place[0], place[3])
