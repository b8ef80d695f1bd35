"""transfers.v1: units on their way from one node to another."""

from typing import Annotated, Final

from pydantic import Field, model_validator

from shared.contracts.fields import DateRange, Day, Fact, Id, Instant, Lot, Node, Part, Sku, Text, Units

MOST_LINES: Final = 1_000


class _Transfer(Fact):
    """A fact about a transfer from its origin to its destination."""

    transfer_id: Annotated[Id, Field(description="the dock of the destination receives it under this id, as an ASN")]
    origin: Node
    destination: Node

    def key(self) -> str:
        return self.transfer_id

    @model_validator(mode="after")
    def _goes_elsewhere(self) -> "_Transfer":
        if self.origin == self.destination:
            raise ValueError("destination must not be origin: name another node")
        return self


class RequestedUnits(Part):
    """Units of one lot that shall be sent."""

    sku: Sku
    lot: Annotated[Lot | None, Field(description="absent: the units without a lot")] = None
    units: Units


class TransferRequested(_Transfer):
    """Units shall be sent to another node: they are kept back at the origin until they leave."""

    lines: Annotated[tuple[RequestedUnits, ...], Field(min_length=1, max_length=MOST_LINES)]
    requested_by: Text
    requested_at: Instant
    why: Text = ""


class SentUnits(Part):
    """Units of one lot in a carton that was sent."""

    sku: Sku
    units: Units
    lot: Lot | None = None
    expires_on: Day | None = None


class SentCarton(Part):
    """A logistic unit that was sent: its SSCC or the origin's own number."""

    carton_id: Id
    lines: Annotated[tuple[SentUnits, ...], Field(min_length=1, max_length=MOST_LINES)]


class TransferShipped(_Transfer):
    """Units left their origin, and are on their way to the destination; asked for before or not."""

    shipped_at: Instant
    carrier: Id | None = None
    eta: Annotated[DateRange, Field(description="at the destination's dock")]
    cartons: Annotated[tuple[SentCarton, ...], Field(min_length=1, max_length=MOST_LINES)]


class TransferWithdrawn(Fact):
    """A transfer that was asked for is not sent: what was kept back for it may be sold again."""

    transfer_id: Id
    withdrawn_by: Text
    withdrawn_at: Instant
    why: Text = ""

    def key(self) -> str:
        return self.transfer_id


EVENTS: Final = (TransferRequested, TransferShipped, TransferWithdrawn)
