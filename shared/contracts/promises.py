"""promises.v1: when a waiting line ships."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import DateRange, Id, Node, OrderFact, Part, Sku, Text, Units, Version


class PromisedLine(Part):
    """A waiting line and the ship dates promised for it; no range where no supply can serve it."""

    line_id: Id
    line_version: Version
    sku: Sku
    node: Node
    units: Annotated[Units, Field(description="still waiting")]
    before: Annotated[DateRange | None, Field(alias="from")] = None
    after: Annotated[DateRange | None, Field(alias="to")] = None
    kind: Literal["backorder"] = "backorder"
    supply_id: Id | None = None
    reason: Text
    cause: Annotated[Text, Field(description="source and id of the event behind it")]


class Promised(OrderFact):
    """Lines of one order whose promise was made or changed."""

    lines: Annotated[tuple[PromisedLine, ...], Field(min_length=1)]


class BackorderPromised(Promised):
    """Lines joined the queue and hold their first range."""


class PromiseMoved(Promised):
    """The range of waiting lines changed."""


class PromiseWithdrawn(Promised):
    """Waiting lines lost their range: no supply can serve them."""
