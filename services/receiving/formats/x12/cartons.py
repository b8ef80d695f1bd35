"""The content of cartons, in each of the shapes that an 856 may have."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from services.receiving.facts.file_asns import FileAsnCarton, FileAsnLine
from services.receiving.facts.units import MOST_UNITS
from services.receiving.formats.x12.articles import article, lot_of, only, quantity, units_per
from services.receiving.formats.x12.elements import BAD_CODE, required, sscc, text, window
from services.receiving.formats.x12.faults import Faults
from services.receiving.formats.x12.hierarchy import Level
from services.receiving.formats.x12.segments import X12Segment

# X12 element 88: SSCCs first, then numbers that the carrier or the supplier gave.
_SSCCS: Final = ("GM", "AA")
_OWN: Final = ("CP", "CA", "UC", "SM", "MC", "SS", "W")
_EXPIRES: Final = ("036", "208")
_MISSING_SEGMENT, _UNEXPECTED = "3", "2"


def cartons(faults: Faults, levels: Sequence[Level], number: str) -> tuple[FileAsnCarton, ...]:
    """Return all lines by their carton, in the order of the file.

    A line lies in the package above it, or is shared out over the packages below it. Where there is none, its carton is
    the tare above; else the whole shipment, by its own SSCC (MAN), its packing slip (REF*PK) or the ASN's number. A
    carton that several orders or items share is listed again under each, and is one.
    """
    _check_places(faults, levels)
    labels = _labels(faults, levels)
    loose = _loose(faults, levels, number)
    held: dict[str, list[FileAsnLine]] = {}
    for item in (level for level in levels if level.code == "I"):
        for level, line in _lines(faults, item):
            carton = labels.get(level) or labels.get(level.path.get("T", level)) or loose
            held.setdefault(carton, []).append(line)
    return tuple(FileAsnCarton(carton, tuple(lines)) for carton, lines in held.items())


def _check_places(faults: Faults, levels: Sequence[Level]) -> None:
    """Check that each quantity belongs to an item, or to a package below one; anywhere else nobody would count it."""
    for level in levels:
        if level.code and "I" not in level.path:
            for stray in (*level.all("LIN"), *level.all("SN1")):
                faults.of_segment(_UNEXPECTED, f"expected {stray.tag} under HL*I only", stray)


def _labels(faults: Faults, levels: Sequence[Level]) -> dict[Level, str]:
    """Return the numbers of packages, which must have one, and of tares; two side by side cannot be the same carton."""
    labels: dict[Level, str] = {}
    seen: set[tuple[str, str]] = set()
    for level in levels:
        label = _label(faults, level) if level.code in ("P", "T") else None
        if label is None:
            continue
        above = (level.header.get(2), label)
        if above in seen:
            faults.of_segment(_UNEXPECTED, f"carton {label} is told twice under the same HL", level.header)
        seen.add(above)
        labels[level] = label
    return labels


def _label(faults: Faults, level: Level) -> str | None:
    marks = list(level.all("MAN", *_SSCCS))
    for extra in marks[1:]:
        if extra.get(2) != marks[0].get(2):
            faults.of_segment(_UNEXPECTED, "expected one SSCC in an HL; a further carton needs an HL of its own", extra)
    if marks:
        return sscc(faults, marks[0], 2)
    mark = level.first("MAN", *_OWN)
    if mark is None and level.code == "P":
        reason = "this package has no number; expected MAN*GM with its SSCC, or MAN*CP, CA, UC, SM or MC"
        faults.of_segment(_MISSING_SEGMENT, reason, level.header, "MAN")
    return required(faults, mark, 2, "the number of the carton") if mark else None


def _loose(faults: Faults, levels: Sequence[Level], number: str) -> str:
    shipment = levels[0] if levels else None
    if shipment is None or shipment.code != "S":
        return number
    if mark := shipment.first("MAN", *_SSCCS):
        return sscc(faults, mark, 2) or number
    slip = shipment.first("REF", "PK")
    return (text(faults, slip, 2) if slip else None) or number


def _lines(faults: Faults, item: Level) -> Iterator[tuple[Level, FileAsnLine]]:
    """Return an item's lines, each with the level from which its carton is found."""
    lin, sn1 = only(faults, item, "LIN"), only(faults, item, "SN1")
    if lin is None:
        faults.of_segment(_MISSING_SEGMENT, "this item names no article; expected LIN under HL*I", item.header, "LIN")
    counted = sn1 or next((found for package in item.packages if (found := package.first("SN1"))), None)
    if counted is None:
        reason = "this item has no quantity; expected SN1 under HL*I"
        faults.of_segment(_MISSING_SEGMENT, reason, item.header, "SN1")
    counted_qty = quantity(faults, counted) if counted else None
    if lin is None or counted_qty is None:
        return
    qty, uom = counted_qty
    sku, gtin = article(faults, lin, uom)
    order = _order(faults, item)
    line = FileAsnLine(sku, gtin, qty, uom, lot=lot_of(faults, lin), po_number=order)
    if not item.packages:
        yield item.path.get("P", item), _detailed(faults, line, (item, *_above(item)), (item,))
        return
    for package, share in _shares(faults, item, sn1, line):
        yield package, _detailed(faults, replace(line, qty=share), (package, item), (package, item))


