"""products.v1: what can be sold."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.contracts.brand import Https
from shared.contracts.fields import (
    MOST_OF_A_COMPONENT,
    MOST_WORTH,
    Day,
    Days,
    Fact,
    Flag,
    Id,
    Labels,
    Part,
    Price,
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


class Component(Part):
    """A SKU that a bundle is made of, and how many units of it go into one bundle."""

    sku: Sku
    units: Annotated[Units, Field(le=MOST_OF_A_COMPONENT)]


def _named_once(components: tuple[Component, ...]) -> tuple[Component, ...]:
    if len({component.sku for component in components}) < len(components):
        raise ValueError("a component must be named once: add its units up")
    return components


class ProductUpserted(Fact):
    """What a SKU is, how it is packed and what its customers may expect."""

    sku: Sku
    merchant: Id
    version: Version
    name: Text
    packs: tuple[Pack, ...] = ()
    attributes: Labels = Field(default_factory=dict)
    group: Id | None = None
    price: Price
    unit_margin: Annotated[Whole, Field(ge=-MOST_WORTH, le=MOST_WORTH, description="minor units, may be a loss")] = 0
    dated: Annotated[Flag, Field(description="units carry an expiry date")] = False
    shelf_life_days: Annotated[Days, Field(ge=1)] | None = None
    min_life_days: Annotated[Days, Field(description="life left on the ship date, at least")] = 0
    backorderable: Flag = True
    launch_on: Day | None = None
    image_url: Annotated[Https | None, Field(description="a picture for pages and mails")] = None
    page_url: Annotated[Https | None, Field(description="the shop's page of it")] = None
    supplier_id: Id | None = None
    lead_time_days: Days | None = None
    components: Annotated[
        tuple[Component, ...],
        AfterValidator(_named_once),
        Field(
            max_length=50,
            description="of a bundle, none of which is a bundle itself; an ordered bundle is served from their stock",
        ),
    ] = ()

    @model_validator(mode="after")
    def _is_not_made_of_itself(self) -> Self:
        if any(component.sku == self.sku for component in self.components):
            raise ValueError("a bundle cannot be a component of itself")
        return self

    def key(self) -> str:
        return self.sku
