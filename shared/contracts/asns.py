"""asns.v1: what suppliers say is on the truck."""

from typing import Annotated

from pydantic import Field, model_validator

from shared.contracts.fields import (
    DateRange,
    Day,
    Fact,
    Id,
    Instant,
    Lot,
    Node,
    Ordinal,
    Part,
    Sku,
    UnitOfMeasure,
    Units,
)
from shared.contracts.products import Gtin


class AsnLine(Part):
    """A quantity of one SKU in one carton."""

    sku: Sku | None = None
    gtin: Gtin | None = None
    qty: Units
    uom: UnitOfMeasure = "each"
    units_per: Annotated[Units | None, Field(description="units in one of the unit of measure")] = None
    lot: Lot | None = None
    expires_on: Day | None = None

    @model_validator(mode="after")
    def _names_what_it_holds(self) -> "AsnLine":
        if self.sku is None and self.gtin is None:
            raise ValueError("sku or gtin is needed")
        return self


class AsnCarton(Part):
    """A logistic unit: its SSCC or the supplier's own number."""

    carton_id: Id
    lines: Annotated[tuple[AsnLine, ...], Field(min_length=1)]


class AsnReceived(Fact):
    """An advance ship notice or its revision, which replaces the one before it whole."""

    asn_id: Id
    revision: Ordinal
    supplier_id: Id
    node: Node
    po_number: Id | None = None
    carrier: Id | None = None
    shipped_at: Instant | None = None
    eta: DateRange
    cartons: Annotated[tuple[AsnCarton, ...], Field(min_length=1)]

    def key(self) -> str:
        return self.asn_id
