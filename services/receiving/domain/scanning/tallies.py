"""Tallies: of the units of one SKU counted off one ASN, how many are sellable, and what is posted for them.

The order of scans does not matter for the units in each disposition, only for which of them count as over.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal
from uuid import NAMESPACE_URL, uuid5

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.discrepancies import Discrepancy, discrepancy_of
from services.receiving.domain.inbound import Position
from services.receiving.domain.scanning.scans import ScanId

Disposition = Literal["sellable", "quarantine", "damaged", "rework"]
TallyKey = tuple[AsnId, Sku, Node]
PartKey = tuple[ScanId, int]
_LONGEST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one SKU and lot that a scan stands for.

    `chosen` is the disposition that the scanner keyed, `wished` the right one by the units' own doubts. Of good units,
    `sellable` are within what the ASN allows; the rest is over. `taken` more were scanned one by one as damaged, and
    count there.
    """

    scan_id: ScanId
    line: int
    asn_id: AsnId | None
    supply_id: str | None
    sku: Sku
    node: Node
    units: int
    lot: str | None
    expires_on: date | None
    chosen: str
    wished: Disposition
    scanned_at: datetime
    carton: str | None = None
    has_two_dates: bool = False
    sellable: int = 0
    taken: int = 0

    @property
    def key(self) -> PartKey:
        return (self.scan_id, self.line)

    @property
    def position(self) -> Position:
        return (self.sku, self.node)

    @property
    def tally_key(self) -> TallyKey | None:
        return (self.asn_id, self.sku, self.node) if self.asn_id else None

    @property
    def good(self) -> bool:
        return self.wished == "sellable" and not self.has_two_dates


@dataclass(frozen=True, slots=True)
class SetAside:
    """Units of a lot that were scanned one by one as damaged or for rework, of a carton or of any."""

    carton: str | None
    lot: str | None
    units: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Units of one SKU counted off one ASN: all, those without a doubt, and how many may be and are sellable.

    Of the sellable ones a warehouse system received those `elsewhere` by itself: they are in stock, allowed or not.
    """

    units: int = 0
    good: int = 0
    sellable: int = 0
    allowed: int = 0
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Posted:
    """A receipt of a part that was posted before."""

    receipt_id: str
    correction_no: int
    units: int
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Units of one part accepted at the dock in one disposition, or taken back when negative."""

    receipt_id: str
    part: Part
    units: int
    disposition: Disposition
    correction_no: int = 1
    corrects: str | None = None
    lane: str | None = None


def sellable_limit(expected: int, over_percent: int) -> int:
    """Return how many units of a SKU may be sellable off an ASN: its own and the tolerated part, rounded down."""
    return expected + expected * over_percent // 100


def recount(tally: Tally, before: Iterable[Part], after: Iterable[Part], most: int) -> tuple[Tally, int]:
    """Return the tally after some parts replace others, and the room for units that are over.

    All good units up to `most` are sellable; units that were sellable stay so while enough good units are there, since
    a revision takes nothing back. `after` are parts as they come, with nothing sellable yet.
    """
    before, after = list(before), list(after)
    units = tally.units + sum(part.units for part in after) - sum(part.units for part in before)
    good = tally.good + sum(p.units for p in after if p.good) - sum(p.units for p in before if p.good)
    kept = tally.sellable - sum(part.sellable for part in before) + sum(part.sellable for part in after)
    allowed = max(most, tally.sellable)
    sellable = min(good, allowed)
    return Tally(units, good, sellable, allowed, tally.elsewhere), sellable - kept


def as_placed(part: Part) -> Part:
    """Return a part as its scan stands for it: nothing is taken, and nothing is sellable yet."""
    return replace(part, units=part.units + part.taken, taken=0, has_two_dates=False, sellable=0)


def take_set_aside(accepted: Iterable[Part], aside: Iterable[SetAside], over: int) -> list[Part]:
    """Take units that were scanned one by one as damaged from cartons that were accepted whole; return what changes.

    Whose carton is named are taken from that carton. Of the others it is not known: they are taken as far as more units
    were counted than the ASN allows (`over` counts all, with nothing taken), from the last carton first, of their own
    lot before others.
    """
    placed = {part.key: part for part in accepted}
    left = {key: part.units + part.taken for key, part in placed.items()}

    def take(units: int, lot: str | None, keys: Iterable[PartKey]) -> int:
        for key in sorted(keys, key=lambda key: placed[key].lot != lot):
            taken = min(units, left[key])
            left[key] -= taken
            units -= taken
        return units

    aside = list(aside)
    for damaged in (damaged for damaged in aside if damaged.carton):
        keys = [key for key, part in placed.items() if part.carton == damaged.carton]
        over -= damaged.units - take(damaged.units, damaged.lot, keys)
    for damaged in (damaged for damaged in aside if not damaged.carton):
        most = min(damaged.units, max(0, over))
        over -= most - take(most, damaged.lot, placed)
    return [
        replace(part, units=left[key], taken=part.units + part.taken - left[key], sellable=0)
        for key, part in placed.items()
        if left[key] != part.units
    ]


