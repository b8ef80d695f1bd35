"""availability.v1: what a product page shows."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import (
    MOST_TOGETHER,
    DateRange,
    Day,
    Fact,
    Flag,
    Id,
    Instant,
    Node,
    Part,
    Sku,
    Total,
    Version,
    Whole,
)

State = Literal["in_stock", "preorder", "backorder", "out_of_stock"]


class Break(Part):
    """When an order of up to so many units would ship."""

    up_to_units: Annotated[Whole, Field(gt=0, le=MOST_TOGETHER, description="units, at least 1")]
    ships: DateRange
    is_estimated: Annotated[Flag, Field(description="its supplier has not said when it arrives: say so")] = False


class AvailabilityChanged(Fact):
    """What a new customer can have of one SKU at one node, and when; over all nodes where none is named."""

    sku: Sku
    node: Node | None = None
    merchant: Id
    version: Version
    state: State
    available_to_sell: Annotated[Total, Field(description="sellable units that no line owns")]
    breaks: Annotated[tuple[Break, ...], Field(max_length=5)]
    max_orderable: Total
    ships_by: Annotated[Day | None, Field(description="when one unit ordered now ships at the latest")] = None
    as_of: Instant
    valid_until: Annotated[
        Instant | None, Field(description="the next cut-off; after it the next working day holds, and nothing is told")
    ] = None
    alternatives: Annotated[tuple[Sku, ...], Field(max_length=5, description="in stock, closest first")] = ()

    def key(self) -> str:
        return f"{self.sku}|{self.node}" if self.node else self.sku
