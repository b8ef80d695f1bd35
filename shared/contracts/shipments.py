"""shipments.v1: what the floor did with released lines."""

from typing import Annotated, Final

from pydantic import Field

from shared.contracts.brand import Https
from shared.contracts.fields import Flag, Id, Instant, Lot, Node, OrderFact, Part, Sku, Text, Units, Version


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
    tracking_url: Annotated[Https | None, Field(description="where its customer follows it")] = None
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


class ReleaseAccepted(OrderFact):
    """The floor took a release in hand."""

    line_id: Id
    line_version: Version
    accepted_at: Instant


class StopAnswered(OrderFact):
    """The floor stopped units and put them back, or cannot."""

    stop_id: Id
    line_id: Id
    units: Annotated[Units, Field(description="that the answer is about")]
    stopped: Flag
    reason: Text = ""
    answered_at: Instant


EVENTS: Final = (
    ReleaseAccepted,
    ShipmentConfirmed,
    PickShorted,
    StopAnswered,
)
