"""Placement: which units of SKUs, with lot and expiry, a scan stands for, and what about them needs a person.

A placement is final: neither a later revision nor another pack changes what a scan stands for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from typing import Final

from services.receiving.domain.asns.asns import Asn, AsnId, Line
from services.receiving.domain.catalogue import Catalogue, Node, Product, Sku
from services.receiving.domain.discrepancies import Discrepancy, ExceptionClass
from services.receiving.domain.scanning.cartons import carton_of
from services.receiving.domain.scanning.printed_dates import DateOrder, Doubtful, expiry_of, life_doubt
from services.receiving.domain.scanning.scans import KeptScan, Scan, ScanId, State, scan_discrepancy
from services.receiving.domain.scanning.tallies import Disposition, Part
from services.receiving.facts.gs1 import BarcodeReading, Symbol, read
from services.receiving.facts.units import MOST_UNITS

_QUARANTINED: Final = frozenset({"lot_missing", "expiry_missing", "expired", "life_too_short"})
_NOTHING: Final = Symbol("")


@dataclass(frozen=True, slots=True)
class Place:
    """A node, as far as scans depend on it."""

    zone: tzinfo
    blind_receipts: bool


@dataclass(frozen=True, slots=True)
class Dock:
    """Everything that must be known to place some scans. `uncounted` are SKUs of which a line's units are unknown."""

    asns: Mapping[AsnId, Asn]
    cartons: Mapping[tuple[AsnId, int, str], tuple[Line, ...]]
    catalogue: Catalogue
    uncounted: frozenset[tuple[AsnId, Sku]] = frozenset()
    places: Mapping[Node, Place] = field(default_factory=dict)
    date_orders: Mapping[str, DateOrder] = field(default_factory=dict)
    symbols: Mapping[ScanId, Symbol] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Count:
    """The outcome of one scan. `revision` and `carton` are set once it was placed against them."""

    scan: Scan
    state: State
    revision: int | None = None
    carton: str | None = None
    parts: tuple[Part, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    waits_for: str | None = None


def cartons_named(scan: Scan, symbol: Symbol = _NOTHING) -> list[str]:
    """Return the cartons that a scan may mean: the SSCC in its barcode, its barcode as a text, the number keyed in."""
    sscc = dict(symbol.elements).get("00")
    text = symbol.text if scan.mode == "by_carton" else ""
    return [carton_of(name) for name in (sscc, scan.carton_id, text) if name]


def place(dock: Dock, kept: KeptScan) -> Count:
    """Place a scan by itself, or say why it must wait and for what."""
    scan = kept.scan
    symbol = dock.symbols.get(scan.scan_id, _NOTHING)
    on, besides = _day(dock, scan), {"00"} if scan.carton_id else set()
    reading = read(symbol, on, besides) if symbol.elements or symbol.fault else BarcodeReading()
    asn = dock.asns.get(scan.asn_id) if scan.asn_id else None
    asn = asn if asn and asn.node == scan.node else None
    carton, known = _carton(dock, asn, kept, symbol)
    if reading.broken and not (known and scan.mode == "by_carton"):
        return _waits(scan, "barcode_invalid", None, rule=reading.broken)
    if scan.mode == "by_unit" and (reading.gtin or scan.gtin) not in dock.catalogue.barcodes:
        gtin = reading.gtin or scan.gtin
        return _waits(scan, "unknown_barcode", f"gtin:{gtin}" if gtin else None, gtin=gtin)
    if asn is None:
        return _blind(dock, scan, reading, on)
    if not known and (carton or scan.mode == "by_carton"):
        return _waits(scan, "unknown_carton", _need(scan))
    if scan.mode == "by_carton":
        return _by_carton(dock, asn, kept, carton, on)
    return _by_unit(dock, asn, scan, reading, carton, on)


def placed_by_hand(scan: Scan, part: Part) -> Count:
    """Place a waiting scan as a person says, whatever comes later."""
    return Count(scan, "counted", parts=(part,))


def _carton(dock: Dock, asn: Asn | None, kept: KeptScan, symbol: Symbol) -> tuple[str, bool]:
    """Return the carton that a scan means, empty if none, and whether the ASN knows it."""
    names = cartons_named(kept.scan, symbol)
    if asn:
        revision = kept.revision or asn.revision
        for name in names:
            if (asn.asn_id, revision, name) in dock.cartons:
                return name, True
    return (names[0] if names else ""), False


def _blind(dock: Dock, scan: Scan, reading: BarcodeReading, on: date) -> Count:
    """Count a receipt without an ASN where the node allows it."""
    if scan.asn_id or scan.mode == "by_carton":
        return _waits(scan, "unknown_asn", _need(scan))
    place = dock.places.get(scan.node)
    if place is None or not place.blind_receipts:
        return _waits(scan, "blind_not_allowed", f"node:{scan.node}")
    return _by_unit(dock, None, scan, reading, "", on)


def _by_unit(dock: Dock, asn: Asn | None, scan: Scan, reading: BarcodeReading, carton: str, on: date) -> Count:
    """Count times × the count in the barcode × the units of its pack; too many to be true wait for a better pack."""
    if reading.doubt:
        return _waits(scan, "barcode_doubtful", None, gtin=reading.gtin, doubt=reading.doubt)
    sku, pack = dock.catalogue.barcodes[reading.gtin or scan.gtin or ""]
    product = dock.catalogue.products[sku]
    if asn and (asn.asn_id, sku) in dock.uncounted:
        return _waits(scan, "pack_unknown", _need(scan), line=1)
    try:
        expires_on = _expiry(dock, asn, scan, reading, product, on)
    except Doubtful:
        return _waits(scan, "date_doubtful", None, printed_date=scan.printed_date)
    units, lot = scan.times * (reading.items or reading.count * pack.units), reading.lot or scan.lot
    if units > MOST_UNITS:
        return _waits(scan, "pack_unknown", f"gtin:{pack.gtin}", line=1, units=units, most=str(MOST_UNITS))
    doubts = _doubts(scan, product, lot, expires_on, on)
    if asn and carton and lot and _names_another_lot(dock.cartons[asn.asn_id, asn.revision, carton], sku, lot):
        doubts.append("lot_wrong")
    part = _part(scan, asn, 1, sku, units, lot, expires_on, doubts, carton)
    discrepancies = tuple(scan_discrepancy(scan, doubt, 1, units, sku=sku, lot=lot) for doubt in doubts)
    return Count(scan, "counted", asn.revision if asn else None, carton or None, (part,), discrepancies)


def _by_carton(dock: Dock, asn: Asn, kept: KeptScan, carton: str, on: date) -> Count:
    """Count the carton's lines as the ASN had them when it was first placed; lines without units yet wait.

    A SKU waits while any line of it cannot be counted, since nobody could say what is over.
    """
    scan, revision = kept.scan, kept.revision or asn.revision
    parts: list[Part] = []
    discrepancies: list[Discrepancy] = []
    for line in dock.cartons[asn.asn_id, revision, carton]:
        if line.sku is None or line.units is None or (asn.asn_id, line.sku) in dock.uncounted:
            discrepancies.append(scan_discrepancy(scan, "pack_unknown", line.line))
            continue
        product = dock.catalogue.products[line.sku]
        doubts = _doubts(scan, product, line.lot, line.expires_on, on)
        part = _part(scan, asn, line.line, line.sku, line.units, line.lot, line.expires_on, doubts, carton)
        parts.append(part)
        discrepancies += [
            scan_discrepancy(scan, doubt, line.line, line.units, sku=line.sku, lot=line.lot) for doubt in doubts
        ]
    waits = any(discrepancy.exception_class == "pack_unknown" for discrepancy in discrepancies)
    state: State = "waiting" if waits else "counted"
    return Count(scan, state, revision, carton, tuple(parts), tuple(discrepancies), _need(scan) if waits else None)


def _part(
    scan: Scan, asn: Asn | None, line: int, sku: Sku, units: int, lot: str | None, expires_on: date | None,
    doubts: Iterable[ExceptionClass], carton: str,
) -> Part:  # fmt: skip
    asn_id = asn.asn_id if asn else None
    return Part(
        scan.scan_id, line, asn_id, asn_id, sku, scan.node, units, lot, expires_on, scan.disposition,
        _wished(scan, doubts), scan.scanned_at, carton or None,
    )  # fmt: skip


def _wished(scan: Scan, doubts: Iterable[ExceptionClass]) -> Disposition:
    """Return the right disposition: damaged stays; without lot, expiry or life quarantine; unlabelled rework."""
    if scan.disposition != "damaged" and _QUARANTINED.intersection(doubts):
        return "quarantine"
    return "rework" if scan.unlabelled and scan.disposition == "sellable" else scan.disposition


def _doubts(scan: Scan, product: Product, lot: str | None, expires_on: date | None, on: date) -> list[ExceptionClass]:
    """Return what is wrong with units, whatever else was scanned."""
    doubts: list[ExceptionClass] = ["unlabelled"] if scan.unlabelled else []
    if not product.dated:
        return doubts
    doubts += ["lot_missing"] if not lot else []
    if expires_on is None:
        return [*doubts, "expiry_missing"]
    life = life_doubt(expires_on, product, on)
    return [*doubts, life] if life else doubts


def _expiry(
    dock: Dock, asn: Asn | None, scan: Scan, reading: BarcodeReading, product: Product, on: date
) -> date | None:
    """Return when scanned units expire; for a product without expiry, the date that was read is taken as it stands."""
    if not product.dated:
        return reading.expires_on or scan.expires_on
    supplier = (asn.supplier_id if asn else None) or product.supplier_id or ""
    order = dock.date_orders.get(supplier, "YMD")
    return expiry_of(reading, scan.expires_on, scan.printed_date, order, product, on)


def _names_another_lot(lines: Iterable[Line], sku: Sku, lot: str) -> bool:
    lots = {line.lot for line in lines if line.sku == sku and line.lot}
    return bool(lots) and lot not in lots


def _day(dock: Dock, scan: Scan) -> date:
    """Return the day of a scan, local to its node."""
    place = dock.places.get(scan.node)
    return scan.scanned_at.astimezone(place.zone if place else UTC).date()


def _need(scan: Scan) -> str | None:
    return f"asn:{scan.asn_id}" if scan.asn_id else None


def _waits(
    scan: Scan,
    exception_class: ExceptionClass,
    waits_for: str | None,
    *,
    line: int | None = None,
    units: int | None = None,
    **more: str | None,
) -> Count:
    found = scan_discrepancy(scan, exception_class, line, units, **more)
    return Count(scan, "waiting", discrepancies=(found,), waits_for=waits_for)
