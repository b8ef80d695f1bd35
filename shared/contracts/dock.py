"""dock-requests.v1 and dock.v1: what is asked of the dock, and what happened there."""

from typing import Annotated

from pydantic import Field

from shared.contracts.fields import Count, Fact, Id, Instant, Node, Part, Sku


class CloseRequested(Fact):
    """The dock says that nothing more comes off this truck."""

    asn_id: Id
    requested_at: Instant

    def key(self) -> str:
        return self.asn_id


class ClosedLine(Part):
    """What one SKU of a closed ASN came to, in units."""

    sku: Sku
    expected: Count
    received: Annotated[Count, Field(description="in every status")]
    damaged: Count
    short: Count
    over: Count


class ReceivingClosed(Fact):
    """A truck is done: short is known from now on."""

    asn_id: Id
    node: Node
    closed_at: Instant
    lines: tuple[ClosedLine, ...]

    def key(self) -> str:
        return self.asn_id
