"""counts.v1: what was counted on the floor."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import Count, Day, Id, Instant, Lot, Part, PositionFact, Status, Text


class ReportedLot(Part):
    """Units of one lot in one status."""

    lot: Lot | None = None
    expires_on: Day | None = None
    status: Status = "sellable"
    units: Count


class OnHandReported(PositionFact):
    """What the floor says it holds: first of all, to open a position's ledger, and nightly, to compare.

    Differences are shown, never absorbed: only a count changes stock.
    """

    report_id: Id
    kind: Literal["opening", "nightly"]
    as_of: Instant
    lots: Annotated[tuple[ReportedLot, ...], Field(min_length=1)]


class CountRecorded(PositionFact):
    """Units of one lot and status, counted without knowing what the ledger says (blind), or counted again."""

    count_id: Annotated[Id, Field(description="the same id is the same count for ever")]
    kind: Literal["blind", "recount"]
    recount_of: Annotated[Id | None, Field(description="the count that it repeats")] = None
    lot: Annotated[Lot | None, Field(description="absent: the units without a lot")] = None
    expires_on: Day | None = None
    status: Status = "sellable"
    units: Count
    counted_at: Annotated[Instant, Field(description="compared with the ledger as of then")]
    counted_by: Text
    reason: Text = ""
