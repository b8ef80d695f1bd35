"""purchase-orders.v1: what was ordered from suppliers."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from shared.contracts.fields import (
    Day,
    Fact,
    Flag,
    Id,
    Instant,
    Node,
    Part,
    Sku,
    UnitOfMeasure,
    Units,
    Version,
    in_units,
)

_LONGEST_ID: Final = 200


def _without_slash(line: str) -> str:
    if "/" in line:
        raise ValueError("must have no /, which parts it from the po_number in a supply_id: write 1-2 for 1/2")
    return line


class PurchaseOrderLine(Part):
    """A quantity of one SKU that a supplier owes until a day."""

    line: Annotated[Id, AfterValidator(_without_slash), Field(description="unique within the order, and without /")]
    sku: Sku
    qty: Units
    uom: UnitOfMeasure = "each"
    units_per: Annotated[Units | None, Field(description="units in one of the unit of measure")] = None
    due_on: Day
    final: Annotated[Flag, Field(description="nothing more is owed, whatever came")] = False

    @model_validator(mode="after")
    def _can_be_counted(self) -> "PurchaseOrderLine":
        in_units(self.qty, self.units_per)
        return self


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

    @model_validator(mode="after")
    def _fits_into_a_supply_id(self) -> "PurchaseOrderUpserted":
        most = _LONGEST_ID - len(self.po_number) - 1
        if any(len(line.line) > most for line in self.lines):
            raise ValueError(f"po_number/line, a supply_id, has {_LONGEST_ID} characters at most: shorten line or both")
        return self

    def key(self) -> str:
        return self.po_number
