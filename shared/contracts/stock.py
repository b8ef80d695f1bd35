"""stock.v1: every change of what is on hand."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import Day, Id, Lot, Ordinal, Part, PositionFact, Status, Text, Total, TotalDelta

Reason = Literal[
    "opening",
    "receipt",
    "count",
    "expiry",
    "hold",
    "unhold",
    "rework",
    "ship",
    "short",
    "return",
    "damage",
    "lot_correction",
    "correction",
    "transfer",
]


class Movement(Part):
    """One line of the stock ledger."""

    movement_id: Id
    reason: Reason
    supply_id: Id | None = None
    order_id: Id | None = None
    line_id: Id | None = None
    lane: Id | None = None
    cause: Annotated[Text, Field(description="source and id of the event behind it")]
    lot: Lot | None = None
    expires_on: Day | None = None
    status: Status
    delta: TotalDelta
    on_hand: Annotated[Total, Field(description="units of the position in this status, after it")]


class StockAdjusted(PositionFact):
    """All movements of one position in one transaction, with a sequence that has no gap."""

    sequence: Ordinal
    movements: Annotated[tuple[Movement, ...], Field(min_length=1)]
