"""A line of a despatch advice: its article, quantity, lot and purchase order."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from typing import Final, NamedTuple

from services.receiving.facts.file_asns import FileAsnLine, FileBackOrder
from services.receiving.facts.units import MOST_UNITS, UnitOfMeasure
from services.receiving.formats.edifact.findings import DUPLICATE, INVALID, MISSING, EdifactSegment, Findings, Spot
from services.receiving.formats.edifact.values import day, gtin, name, period, unit_of, whole

QUANTITY: Final = Spot("QTY C186/6060", 1, 2)
_UNIT: Final = Spot("QTY C186/6411", 1, 3)
_ITEM: Final = Spot("LIN C212/7140", 3, 1)
_REFERENCE: Final = Spot("RFF C506/1154", 1, 2)
_IDENTITY: Final = Spot("GIN C208/7402", 2, 1)
_NOTHING: Final = re.compile("0+([.,]0*)?", re.ASCII)
_VARIANCE_UNITS: Final = re.compile(r"-?(\d{1,9})", re.ASCII)
_DOZENS: Final = frozenset(("DZN", "DZ"))
_UNITS_PER: Final = ("59", "52")
_BARCODES: Final = ("EN", "UP", "SRV")
_OURS: Final = ("IN", "BP")
_THEIRS: Final = ("SA",)
_EXPIRIES: Final = ("36", "361")


class _Named(NamedTuple):
    """A number, its kind, and its place."""

    kind: str
    at: EdifactSegment
    spot: Spot


class _Quantity(NamedTuple):
    qty: int
    uom: UnitOfMeasure
    units_per: int | None


def line_of(
    own: Sequence[EdifactSegment],
    marked: Sequence[Sequence[EdifactSegment]],
    groups: Sequence[Sequence[EdifactSegment]],
    findings: Findings,
) -> FileAsnLine | None:
    """Read the line of a LIN; `marked` are its own segments and those of each PCI, `groups` all after its own."""
    every = list(chain.from_iterable(marked))
    named, quantity = _article(own, findings), _quantity(own, every, findings)
    lot = lot_of([*every, *(group[0] for group in groups)], findings)
    expires_on = expiry_of(every, findings)
    order = next((group[0] for group in groups if group[0].tag == "RFF" and group[0].at(1) == "ON"), None)
    po_number = name(order, _REFERENCE, findings) if order else None
    if not named or not quantity:
        return None
    sku, barcode = named
    return FileAsnLine(sku, barcode, quantity.qty, quantity.uom, quantity.units_per, lot, expires_on, po_number)


def is_back_ordered(own: Sequence[EdifactSegment]) -> bool:
    """Return whether nothing was sent of a line: its despatched quantity is 0."""
    despatched = sent(own)
    return len(despatched) == 1 and _NOTHING.fullmatch(despatched[0].said(QUANTITY)) is not None


def back_order_of(
    own: Sequence[EdifactSegment], groups: Sequence[Sequence[EdifactSegment]], findings: Findings
) -> FileBackOrder | None:
    """Return what was not sent: as much as was ordered (QTY+21), else as the variance says (QVR)."""
    if not (named := _article(own, findings)):
        return None
    ordered = next((segment for segment in own if segment.tag == "QTY" and segment.at(1) == "21"), None)
    variance = next((group[0] for group in groups if group[0].tag == "QVR"), None)
    qty = whole(ordered, QUANTITY, findings) if ordered else None
    if qty is None and variance and (units := _VARIANCE_UNITS.fullmatch(variance.at(1, 1))):
        qty = int(units[1]) or None
    return FileBackOrder(named[0] or named[1] or "", qty)


def _article(own: Sequence[EdifactSegment], findings: Findings) -> tuple[str | None, str | None] | None:
    """Return SKU and GTIN, each from LIN, else PIA+5, else PIA+1.

    Our number of the article (IN, BP) is its SKU. The supplier's (SA) counts as ours only where the line has neither
    that nor a GTIN: it may be another article's number here.
    """
    named = _named(own)
    code, ours = _first(named, _BARCODES), _first(named, _OURS)
    if not (known := ours or (None if code else _first(named, _THEIRS))) and not code:
        reason = "an article is expected: a GTIN (EN, UP, SRV), our number (IN, BP) or your own (SA)"
        findings.add(MISSING, reason, own[0], _ITEM)
        return None
    sku = name(known.at, known.spot, findings) if known else None
    barcode = gtin(code.at, code.spot, findings) if code else None
    return (sku, barcode) if bool(sku) == bool(known) and bool(barcode) == bool(code) else None


def _named(own: Sequence[EdifactSegment]) -> list[_Named]:
    """Return the numbers of a line's article; the article that it replaces (PIA+3, PIA+4) is another one."""
    lin = own[0]
    pias = [s for function in ("5", "1") for s in own if s.tag == "PIA" and s.at(1) == function]
    places = [(lin, _ITEM)] + [(s, Spot("PIA C212/7140", n, 1)) for s in pias for n in range(2, len(s.elements) + 1)]
    return [_Named(at.at(spot.element, 2), at, spot) for at, spot in places if at.said(spot)]


