"""receipts.v1: units accepted at the dock."""

from typing import Annotated

from pydantic import Field

from shared.contracts.fields import Day, Delta, Id, Instant, Lot, PositionFact, Status


class ReceiptPosted(PositionFact):
    """Units of one SKU and lot accepted at the dock in one act."""

    receipt_id: Id
    supply_id: Annotated[Id | None, Field(description="absent only for a blind receipt")] = None
    units: Annotated[Delta, Field(description="negative when it takes back an earlier receipt")]
    corrects: Id | None = None
    lot: Lot | None = None
    expires_on: Day | None = None
    disposition: Status
    lane: Id | None = None
    scanned_at: Instant
