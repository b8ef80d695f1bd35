"""orders.v1: what the shop sold, and what changed of it since."""

from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from shared.contracts.availability import State
from shared.contracts.fields import (
    Day,
    Days,
    Id,
    Instant,
    LineUnits,
    Money,
    Node,
    OrderFact,
    Ordinal,
    Part,
    Price,
    Sku,
    Text,
    Version,
    Whole,
    worth,
)

# At the door clocks may differ so much, and an order may be told so long after it; a policy says what counts.
AHEAD: Final = timedelta(minutes=5)
BACK: Final = timedelta(days=7)

STANDARD: Final = "standard"  # the priority of an order that names none

HoldKind = Literal["payment", "fraud", "address", "operator", "customer"]
Shipments = Annotated[Whole, Field(ge=1, le=1000, description="parcels at most; absent: as many as it takes")]


class Shown(Part):
    """What the product page showed when the customer ordered."""

    state: State
    earliest: Day | None = None
    latest: Annotated[Day | None, Field(description="the shipping date shown: the law's first clock")] = None
    version: Annotated[Version | None, Field(description="of the AvailabilityChanged that was shown")] = None


class ShipTo(Part):
    """Where an order goes, as far as its law and its time zone need to know."""

    country: Annotated[Id, Field(description="ISO 3166-1 alpha-2")]
    region: Annotated[Id | None, Field(description="its part after the hyphen of ISO 3166-2, such as CA")] = None


class OrderLine(Part):
    """One SKU of one order."""

    line_id: Annotated[Id, Field(description="unique within the order")]
    sku: Sku
    units: LineUnits
    unit_price: Price
    min_life_days: Days | None = None
    shown: Annotated[Shown | None, Field(description="absent: a backorder is accepted")] = None

    @model_validator(mode="after")
    def _can_be_paid(self) -> Self:
        worth(self.units, self.unit_price)
        return self


def _named_once(lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    if len({line.line_id for line in lines}) < len(lines):
        raise ValueError("line_id must be unique within the order")
    return lines


class OrderPlaced(OrderFact):
    """An order, paid or authorised and complete; nothing unpaid is published."""

    merchant: Id
    order_number: Annotated[Id, Field(description="what the customer knows it by")]
    channel: Id
    completed_at: Annotated[Instant, Field(description="the queue's and the law's clock")]
    market: Annotated[Id, Field(description="the country whose rules apply, ISO 3166-1 alpha-2")]
    ship_to: ShipTo | None = None
    ship_not_before: Annotated[Day | None, Field(description="the customer wants it to ship no sooner")] = None
    authorized_until: Annotated[
        Instant | None, Field(description="when the payment's authorisation ends; released before, or held for payment")
    ] = None
    priority: Annotated[Id, Field(description="a class of the merchant's head starts")] = STANDARD
    max_shipments: Shipments | None = None
    node: Node | None = None
    lines: Annotated[tuple[OrderLine, ...], AfterValidator(_named_once), Field(min_length=1)]


def is_country(code: str) -> bool:
    """Return whether a code may be one of ISO 3166-1 alpha-2, by which a market's law and zone are found."""
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()


def countries(order: OrderPlaced) -> list[tuple[str, str]]:
    """Return the countries that an order names, by field."""
    return [("market", order.market)] + ([("ship_to.country", order.ship_to.country)] if order.ship_to else [])


class OrderChange(OrderFact):
    """A change of an order, counted per source: one already seen is ignored, one too early waits for those before."""

    change_no: Annotated[Ordinal, Field(description="1, 2, 3 … for this order and this source")]
    changed_at: Instant


class OrderHeld(OrderChange):
    """The order keeps its place and owns no units until it is unheld."""

    kind: HoldKind
    reason: Text = ""


class OrderUnheld(OrderChange):
    """One reason to keep the order back is gone; it takes part again when none is left."""

    kind: HoldKind
    authorized_until: Annotated[
        Instant | None, Field(description="of payment: when the new authorisation ends; absent: it was paid")
    ] = None


class OrderLineCancelled(OrderChange):
    """The shop asks to cancel units of a line; it is answered by LineCancelled or CancelRefused."""

    line_id: Id
    units: LineUnits
    reason: Text = ""


class LineDivided(OrderChange):
    """Some units of an order are wanted on another line from now on."""

    line_id: Id
    new_line_id: Id | None = None

    @field_validator("new_line_id")
    @classmethod
    def _is_another(cls, new_line_id: str | None, said: ValidationInfo) -> str | None:
        if new_line_id is not None and new_line_id == said.data.get("line_id"):
            raise ValueError("must differ from line_id")
        return new_line_id


class OrderLineChanged(LineDivided):
    """A line wants another number of units; more of them queue as a new line, as of the change."""

    new_line_id: Annotated[Id | None, Field(description="the line of the further units, where they are more")] = None
    units: Annotated[LineUnits, Field(description="that the line wants from now on")]


class LineSwapped(LineDivided):
    """What a line still waits for is wanted of another SKU; it joins that queue as of the swap."""

    new_line_id: Annotated[Id, Field(description="the line of the other SKU")]
    sku: Sku
    unit_price: Price


class OrderSplit(OrderChange):
    """The order may ship in so many parcels from now on."""

    max_shipments: Shipments | None = None


class LinePriorityChanged(OrderChange):
    """Support moves one line in its queue."""

    line_id: Id
    queue_at: Annotated[Instant, Field(description="served from now on as if it had joined then")]
    by: Annotated[Id, Field(description="who moved it")]
    reason: Annotated[Text, Field(min_length=1, description="why, kept for ever")]


class DelayAnswered(OrderChange):
    """What a customer says to a delay."""

    line_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=500)]
    revised_by: Annotated[
        Day | None, Field(description="the revised date that was answered; absent: there was none")
    ] = None
    answered_at: Instant


class DelayConsented(DelayAnswered):
    """The customer keeps waiting until the revised date."""


class DelayRefused(DelayAnswered):
    """The customer does not wait: the lines are cancelled."""


class RefundMade(OrderChange):
    """Money for cancelled lines went back."""

    line_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=500)]
    amount: Money
    made_at: Instant


class RemindersDeclined(OrderFact):
    """The customer wants no mails but those that are necessary: dates, cancels and refunds are always told."""

    declined_at: Instant


class LinksRevoked(OrderFact):
    """The links to an order's status page that were sent until now lead nowhere any more; later mails have others."""

    generation: Annotated[Ordinal, Field(description="of the links that are sent from now on: 2, 3 …")]
    by: Id
    why: Text = ""
    revoked_at: Instant


EVENTS: Final = (
    OrderPlaced,
    OrderHeld,
    OrderUnheld,
    OrderLineCancelled,
    OrderLineChanged,
    LineSwapped,
    OrderSplit,
    LinePriorityChanged,
    DelayConsented,
    DelayRefused,
    RefundMade,
    RemindersDeclined,
    LinksRevoked,
)
