"""Previews: questions to allocation, asked through gateway. They are no events: nothing is announced by them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.contracts.fields import DateRange, Day, Id, Instant, Lot, Node, Part, Sku, Units, Whole


class ReceiptAsked(Part):
    """A preview of a receipt of so many sellable units."""

    sku: Sku
    node: Node
    units: Units
    lot: Lot | None = None
    expires_on: Day | None = None
    supply_id: Annotated[Id | None, Field(description="the ASN or PO line that brings them; absent: none")] = None


class SlipAsked(Part):
    """A preview of a supply that comes on other days, or brings other units: at all its positions, or at one."""

    supply_id: Annotated[Id, Field(description="an asn_id, or po_number/line")]
    sku: Sku | None = None
    node: Node | None = None
    later_by_days: Annotated[
        Whole | None,
        Field(ge=-365, le=365, description="calendar days; negative: sooner; of each position's own window"),
    ] = None
    window: Annotated[DateRange | None, Field(description="ready to ship from now on")] = None
    units: Annotated[Units | None, Field(description="all that it brings; only at one position")] = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.sku is None) != (self.node is None):
            raise ValueError("give sku and node, or neither")
        if self.later_by_days is not None and self.window is not None:
            raise ValueError("give later_by_days or window, not both")
        if self.later_by_days is None and self.window is None and self.units is None:
            raise ValueError("say what changes: later_by_days, window or units")
        if self.units is not None and self.sku is None:
            raise ValueError("units are of one position: give sku and node")
        return self


class MoveAsked(Part):
    """A preview of a person's move of a line in its queue."""

    order_id: Id
    line_id: Id
    queue_at: Annotated[
        Instant | None, Field(description="served as if it had joined then; absent: before all that wait")
    ] = None
