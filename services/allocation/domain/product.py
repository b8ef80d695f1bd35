"""Products, as far as queues and pages need them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Product:
    """A SKU, as far as its queue and page need it. `price` is in minor units, `components` are units by SKU.

    `lead_time_days` are working days, `on_time_share` is percent of its supplier's last receipts; None is not known.
    """

    sku: str
    merchant: str
    backorderable: bool
    min_life_days: int
    launch_on: date | None = None
    group: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    price: int = 0
    lead_time_days: int | None = None
    on_time_share: int | None = None
    components: Mapping[str, int] = field(default_factory=dict)


def foreign(merchant: str, skus: Iterable[str], products: Mapping[str, Product]) -> list[str]:
    """Return those of these SKUs that are another merchant's: an order is served by its own merchant's alone."""
    return sorted({sku for sku in skus if products[sku].merchant != merchant})
