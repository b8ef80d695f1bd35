"""products.v1: what can be sold."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.contracts.fields import (
    LARGEST,
    Day,
    Days,
    Fact,
    Flag,
    Id,
    Labels,
    Money,
    Part,
    Sku,
    Text,
    UnitOfMeasure,
    Units,
    Version,
    Whole,
)

Gtin = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{8}([0-9]{4,6})?$"), Field(description="8, 12, 13 or 14 digits")
]


class Pack(Part):
    """A barcode and how many units are inside."""

    gtin: Gtin
    units: Units
    level: UnitOfMeasure


class ProductUpserted(Fact):
    """What a SKU is, how it is packed and what its customers may expect."""

    sku: Sku
    merchant: Id
    version: Version
    name: Text
    packs: tuple[Pack, ...] = ()
    attributes: Labels = Field(default_factory=dict)
    group: Id | None = None
    price: Money
    unit_margin: Annotated[Whole, Field(ge=-LARGEST, le=LARGEST, description="minor units, may be a loss")] = 0
    dated: Annotated[Flag, Field(description="units carry an expiry date")] = False
    shelf_life_days: Annotated[Days, Field(ge=1)] | None = None
    min_life_days: Annotated[Days, Field(description="life left on the ship date, at least")] = 0
    backorderable: Flag = True
    launch_on: Day | None = None
    supplier_id: Id | None = None
    lead_time_days: Days | None = None

    def key(self) -> str:
        return self.sku
