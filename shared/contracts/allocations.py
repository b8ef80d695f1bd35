"""allocations.v1: which units belong to which order line."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import Count, Day, Flag, Id, Lot, Node, OrderFact, Part, Sku, Text, Units, Version


class AllocatedLot(Part):
    """Units of one lot."""

    lot: Lot | None = None
    expires_on: Day | None = None
    units: Units


class AllocatedLine(Part):
    """Units that a line owns from now on."""

    line_id: Id
    line_version: Version
    sku: Sku
    node: Node
    units: Units
    lots: tuple[AllocatedLot, ...]


class ReleasedLine(AllocatedLine):
    """An allocated line that the floor may pick."""

    lane: Id | None = None
    waited_seconds: Annotated[Count, Field(description="since the order was complete")]
    again: Annotated[
        Flag,
        Field(
            description="no more units: all that the line owns, since its lots changed; in place of earlier releases"
        ),
    ] = False


class LineAllocated(OrderFact):
    """Lines that never waited got units, when the order was placed or in place of units that were not there."""

    release: Annotated[Literal["now"], Field(description="the floor may pick them")]
    lines: Annotated[tuple[AllocatedLine, ...], Field(min_length=1)]


class BackorderReleased(OrderFact):
    """Waiting lines got their units and the floor may pick them; or lots of released lines changed (`again`)."""

    lines: Annotated[tuple[ReleasedLine, ...], Field(min_length=1)]


class RevokedLine(AllocatedLine):
    """Units that a line owns no longer; it waits for them at its old place in the queue."""

    was_released: Annotated[Flag, Field(description="the floor had it already, and must put it back")]
    reason: Text
    cause: Annotated[Text, Field(description="source and id of the event behind it")]


class AllocationRevoked(OrderFact):
    """Units that lines owned are not there: a count, a hold, an expiry, a picker's short."""

    lines: Annotated[tuple[RevokedLine, ...], Field(min_length=1)]
