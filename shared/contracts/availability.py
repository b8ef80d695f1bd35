"""availability.v1: what a product page shows."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import Count, DateRange, Id, Instant, Part, PositionFact, Units, Version

State = Literal["in_stock", "preorder", "backorder", "out_of_stock"]


class Break(Part):
    """When an order of up to so many units would ship."""

    up_to_units: Units
    ships: DateRange


class AvailabilityChanged(PositionFact):
    """What a new customer can have of one SKU at one node, and when."""

    merchant: Id
    version: Version
    state: State
    available_to_sell: Annotated[Count, Field(description="sellable units that no line owns")]
    breaks: Annotated[tuple[Break, ...], Field(max_length=5)]
    max_orderable: Count
    as_of: Instant
