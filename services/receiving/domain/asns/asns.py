"""Advance ship notices: what a supplier says is on the truck, counted in units."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal, NewType

from services.receiving.domain.calendar import DAY, Calendar, dates_in_words, ready_window
from services.receiving.domain.catalogue import Catalogue, Node, Product, Sku
from services.receiving.domain.discrepancies import Discrepancy, discrepancy_of
from services.receiving.facts.units import MOST_UNITS, UnitOfMeasure
from services.receiving.facts.window import Window

AsnId = NewType("AsnId", str)
_YEAR: Final = timedelta(days=365)
NODE_AS_SUPPLIER: Final = "node/"
Basis = Literal["purchase_order", "asn", "appointment", "arrived"]


@dataclass(frozen=True, slots=True)
class Asn:
    """The newest revision of an ASN: its node, and when its units are ready to ship and why.

    At `overdue_at` its window cannot be kept any more, if nothing is heard until then.
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
    po_number: str | None = None
    cancelled_by: int = 0
    eta_estimated_from: str | None = None

    @property
    def is_transfer(self) -> bool:
        """Return whether another node sent it, not a supplier."""
        return self.supplier_id.startswith(NODE_AS_SUPPLIER)

    @property
    def name(self) -> str:
        """Return what it is called in words: units that another node sent are a transfer from there."""
        if self.is_transfer:
            return f"transfer {self.asn_id} from {self.supplier_id.removeprefix(NODE_AS_SUPPLIER)}"
        return f"ASN {self.asn_id} revision {self.revision}"

    @property
    def cancelled(self) -> bool:
        """Return whether the supplier took the ASN back: nothing of it is expected until a higher revision comes."""
        return self.cancelled_by >= self.revision


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
    po_number: str | None = None


def announced_asn(
    asn_id: AsnId, revision: int, supplier_id: str, node: Node, due: Window, calendar: Calendar, cause: str,
    shipped_at: datetime | None = None,
) -> Asn:  # fmt: skip
    """Make the ASN of a revision: its units are ready some working days after the truck is due."""
    asn = Asn(asn_id, revision, supplier_id, node, ready_window(due, calendar), cause, "", due, shipped_at)
    return replace(asn, reason=f"{asn.name}: ETA {dates_in_words(due)}")


def revise(known: Asn, told: Asn) -> Asn | None:
    """Return the ASN after a higher revision, which replaces all; None if the revision changes nothing."""
    if told.revision <= known.revision:
        return None
    return replace(told, closed=known.closed, cancelled_by=known.cancelled_by)


def covered_units(announced: Mapping[str | None, int], received: int, *, done: bool) -> dict[str, int]:
    """Return the units that an ASN takes over from purchase orders of one SKU.

    `announced` are the units that its lines announce for each purchase order, and for none. While the ASN is open it
    covers these; once it is done, it covers what came: each purchase order gets its units up to what was announced for
    it, in the order of their numbers and lines without one last; units above that go to the last one.
    """
    if done:
        announced = _as_came(announced, received)
    return {number: units for number, units in announced.items() if number and units > 0}


def _as_came(announced: Mapping[str | None, int], received: int) -> dict[str | None, int]:
    came: dict[str | None, int] = {}
    last = None
    for number in sorted(announced, key=lambda number: (number is None, number or "")):
        came[number] = min(received, announced[number])
        received -= came[number]
        last = number
    return {**came, last: came.get(last, 0) + received}


def count_lines(lines: Iterable[Line], catalogue: Catalogue) -> list[Line]:
    """Count the units of lines whose product and pack are known; the other lines stay without units, and wait.

    So does a line whose pack makes more than a thousand million units: it cannot be right.
    """
    return [_counted(line, catalogue) for line in lines]


