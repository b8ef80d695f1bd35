"""counts.v1: what was counted on the floor."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import Day, Id, Instant, Lot, Part, PositionFact, Status, Units


class ReportedLot(Part):
    """Units of one lot in one status."""

    lot: Lot | None = None
    expires_on: Day | None = None
    status: Status = "sellable"
    units: Units


class OnHandReported(PositionFact):
    """What the floor says it holds. An opening report is the first balance of a position."""

    report_id: Id
    kind: Literal["opening"]
    as_of: Instant
    lots: Annotated[tuple[ReportedLot, ...], Field(min_length=1)]
