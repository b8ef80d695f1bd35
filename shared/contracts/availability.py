"""availability.v1: what a product page shows."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import MOST_TOGETHER, DateRange, Fact, Id, Instant, Node, Part, Sku, Total, Version, Whole

State = Literal["in_stock", "preorder", "backorder", "out_of_stock"]


class Break(Part):
    """When an order of up to so many units would ship."""

    up_to_units: Annotated[Whole, Field(gt=0, le=MOST_TOGETHER, description="units, at least 1")]
    ships: DateRange


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
    as_of: Instant

    def key(self) -> str:
        return f"{self.sku}|{self.node}" if self.node else self.sku
