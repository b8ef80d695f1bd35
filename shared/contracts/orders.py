"""orders.v1: what the shop sold."""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.contracts.fields import Days, Id, Instant, Money, Node, OrderFact, Part, Sku, Units


class OrderLine(Part):
    """One SKU of one order."""

    line_id: Annotated[Id, Field(description="unique within the order")]
    sku: Sku
    units: Units
    unit_price: Money
    min_life_days: Days | None = None


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
    node: Node | None = None
    lines: Annotated[tuple[OrderLine, ...], AfterValidator(_named_once), Field(min_length=1)]
