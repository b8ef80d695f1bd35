"""stock-requests.v1: what a person wants to be done with stock."""

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.contracts.fields import Day, Id, Instant, Lot, PositionFact, Status, Text, Units


class StockRequest(PositionFact):
    """A request about units of one lot; what cannot be done is refused whole and named."""

    request_id: Annotated[Id, Field(description="the same id is the same request for ever")]
    lot: Annotated[Lot | None, Field(description="absent: the units without a lot")] = None
    units: Annotated[Units | None, Field(description="absent: all that are there")] = None
    requested_by: Text
    requested_at: Instant
    why: Text = ""


class HoldRequested(StockRequest):
    """Sellable units are kept back on purpose until someone lets them go."""

    into: Annotated[Literal["quarantine", "rework"], Field(description="rework stays a supply")] = "quarantine"


class UnholdRequested(StockRequest):
    """Units that were kept back may be sold again."""

    out_of: Literal["quarantine", "rework"] = "quarantine"


class StatusChangeRequested(StockRequest):
    """Units change their status: rework is done, or turns out to be damage."""

    before: Annotated[Status, Field(alias="from")]
    after: Annotated[Status, Field(alias="to")]


class LotCorrectionRequested(StockRequest):
    """Units carry another lot or expiry than was said: a typing error, not a movement of goods."""

    status: Status = "sellable"
    right_lot: Lot | None = None
    right_expires_on: Day | None = None


EVENTS: Final = (HoldRequested, UnholdRequested, StatusChangeRequested, LotCorrectionRequested)
