"""Advance ship notices: what a supplier says is on the truck, counted in units."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, NewType

from services.receiving.domain.calendar import Calendar, Window, ready_window, spoken
from services.receiving.domain.catalogue import Catalogue, Product, Sku, UnitOfMeasure

Node = NewType("Node", str)
AsnId = NewType("AsnId", str)
Basis = Literal["purchase_order", "asn", "appointment", "arrived"]


@dataclass(frozen=True, slots=True)
class Asn:
    """The newest revision of an ASN: where it goes, and when its units are ready to ship and why.

    `overdue_at` is when its window begins to lie, if nothing is heard until then.
    """

    asn_id: AsnId
    revision: int
    supplier_id: str
    node: Node
    window: Window
    cause: str
    reason: str
    eta: Window
    shipped_at: datetime | None = None
    basis: Basis = "asn"
    overdue_at: datetime | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity of one SKU in one carton; without `units` while the product or its pack is unknown."""

    asn_id: AsnId
    revision: int
    line: int
    carton_id: str
    sku: Sku | None
    gtin: str | None
    qty: int
    uom: UnitOfMeasure
    units_per: int | None = None
    lot: str | None = None
    expires_on: date | None = None
    units: int | None = None


def announced(
    asn_id: AsnId, revision: int, supplier_id: str, node: Node, due: Window, calendar: Calendar, cause: str,
    shipped_at: datetime | None = None,
) -> Asn:  # fmt: skip
    """An ASN as it is told: its units are ready some working days after the truck is due."""
    reason = f"ASN {asn_id} revision {revision}: ETA {spoken(due)}"
    window = ready_window(due, calendar)
    return Asn(asn_id, revision, supplier_id, node, window, cause, reason, due, shipped_at)


def revise(known: Asn, told: Asn) -> Asn | None:
    """What stands after an ASN is told again: a higher revision replaces all, another one changes nothing."""
    return replace(told, closed=known.closed) if told.revision > known.revision else None


def count_lines(lines: Iterable[Line], catalogue: Catalogue) -> list[Line]:
    """Lines in units where product and pack are known; the others stay without, and must wait."""
    return [_counted(line, catalogue) for line in lines]


def without_pack(line: Line, catalogue: Catalogue) -> Sku | None:
    """The SKU of a line that cannot be counted although its product is known: its pack is missing."""
    product = _product_of(line, catalogue)
    return product.sku if product and _units_per(line, product) is None else None


def _counted(line: Line, catalogue: Catalogue) -> Line:
    product = _product_of(line, catalogue)
    units_per = _units_per(line, product) if product else None
    return replace(line, sku=product.sku, units=line.qty * units_per) if product and units_per else line


def _product_of(line: Line, catalogue: Catalogue) -> Product | None:
    if line.sku is not None:
        return catalogue.products.get(line.sku)
    sku, _ = catalogue.barcodes.get(line.gtin or "", (None, None))
    return catalogue.products[sku] if sku else None


def _units_per(line: Line, product: Product) -> int | None:
    """How many units one of the line's quantity is.

    What the supplier says it is; else what the line's own barcode holds, since a case's barcode counts cases even
    where no unit of measure is given; else 1 for each; else what the product's packs of that level agree on.
    """
    if line.units_per:
        return line.units_per
    for pack in product.packs:
        if pack.gtin == line.gtin and line.uom in ("each", pack.level):
            return pack.units
    if line.uom == "each":
        return 1
    sizes = {pack.units for pack in product.packs if pack.level == line.uom}
    return sizes.pop() if len(sizes) == 1 else None
