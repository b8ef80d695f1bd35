"""shipments.v1: what the floor did with released lines."""

from typing import Annotated

from pydantic import Field

from shared.contracts.fields import Id, Instant, Lot, Node, OrderFact, Part, Sku, Text, Units


class ShippedLine(Part):
    """Units of one line that left, by lot where the product has lots."""

    line_id: Id
    sku: Sku
    node: Node
    units: Units
    lot: Lot | None = None


class ShipmentConfirmed(OrderFact):
    """A parcel was handed to the carrier."""

    shipment_id: Annotated[Id, Field(description="derived from the order and its line versions")]
    lines: Annotated[tuple[ShippedLine, ...], Field(min_length=1)]
    carrier: Id
    tracking: Text
    handed_over_at: Instant


class PickShorted(OrderFact):
    """A picker did not find units of a released line: they are not where the ledger says."""

    short_id: Annotated[Id, Field(description="the same id is the same short for ever")]
    line_id: Id
    sku: Sku
    node: Node
    lot: Lot | None = None
    units: Units
    reason: Text = ""
    shorted_at: Instant