def units_of_one(product: Product, uom: UnitOfMeasure, said: int | None, gtin: str | None = None) -> int | None:
    """Return how many units one of a line's quantity holds.

    The line's own figure comes first; then the pack of the line's barcode, since a case's barcode counts cases even
    without a unit of measure; then 1 for each; then the packs of that level, if they agree.
    """
    if said:
        return said
    for pack in product.packs:
        if pack.gtin == gtin and uom in ("each", pack.level):
            return pack.units
    if uom == "each":
        return 1
    sizes = {pack.units for pack in product.packs if pack.level == uom}
    return sizes.pop() if len(sizes) == 1 else None


def orders_named(asns: Iterable[Asn], lines: Iterable[Line]) -> set[str]:
    """Return the purchase orders that ASNs name, as a whole or line by line."""
    return {number for number in (*(x.po_number for x in asns), *(x.po_number for x in lines)) if number}


def doubtful_eta(asn: Asn, today: date) -> Discrepancy | None:
    """Name an ETA that cannot be right for a person: before the truck left, or more than a year from today."""
    if asn.cancelled or asn.closed:
        return None
    left = asn.shipped_at.date() - DAY if asn.shipped_at else None  # somewhere it was a day earlier
    if left and asn.eta.latest < left:
        why = "it arrives before it was shipped"
    elif not today - _YEAR <= asn.eta.latest <= today + _YEAR:
        why = "it is more than a year from today"
    else:
        return None
    facts = {
        "asn_id": asn.asn_id, "eta": dates_in_words(asn.eta), "why": why,
        "shipped_on": str(asn.shipped_at.date()) if asn.shipped_at else None,
        "todo": "ask the supplier: its units are promised from that day",
    }  # fmt: skip
    return discrepancy_of("eta_doubtful", "asn", asn.asn_id, facts)


def findings(asn: Asn, lines: Iterable[Line], catalogue: Catalogue) -> list[Discrepancy]:
    """Find what a person must look at in the lines of an ASN: an unknown SKU, an unknown pack, a pack that differs."""
    own = [line for line in lines if line.asn_id == asn.asn_id and line.revision == asn.revision]
    found_in = [] if asn.cancelled else [_finding(line, catalogue) for line in own]
    return list({discrepancy.exception_id: discrepancy for discrepancy in found_in if discrepancy}.values())


def _finding(line: Line, catalogue: Catalogue) -> Discrepancy | None:
    product = _product_of(line, catalogue)
    facts = {"sku": product.sku if product else line.sku, "gtin": line.gtin, "uom": line.uom}
    if product is None:
        return discrepancy_of("unknown_sku", "asn", line.asn_id, facts, line.sku or line.gtin or "")
    units_per = _units_per(line, product)
    if units_per is None or line.qty * units_per > MOST_UNITS:
        facts |= {"units": str(line.qty * units_per), "most": str(MOST_UNITS)} if units_per else {}
        return discrepancy_of("pack_unknown", "asn", line.asn_id, facts, f"{product.sku}/{line.uom}")
    known = units_of_one(product, line.uom, None, line.gtin)
    if not line.units_per or known in (None, line.units_per):
        return None
    facts |= {"units_per": str(line.units_per), "pack_units": str(known)}
    return discrepancy_of("pack_differs", "asn", line.asn_id, facts, f"{product.sku}/{line.uom}/{line.units_per}")


def _counted(line: Line, catalogue: Catalogue) -> Line:
    product = _product_of(line, catalogue)
    units_per = _units_per(line, product) if product else None
    if product is None or units_per is None or line.qty * units_per > MOST_UNITS:
        return line
    return replace(line, sku=product.sku, units=line.qty * units_per)


def _product_of(line: Line, catalogue: Catalogue) -> Product | None:
    if line.sku is not None:
        return catalogue.products.get(line.sku)
    sku, _ = catalogue.barcodes.get(line.gtin or "", (None, None))
    return catalogue.products[sku] if sku else None


def _units_per(line: Line, product: Product) -> int | None:
    return units_of_one(product, line.uom, line.units_per, line.gtin)