def _above(item: Level) -> tuple[Level, ...]:
    return (item.path["P"],) if "P" in item.path else ()


def _shares(faults: Faults, item: Level, sn1: X12Segment | None, line: FileAsnLine) -> Iterator[tuple[Level, int]]:
    """Share an item's quantity over the packages below it: as each says itself, or else in equal parts."""
    packages = item.packages
    counts = [only(faults, package, "SN1") for package in packages]
    if not any(counts):
        share, rest = divmod(line.qty, len(packages))
        if rest and sn1:
            reason = f"this quantity does not divide over {len(packages)} packages; expected SN1 in each of them"
            faults.of_element(BAD_CODE, reason, sn1, 2)
        yield from ((package, share) for package in packages)
        return
    total = 0
    for package, count in zip(packages, counts, strict=True):
        if count is None:
            reason = "this package has no quantity, while others of its item do; expected SN1"
            faults.of_segment(_MISSING_SEGMENT, reason, package.header, "SN1")
        elif packed := quantity(faults, count):
            total += packed[0]
            if packed[1] != line.uom:
                faults.of_element(BAD_CODE, "expected the unit of measure of the item", count, 3)
            yield package, packed[0]
    if sn1 and total != line.qty:
        faults.of_element(BAD_CODE, f"expected the sum of the packages' own quantities, which is {total}", sn1, 2)


def _detailed(faults: Faults, line: FileAsnLine, near: Sequence[Level], packed: Sequence[Level]) -> FileAsnLine:
    """Complete a line with lot and expiry of the nearest level that has them, and what a case holds."""
    po4 = next((found for level in packed if (found := only(faults, level, "PO4"))), None)
    holds = units_per(faults, po4, line.uom)
    if po4 and holds and line.qty * holds > MOST_UNITS:
        reason = f"at most {MOST_UNITS:,} units in one line are expected; by SN102, PO401 and PO414 there are more"
        faults.of_element(BAD_CODE, reason, po4, 1)
    return replace(
        line,
        units_per=holds,
        lot=line.lot or next((lot for level in near if (lot := _lot(faults, level))), None),
        expires_on=next((day for level in near if (day := _expiry(faults, level))), None),
    )


def _lot(faults: Faults, level: Level) -> str | None:
    reference = level.first("REF", "LT") or level.first("N9", "LT")
    return required(faults, reference, 2, "the lot number") if reference else None


def _expiry(faults: Faults, level: Level) -> date | None:
    dated = level.first("DTM", *_EXPIRES)
    told_range = window(faults, dated) if dated else None
    return told_range.latest if told_range else None


def _order(faults: Faults, item: Level) -> str | None:
    """Return the purchase order of a line: its own, or that of the order or the shipment above it."""
    for code in ("I", "O", "S"):
        reference = item.path[code].first("PRF") if code in item.path else None
        if reference:
            return required(faults, reference, 1, "the number of the purchase order")
    return None
