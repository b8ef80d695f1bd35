"""Scans become receipts: how many units, in which disposition, and what about them a person must look at.

The order of scans does not matter for the units in each disposition, only for which of them count as over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal
from uuid import NAMESPACE_URL, uuid5

from services.receiving.domain.asns import Asn, AsnId, Line, Node
from services.receiving.domain.catalogue import Catalogue, Sku
from services.receiving.domain.discrepancies import Discrepancy, ExceptionClass
from services.receiving.domain.inbound import SupplyKey
from services.receiving.domain.scans import Kept, Mode, Scan, ScanId, State, named

Disposition = Literal["sellable", "quarantine", "damaged", "rework"]
_LONGEST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Tally:
    """One SKU of one ASN, in units: expected, and accepted as sellable so far."""

    expected: int = 0
    sellable: int = 0


@dataclass(frozen=True, slots=True)
class Counter:
    """The scan that counts a carton, or one of those that count it unit by unit."""

    mode: Mode
    scan_id: ScanId


@dataclass(frozen=True, slots=True)
class Dock:
    """All that must be known to count some scans. `uncounted` are SKUs of which a line's units are unknown."""

    asns: Mapping[AsnId, Asn]
    cartons: Mapping[tuple[AsnId, int, str], tuple[Line, ...]]
    catalogue: Catalogue
    tallies: dict[tuple[AsnId, Sku], Tally] = field(default_factory=dict)
    uncounted: frozenset[tuple[AsnId, Sku]] = frozenset()
    counters: dict[tuple[AsnId, str], Counter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Units of one expected line accepted at the dock in one disposition."""

    receipt_id: str
    scan_id: ScanId
    line: int
    supply_id: AsnId
    sku: Sku
    node: Node
    units: int
    lot: str | None
    expires_on: date | None
    disposition: Disposition
    scanned_at: datetime

    @property
    def supply_key(self) -> SupplyKey:
        return (self.supply_id, self.sku, self.node)


@dataclass(frozen=True, slots=True)
class Count:
    """What became of one scan. `revision` is set once it counts against that revision of the ASN."""

    scan: Scan
    state: State
    revision: int | None = None
    receipts: tuple[Receipt, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    waits_for: str | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """What a scan says of one expected line."""

    line: int
    sku: Sku
    units: int
    lot: str | None
    expires_on: date | None


def count(dock: Dock, scans: Iterable[Kept]) -> list[Count]:
    """Counts scans one after the other, each against what was accepted before it."""
    dock = replace(dock, tallies=dict(dock.tallies), counters=dict(dock.counters))
    return [_count(dock, kept) for kept in scans]


def _count(dock: Dock, kept: Kept) -> Count:
    scan, need = kept.scan, f"asn:{kept.scan.asn_id}" if kept.scan.asn_id else None
    if scan.mode == "by_unit" and scan.gtin not in dock.catalogue.barcodes:
        return _waits(scan, "unknown_barcode", f"gtin:{scan.gtin}")
    asn = dock.asns.get(scan.asn_id) if scan.asn_id else None
    if asn is None or asn.node != scan.node:
        return _waits(scan, "unknown_asn", need)
    kept = replace(kept, revision=kept.revision or asn.revision)
    if scan.carton_id and (asn.asn_id, kept.revision, scan.carton_id) not in dock.cartons:
        return _waits(scan, "unknown_carton", need)
    if not _may_count(dock, asn, scan):
        return Count(scan, "set_aside", discrepancies=(named(scan, "carton_counted_twice"),))
    return _count_parts(dock, asn, kept, need)


def _waits(scan: Scan, exception_class: ExceptionClass, waits_for: str | None) -> Count:
    return Count(scan, "waiting", discrepancies=(named(scan, exception_class),), waits_for=waits_for)


def _may_count(dock: Dock, asn: Asn, scan: Scan) -> bool:
    """A carton is counted by one scan of its label or unit by unit, never by both and never by two labels."""
    counter = dock.counters.get((asn.asn_id, scan.carton_id)) if scan.carton_id else None
    return counter is None or counter.scan_id == scan.scan_id or counter.mode == scan.mode == "by_unit"


def _count_parts(dock: Dock, asn: Asn, kept: Kept, need: str | None) -> Count:
    """Accepts the lines of a scan that can be counted; the others wait, and the scan with them."""
    scan = kept.scan
    parts, unknown = _parts(dock, asn, kept)
    accepted = [_accept(dock, asn, scan, part) for part in parts]
    receipts = tuple(receipt for some, _ in accepted for receipt in some)
    discrepancies = [one for _, some in accepted for one in some]
    discrepancies += [named(scan, "pack_unknown", line) for line in unknown]
    begun = scan.mode == "by_carton" or not unknown
    if begun and scan.carton_id:
        dock.counters.setdefault((asn.asn_id, scan.carton_id), Counter(scan.mode, scan.scan_id))
    state: State = "waiting" if unknown else "counted"
    revision, waits_for = kept.revision if begun else None, need if unknown else None
    return Count(scan, state, revision, receipts, tuple(discrepancies), waits_for)


def _parts(dock: Dock, asn: Asn, kept: Kept) -> tuple[list[_Part], list[int]]:
    """What a scan stands for, and the lines of it that cannot be counted yet.

    By unit it is times × the units of the barcode's pack; by carton the carton's lines as the ASN has them, each once.
    A SKU waits while any line of it cannot be counted, since nobody could say what is over.
    """
    scan = kept.scan
    if scan.mode == "by_unit":
        sku, pack = dock.catalogue.barcodes[scan.gtin or ""]
        part = _Part(1, sku, scan.times * pack.units, scan.lot, scan.expires_on)
        return ([], [1]) if (asn.asn_id, sku) in dock.uncounted else ([part], [])
    lines = dock.cartons[asn.asn_id, kept.revision or asn.revision, scan.carton_id or ""]
    parts = [
        _Part(line.line, line.sku, line.units, line.lot, line.expires_on)
        for line in lines
        if line.sku and line.units and (asn.asn_id, line.sku) not in dock.uncounted
    ]
    unknown = {line.line for line in lines} - {part.line for part in parts} - kept.lines
    return [part for part in parts if part.line not in kept.lines], sorted(unknown)


def _accept(dock: Dock, asn: Asn, scan: Scan, part: _Part) -> tuple[list[Receipt], list[Discrepancy]]:
    """Gives units their disposition.

    Damaged units are counted besides what is expected. Of the others, quarantine takes what the ASN does not list,
    what lacks the lot or expiry that its product must carry, and what is above the expected units.
    """
    tally = dock.tallies.get((asn.asn_id, part.sku), Tally())
    doubts = _doubts(dock, tally, part)
    shares: dict[Disposition, int] = {scan.disposition: part.units}
    if scan.disposition == "sellable" and doubts:
        shares = {"quarantine": part.units}
    elif scan.disposition == "sellable":
        good = min(part.units, max(0, tally.expected - tally.sellable))
        shares = {"sellable": good, "quarantine": part.units - good}
        dock.tallies[asn.asn_id, part.sku] = replace(tally, sellable=tally.sellable + good)
        doubts = ["over"] if shares["quarantine"] else []
    receipts = [_receipt(asn, scan, part, disposition, units) for disposition, units in shares.items() if units]
    in_doubt = shares.get("quarantine", part.units)
    return receipts, [named(scan, doubt, part.line, in_doubt) for doubt in doubts]


def _doubts(dock: Dock, tally: Tally, part: _Part) -> list[ExceptionClass]:
    """What is wrong with units whatever else was scanned."""
    dated = dock.catalogue.products[part.sku].dated
    wrong: dict[ExceptionClass, bool] = {
        "not_on_asn": not tally.expected,
        "lot_missing": dated and not part.lot,
        "expiry_missing": dated and not part.expires_on,
    }
    return [doubt for doubt, holds in wrong.items() if holds]


def _receipt(asn: Asn, scan: Scan, part: _Part, disposition: Disposition, units: int) -> Receipt:
    """A receipt is named for its scan and line, and for its disposition where the scanner did not choose it."""
    name = f"{scan.scan_id}/{part.line}" + f"/{disposition}" * (disposition != scan.disposition)
    return Receipt(
        name if len(name) <= _LONGEST_ID else str(uuid5(NAMESPACE_URL, name)),
        scan.scan_id, part.line, asn.asn_id, part.sku, asn.node, units, part.lot, part.expires_on, disposition,
        scan.scanned_at,
    )  # fmt: skip
