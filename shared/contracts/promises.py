"""promises.v1: when a waiting line ships."""

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.contracts.fields import DateRange, Day, Flag, Id, Instant, Node, OrderFact, Part, Sku, Text, Units, Version

Consent = Literal["not_needed", "silent_until", "yes_by"]


class PromisedLine(Part):
    """A waiting line and the ship dates promised for it; no range where no supply can serve it."""

    line_id: Id
    line_version: Version
    sku: Sku
    node: Node
    units: Annotated[Units, Field(description="still waiting")]
    before: Annotated[DateRange | None, Field(alias="from")] = None
    after: Annotated[DateRange | None, Field(alias="to")] = None
    kind: Literal["backorder", "preorder"] = "backorder"
    supply_id: Id | None = None
    unpadded: Annotated[
        DateRange | None,
        Field(description="what the supply says, before the padding of a later date; absent: the same"),
    ] = None
    sure: Annotated[Flag, Field(description="the supply is booked or has arrived: an earlier date may be told")] = False
    applicable_by: Annotated[
        Day | None, Field(description="the date by which the law wants it shipped, cancelled or agreed anew")
    ] = None
    revised_by: Annotated[Day | None, Field(description="the date that the customer is asked to agree to")] = None
    consent: Annotated[Consent, Field(description="what the customer's silence until applicable_by means")] = (
        "not_needed"
    )
    answer_by: Annotated[
        Day | None,
        Field(description="until this day is over silence means yes (silent_until), or a yes counts (yes_by)"),
    ] = None
    send_before: Annotated[
        Instant | None, Field(description="a notice of it that leaves later gives no option, by the law")
    ] = None
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


EVENTS: Final = (BackorderPromised, PromiseMoved, PromiseWithdrawn)
