"""What a set of scans comes to, told as simply as can be: by looking at all of them at once."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from shared.contracts.scans import ScanRecorded

Unit = tuple[str, int]  # SKU, and units in the pack
Line = tuple[str, int, str | None, date | None]  # SKU, units, lot and expiry


@dataclass(frozen=True)
class Truck:
    """What is known besides the scans."""

    packs: dict[str, Unit]
    dated: dict[str, int]
    cartons: dict[str, list[Line]]
    over_percent: int = 0
    empty: frozenset[str] = frozenset()


@dataclass
class Outcome:
    """Units by SKU, disposition and supply, and what a person must look at, with its units."""

    units: Counter[tuple[str, str, str | None]] = field(default_factory=Counter)
    odd: set[tuple[str, str, int]] = field(default_factory=set)


Part = tuple[Any, ...]


def outcome(truck: Truck, scans: list[ScanRecorded]) -> Outcome:
    found = Outcome()
    by_id = {scan.scan_id: scan for scan in scans}
    targets = {s.void_of for s in scans if s.void_of in by_id and by_id[s.void_of].void_of is None}
    for void in (s for s in scans if s.void_of and s.void_of not in targets):
        found.odd.add(("void_unknown", void.scan_id, 0))
    live = [s for s in scans if s.void_of is None and s.scan_id not in targets]
    parts = [part for scan in live if scan.mode == "by_unit" for part in _unit_parts(truck, scan, found)]
    keyed = {(s.scanned_at, s.scan_id, 1): s.disposition for s in live}
    by_unit = {part[1] for part in parts if keyed[part[0]] == "sellable"}
    aside = [part for part in parts if keyed[part[0]] != "sellable" and part[2]]
    labels = _label_parts(truck, [s for s in live if s.mode == "by_carton"], by_unit, found)
    parts += _without(truck, labels, parts, aside)
    _give(truck, _with_lots(parts, found), found)
    _look_into(truck, parts, {s.carton_id for s in live if s.mode == "by_carton"}, by_unit, found)
    return found


def _unit_parts(truck: Truck, scan: ScanRecorded, found: Outcome) -> list[Part]:
    if scan.gtin not in truck.packs:
        found.odd.add(("unknown_barcode", scan.scan_id, 0))
        return []
    if scan.asn_id and scan.carton_id and scan.carton_id not in truck.cartons:
        found.odd.add(("unknown_carton", scan.scan_id, 0))
        return []
    sku, pack = truck.packs[scan.gtin]
    line = (sku, scan.times * pack, scan.lot, scan.expires_on)
    on_asn = {x[2] for x in truck.cartons.get(scan.carton_id or "", ()) if x[0] == sku and x[2]}
    if scan.asn_id and scan.lot and on_asn and scan.lot not in on_asn:
        found.odd.add(("lot_wrong", scan.scan_id, line[1]))
    return [_part(truck, scan, scan.carton_id if scan.asn_id else None, line, 1, found)]


def _label_parts(truck: Truck, labels: list[ScanRecorded], by_unit: set[str | None], found: Outcome) -> list[Part]:
    of: dict[str, list[ScanRecorded]] = defaultdict(list)
    for scan in sorted(labels, key=lambda s: (s.scanned_at, s.scan_id)):
        of[scan.carton_id or ""].append(scan)
    parts: list[Part] = []
    for carton, scans in of.items():
        if carton not in truck.cartons:
            found.odd |= {("unknown_carton", s.scan_id, 0) for s in scans}
        elif carton not in by_unit:
            if len(scans) > 1:
                found.odd.add(("carton_counted_twice", f"asn-1/{carton}", 0))
            lines = enumerate(truck.cartons[carton], 1)
            parts += [_part(truck, scans[0], carton, line, n, found) for n, line in lines]
    return parts


def _without(truck: Truck, labels: list[Part], units: list[Part], aside: list[Part]) -> list[Part]:
    """Take units that were set aside one by one from accepted cartons: their own, else whatever is too much."""
    left = {part[0]: part[4] for part in labels}

    def take(part: Part, most: int, of: list[Part]) -> int:
        before = most
        for label in sorted(of, key=lambda x: (x[5] != part[5], [-x[0][0].timestamp(), x[0][1]])):
            if label[3] == part[3]:
                taken = min(most, left[label[0]])
                left[label[0]] -= taken
                most -= taken
        return before - most

    for part in (part for part in aside if part[1]):
        take(part, part[4], [label for label in labels if label[1] == part[1]])
    for part in (part for part in aside if not part[1]):
        sku = part[3]
        counted = sum(p[4] for p in units if p[2] and p[3] == sku)
        counted += sum(left[label[0]] for label in labels if label[3] == sku)
        take(part, max(0, min(part[4], counted - _most(truck, sku))), labels)
    return [(*label[:4], left[label[0]], *label[5:]) for label in labels]


def _most(truck: Truck, sku: str) -> int:
    expected = sum(line[1] for lines in truck.cartons.values() for line in lines if line[0] == sku)
    return expected + expected * truck.over_percent // 100


def _part(truck: Truck, scan: ScanRecorded, carton: str | None, line: Line, n: int, found: Outcome) -> Part:
    sku, units, lot, expires_on = line
    doubts = ["unlabelled"] if scan.unlabelled else []
    if sku in truck.dated:
        doubts += ["lot_missing"] * (not lot) + ["expiry_missing"] * (not expires_on)
        left = (expires_on - scan.scanned_at.date()) if expires_on else timedelta(days=1000)
        doubts += ["expired"] if left.days < 0 else ["life_too_short"] if left.days < truck.dated[sku] else []
    found.odd |= {(doubt, scan.scan_id, units) for doubt in doubts}
    disposition: str = "rework" if scan.unlabelled and scan.disposition == "sellable" else scan.disposition
    if set(doubts) - {"unlabelled"} and scan.disposition != "damaged":
        disposition = "quarantine"
    return ((scan.scanned_at, scan.scan_id, n), carton, scan.asn_id, sku, units, lot, expires_on, disposition)


def _with_lots(parts: list[Part], found: Outcome) -> list[Part]:
    """Hold units whose date is not the first that was read of their lot."""
    first: dict[tuple[str, str], date] = {}
    other: Counter[tuple[str, str, date]] = Counter()
    held: list[Part] = []
    for part in sorted(parts, key=lambda p: p[0]):
        _, _, _, sku, units, lot, day, disposition = part
        if lot and day and first.setdefault((sku, lot), day) != day:
            other[sku, lot, day] += units
            part = (*part[:-1], "quarantine" if disposition == "sellable" else disposition)
        held.append(part)
    found.odd |= {("lot_with_two_dates", f"{sku}/ams/{lot}", units) for (sku, lot, _), units in other.items()}
    return held


def _give(truck: Truck, parts: list[Part], found: Outcome) -> None:
    """Make good units sellable up to what the ASN allows; the rest is over."""
    good: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for _, _, supply, sku, units, _, _, disposition in parts:
        if supply:
            every[sku] += units
        if disposition == "sellable" and supply:
            good[sku] += units
        else:
            found.units[sku, disposition, supply] += units
    for sku in every:
        expected = sum(line[1] for lines in truck.cartons.values() for line in lines if line[0] == sku)
        sellable = min(good[sku], _most(truck, sku))
        found.units[sku, "sellable", "asn-1"] += sellable
        found.units[sku, "quarantine", "asn-1"] += good[sku] - sellable
        if not expected:
            found.odd.add(("not_on_asn", f"asn-1/{sku}", every[sku]))
        elif good[sku] > sellable:
            found.odd.add(("over", f"asn-1/{sku}", good[sku] - sellable))
    found.units = Counter({key: units for key, units in found.units.items() if units})


def _look_into(
    truck: Truck, parts: list[Part], labelled: set[str | None], counted: set[str | None], found: Outcome
) -> None:
    """Find what empty cartons lack that were counted unit by unit, or not at all."""
    for carton in truck.empty:
        own = [p for p in parts if p[1] == carton]
        expected: Counter[str] = Counter()
        for sku, units, _, _ in truck.cartons[carton]:
            expected[sku] += units
        by_label = carton in labelled and carton not in counted
        for sku, units in expected.items():
            missing = units - sum(p[4] for p in own if p[3] == sku)
            if missing > 0 and not by_label:
                found.odd.add(("carton_short", f"asn-1/{carton}", missing))
