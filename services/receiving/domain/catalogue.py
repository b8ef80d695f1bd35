"""Known SKUs: their barcodes, their packs, and whether their units carry lot and expiry."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NewType

from services.receiving.facts.units import MOST_UNITS, UnitOfMeasure

Sku = NewType("Sku", str)


@dataclass(frozen=True, slots=True)
class Pack:
    """A barcode of 14 digits, and how many units are inside."""

    gtin: str
    units: int
    level: UnitOfMeasure


@dataclass(frozen=True, slots=True)
class Product:
    """A SKU, its merchant, its packs and the life of its units; days count from production and on shipping."""

    sku: Sku
    dated: bool
    packs: tuple[Pack, ...]
    merchant: str = ""
    shelf_life_days: int | None = None
    min_life_days: int = 0
    supplier_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Differences that a merchant accepts without a person having to look, in percent of the announced units."""

    over_percent: int = 0
    short_percent: int = 0


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Products by SKU, and what each barcode stands for."""

    products: Mapping[Sku, Product]
    barcodes: Mapping[str, tuple[Sku, Pack]]


def catalogue_of(products: Iterable[Product]) -> Catalogue:
    """Build a catalogue; a barcode that two SKUs claim stands for neither, since a person must decide."""
    by_sku = {product.sku: product for product in products}
    claims: dict[str, list[tuple[Sku, Pack]]] = defaultdict(list)
    for product in by_sku.values():
        for pack in product.packs:
            claims[pack.gtin].append((product.sku, pack))
    return Catalogue(by_sku, {gtin: claimed[0] for gtin, claimed in claims.items() if len(claimed) == 1})


def limited_units(units: int) -> int:
    """Limit units to the most that an event has room for, such as sums of mistaken figures."""
    return min(units, MOST_UNITS)


def gtin14(gtin: str) -> str:
    """Pad a GTIN-8, -12 or -13 with zeros to its GTIN-14 (GS1 General Specifications, 2.1)."""
    return gtin.zfill(14)


Node = NewType("Node", str)