def _first(named: Iterable[_Named], kinds: Sequence[str]) -> _Named | None:
    return next((moved for moved in named if moved.kind in kinds), None)


def sent(segments: Iterable[EdifactSegment]) -> list[EdifactSegment]:
    """Return the quantity that was despatched, in one part of a message."""
    return [segment for segment in segments if segment.tag == "QTY" and segment.at(1) == "12"]


def _quantity(own: Sequence[EdifactSegment], every: Iterable[EdifactSegment], findings: Findings) -> _Quantity | None:
    """Read the quantity despatched, its unit, and what one unit holds; other quantities say nothing of the truck."""
    despatched = sent(own)
    if len(despatched) != 1:
        code, at = (DUPLICATE, despatched[-1]) if despatched else (MISSING, own[0])
        findings.add(code, "one despatched quantity, QTY+12, is expected for each line", at, QUANTITY, "")
        return None
    qty = whole(despatched[0], QUANTITY, findings)
    units_per = _units_per(every, findings)
    uom = unit_of(despatched[0], _UNIT, units_per, findings)
    if not qty or not uom:
        return None
    if despatched[0].said(_UNIT) in _DOZENS:
        return _Quantity(12 * qty, uom, None)
    if uom != "each" and qty * (units_per or 1) > MOST_UNITS:
        reason = f"at most {MOST_UNITS:,} units in one line are expected; by QTY+12 and QTY+59 there are more"
        findings.add(INVALID, reason, despatched[0], QUANTITY)
        return None
    return _Quantity(qty, uom, None if uom == "each" else units_per)


def _units_per(every: Iterable[EdifactSegment], findings: Findings) -> int | None:
    segments = [segment for segment in every if segment.tag == "QTY" and segment.at(1) in _UNITS_PER]
    numbers = [whole(segment, QUANTITY, findings) for segment in segments]
    if len(set(numbers)) > 1:
        findings.add(DUPLICATE, "a line says once how many units one holds", segments[-1], QUANTITY)
    return numbers[0] if numbers else None


def lot_of(segments: Sequence[EdifactSegment], findings: Findings) -> str | None:
    """Return the lot of a line or a package: PIA with NB, GIN+BX or RFF+BT."""
    places = [(segment, _IDENTITY) for segment in segments if segment.tag == "GIN" and segment.at(1) == "BX"]
    places += [(segment, _REFERENCE) for segment in segments if segment.tag == "RFF" and segment.at(1) == "BT"]
    for pia in (segment for segment in segments if segment.tag == "PIA"):
        spots = (Spot("PIA C212/7140", element, 1) for element in range(2, len(pia.elements) + 1))
        places += [(pia, spot) for spot in spots if pia.at(spot.element, 2) == "NB"]
    lots = {name(at, spot, findings): (at, spot) for at, spot in places}
    if len(lots) > 1 or any(at.at(2, 2) or len(at.elements) > 2 for at, spot in places if spot is _IDENTITY):
        findings.add(DUPLICATE, "one lot is expected: write a line for each", *places[-1])
    return next(iter(lots), None)


def expiry_of(segments: Sequence[EdifactSegment], findings: Findings) -> date | None:
    """Return the expiry date (36), else best before (361), never the production date (94). Of a month, its last day."""
    for qualifier in _EXPIRIES:
        if dated := [segment for segment in segments if segment.tag == "DTM" and segment.at(1) == qualifier]:
            if len({segment.elements for segment in dated}) > 1:
                findings.add(DUPLICATE, "one date of expiry is expected: write a line for each", dated[-1])
            read = period(dated[0], findings)
            return day(read) if read else None
    return None
