"""returns.v1: what customers sent back."""

from typing import Annotated

from pydantic import Field

from shared.contracts.fields import Day, Id, Instant, Lot, Node, OrderFact, Part, Sku, Text, Units


class ReturnedLine(Part):
    """Units of one SKU and lot that came back."""

    line_id: Id | None = None
    sku: Sku
    node: Node
    units: Units
    lot: Lot | None = None
    expires_on: Day | None = None
    says: Annotated[Text, Field(description="why the customer sent it back, and how it looks")] = ""


class ReturnReceived(OrderFact):
    """A parcel came back. Whatever it holds is in quarantine until someone has looked at it."""

    return_id: Annotated[Id, Field(description="the same id is the same return for ever")]
    lines: Annotated[tuple[ReturnedLine, ...], Field(min_length=1)]
    received_at: Instant