def promote(over: Iterable[Part], room: int) -> list[Part]:
    """Make units that are over sellable up to `room`, in the order given."""
    promoted: list[Part] = []
    for part in over:
        taken = min(room, part.units - part.sellable)
        room -= taken
        if taken:
            promoted.append(replace(part, sellable=part.sellable + taken))
    return promoted


def all_sellable(part: Part) -> Part:
    """Make all good units sellable, since no ASN limits them."""
    return replace(part, sellable=part.units if part.good else 0)


def units_by_disposition(part: Part | None) -> Counter[Disposition]:
    """Return the units of a part by disposition; none without a part."""
    if part is None:
        return Counter()
    if part.wished != "sellable":
        return Counter({part.wished: part.units})
    return Counter({"sellable": part.sellable, "quarantine": part.units - part.sellable})


def receipts_for(
    before: Mapping[PartKey, Part], after: Mapping[PartKey, Part], posted: Mapping[PartKey, Mapping[str, list[Posted]]]
) -> list[Receipt]:
    """Return the receipts between what counted and what counts now; additions first, so that none is short."""
    receipts = [
        _receipt(part, disposition, units, posted.get(key, {}))
        for key in sorted(before.keys() | after.keys())
        for disposition, units, part in _differences(before.get(key), after.get(key))
    ]
    return sorted(receipts, key=lambda receipt: receipt.units < 0)


def receipts_by_place(posted: Iterable[tuple[PartKey, str, Posted]]) -> dict[PartKey, dict[str, list[Posted]]]:
    """Group earlier receipts by part and disposition, in the order in which they were posted."""
    places: dict[PartKey, dict[str, list[Posted]]] = defaultdict(lambda: defaultdict(list))
    for key, disposition, receipt in posted:
        places[key][disposition].append(receipt)
    return places


def tally_discrepancies(key: TallyKey, tally: Tally, expected: int, most: int) -> list[Discrepancy]:
    """Name what a person must look at of one SKU of one ASN: it is not on it, or more came than the `most` allowed."""
    asn_id, sku, _ = key
    facts = {"asn_id": asn_id, "sku": sku, "expected": str(expected)}
    if tally.units and not expected and tally.allowed == tally.elsewhere:
        return [discrepancy_of("not_on_asn", "sku", subject_of(asn_id, sku), {**facts, "units": str(tally.units)})]
    over = tally.good - tally.sellable + min(tally.elsewhere, max(0, tally.sellable - most))
    return [discrepancy_of("over", "sku", subject_of(asn_id, sku), {**facts, "units": str(over)})] if over else []


def subject_of(asn_id: str, sku: str) -> str:
    """Return how discrepancies name a SKU of an ASN."""
    return f"{asn_id}/{sku}"


def _differences(before: Part | None, after: Part | None) -> list[tuple[Disposition, int, Part]]:
    was, now, part = units_by_disposition(before), units_by_disposition(after), after or before
    return [(wa, now[wa] - was[wa], part) for wa in sorted(was | now) if part and now[wa] != was[wa]]


def _receipt(part: Part, disposition: Disposition, units: int, posted: Mapping[str, list[Posted]]) -> Receipt:
    """Make a receipt, whose id is made of its scan, line, disposition (unless the scanner chose it) and number.

    Units taken back name the last receipt that brought them; promoted units name the one that lay in quarantine.
    """
    name = f"{part.scan_id}/{part.line}" + f"/{disposition}" * (disposition != part.chosen)
    earlier = posted.get(disposition, [])
    correction_no = len(earlier) + 1
    name += f"~{correction_no}" if correction_no > 1 else ""
    receipt_id = name if len(name) <= _LONGEST_ID else str(uuid5(NAMESPACE_URL, name))
    brought = earlier if units < 0 else posted.get("quarantine", []) if disposition == "sellable" else []
    last = next((receipt for receipt in reversed(brought) if receipt.units > 0), None)
    lane = last.lane if last and units < 0 else None
    return Receipt(receipt_id, part, units, disposition, correction_no, last.receipt_id if last else None, lane)
