"""purchase-orders.v1: what was ordered from suppliers."""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.contracts.fields import Day, Fact, Flag, Id, Instant, Node, Part, Sku, UnitOfMeasure, Units, Version


class PurchaseOrderLine(Part):
    """A quantity of one SKU that a supplier owes until a day."""

    line: Annotated[Id, Field(description="unique within the purchase order")]
    sku: Sku
    qty: Units
    uom: UnitOfMeasure = "each"
    units_per: Annotated[Units | None, Field(description="units in one of the unit of measure")] = None
    due_on: Day
    final: Annotated[Flag, Field(description="nothing more is owed, whatever came")] = False


def _named_once(lines: tuple[PurchaseOrderLine, ...]) -> tuple[PurchaseOrderLine, ...]:
    if len({line.line for line in lines}) < len(lines):
        raise ValueError("line must be unique within the purchase order")
    return lines


class PurchaseOrderUpserted(Fact):
    """A purchase order as it stands now. A line owes ordered − received in every status, and nothing once final."""

    po_number: Id
    version: Version
    supplier_id: Id
    node: Node
    ordered_at: Instant
    lines: Annotated[tuple[PurchaseOrderLine, ...], AfterValidator(_named_once), Field(min_length=1)]

    def key(self) -> str:
        return self.po_number
