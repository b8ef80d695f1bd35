"""The content of cartons, in each of the shapes that an 856 may have."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from services.receiving.facts.file_asns import FileAsnCarton, FileAsnLine, FileBackOrder
from services.receiving.facts.gs1 import check_digit
from services.receiving.facts.units import MOST_UNITS
from services.receiving.formats.x12.articles import article, lot_of, only, quantity, units_per
from services.receiving.formats.x12.elements import BAD_CODE, required, text, whole, window
from services.receiving.formats.x12.elements import sscc as read_sscc
from services.receiving.formats.x12.faults import Faults
from services.receiving.formats.x12.hierarchy import Level
from services.receiving.formats.x12.segments import X12Segment

# X12 element 88: SSCCs first, then numbers that the carrier or the supplier gave.
_SSCCS: Final = ("GM", "AA")
_OWN: Final = ("CP", "CA", "UC", "SM", "MC", "SS", "W", "ZZ")
_MOST_CARTONS: Final = 10_000
_NOTHING: Final = re.compile(r"0+(\.0*)?", re.ASCII)
_NUMBERED: Final = re.compile(r"(.*?)(\d{1,17})", re.ASCII | re.DOTALL)
_EXPIRES: Final = ("036", "208")
_MISSING_SEGMENT, _UNEXPECTED = "3", "2"


def cartons(faults: Faults, levels: Sequence[Level], number: str) -> tuple[FileAsnCarton, ...]:
    """Return all lines by their carton, in the order of the file.

    A line lies in the package above it, or is shared out over the packages below it. Where there is none, its carton is
    the tare above; else the whole shipment, by its own SSCC (MAN), its packing slip (REF*PK) or the ASN's number. A
    carton that several orders or items share is listed again under each, and is one. A package with several numbers, or
    a range of them (MAN03), is so many cartons, which share its lines evenly; one without any is named by its HL.
    """
    _check_places(faults, levels)
    labels = _labels(faults, levels, number)
    loose = _loose(faults, levels, number)
    held: dict[str, list[FileAsnLine]] = {}
    for item in (level for level in levels if level.code == "I" and not _is_back_ordered(level)):
        for level, line in _lines(faults, item):
            names = labels.get(level) or labels.get(level.path.get("T", level)) or (loose,)
            share, rest = divmod(line.qty, len(names))
            if rest:
                reason = f"{line.qty} does not divide over the {len(names)} cartons of HL {level.header.get(1)}"
                faults.of_segment(_UNEXPECTED, f"{reason}; give each an HL of its own", item.header)
            for carton in names:
                held.setdefault(carton, []).append(replace(line, qty=share))
    return tuple(FileAsnCarton(carton, tuple(lines)) for carton, lines in held.items())


def back_orders(faults: Faults, levels: Sequence[Level]) -> tuple[FileBackOrder, ...]:
    """Return the items of which nothing was sent (SN102 of 0), with what SN105 says was ordered."""
    found: list[FileBackOrder] = []
    for item in (level for level in levels if level.code == "I" and _is_back_ordered(level)):
        lin, sn1 = only(faults, item, "LIN"), only(faults, item, "SN1")
        if lin is None or sn1 is None:
            faults.of_segment(
                _MISSING_SEGMENT, "this item names no article; expected LIN under HL*I", item.header, "LIN"
            )
            continue
        sku, gtin = article(faults, lin, "each")
        if known := sku or gtin:
            found.append(FileBackOrder(known, whole(faults, sn1, 5) if sn1.get(5) else None))
    return tuple(found)


def _is_back_ordered(item: Level) -> bool:
    sn1 = item.first("SN1")
    return sn1 is not None and _NOTHING.fullmatch(sn1.get(2)) is not None


def _check_places(faults: Faults, levels: Sequence[Level]) -> None:
    """Check that each quantity belongs to an item, or to a package below one; anywhere else nobody would count it."""
    for level in levels:
        if level.code and "I" not in level.path:
            for stray in (*level.all("LIN"), *level.all("SN1")):
                faults.of_segment(_UNEXPECTED, f"expected {stray.tag} under HL*I only", stray)


def _labels(faults: Faults, levels: Sequence[Level], number: str) -> dict[Level, tuple[str, ...]]:
    """Return the numbers of packages and of tares; two side by side cannot be the same carton."""
    labels: dict[Level, tuple[str, ...]] = {}
    seen: set[tuple[str, str]] = set()
    for level in levels:
        if level.code not in ("P", "T"):
            continue
        names = _names(faults, level) or ((f"{number}/{level.header.get(1)}",) if level.code == "P" else ())
        for label in names:
            if (level.header.get(2), label) in seen:
                faults.of_segment(_UNEXPECTED, f"carton {label} is told twice under the same HL", level.header)
            seen.add((level.header.get(2), label))
        labels[level] = names
    return labels


def _names(faults: Faults, level: Level) -> tuple[str, ...]:
    """Return the SSCCs of a level, else the numbers that the supplier or the carrier gave, by the first kind used."""
    marks = list(level.all("MAN", *_SSCCS))
    kind = next((own for own in _OWN if level.first("MAN", own)), None) if not marks else None
    found = [label for mark in marks for label in _range(faults, mark, sscc=True)]
    if kind:
        found = [label for mark in level.all("MAN", kind) for label in _range(faults, mark, sscc=False)]
    return tuple(dict.fromkeys(found))


def _range(faults: Faults, mark: X12Segment, *, sscc: bool) -> list[str]:
    """Return the number in MAN02, or all from it to the one in MAN03; of an SSCC the check digit does not count."""
    first = read_sscc(faults, mark, 2) if sscc else required(faults, mark, 2, "the number of the carton")
    if not first or not mark.get(3):
        return [first] if first else []
    last = read_sscc(faults, mark, 3) if sscc else text(faults, mark, 3)
    if last is None:
        return []
    if sscc:
        first, last = first[:-1], last[:-1]
    begin, end = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(last)
    if not begin or not end or begin[1] != end[1] or not 0 <= int(end[2]) - int(begin[2]) < _MOST_CARTONS:
        reason = f"expected the last number of a range that MAN02 begins, of at most {_MOST_CARTONS} cartons"
        faults.of_element(BAD_CODE, reason, mark, 3)
        return []
    width = len(begin[2])
    numbers = [f"{begin[1]}{number:0{width}}" for number in range(int(begin[2]), int(end[2]) + 1)]
    return [number + check_digit(number) for number in numbers] if sscc else numbers


def _loose(faults: Faults, levels: Sequence[Level], number: str) -> str:
    shipment = levels[0] if levels else None
    if shipment is None or shipment.code != "S":
        return number
    if mark := shipment.first("MAN", *_SSCCS):
        return read_sscc(faults, mark, 2) or number
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
    qty, uom = (quantity(faults, counted) if counted else None) or (0, "each")
    if lin is None:
        return
    sku, gtin = article(faults, lin, uom)
    order = _order(faults, item)
    line = FileAsnLine(sku, gtin, qty, uom, lot=lot_of(faults, lin), po_number=order)
    if not qty:
        _detailed(faults, line, (item, *_above(item)), (item,))
        return
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
    references = [*level.all("REF", "LT"), *level.all("N9", "LT")]
    lots = {required(faults, reference, 2, "the lot number"): reference for reference in references}
    if len(lots) > 1:
        faults.of_element(BAD_CODE, "expected one lot: write an HL*I for each", [*lots.values()][-1], 2)
    return next(iter(lots), None)


def _expiry(faults: Faults, level: Level) -> date | None:
    """Return the day of expiry (036), else that of the lot (208)."""
    for qualifier in _EXPIRES:
        found = {days.latest: dated for dated in level.all("DTM", qualifier) if (days := window(faults, dated))}
        if len(found) > 1:
            faults.of_element(BAD_CODE, "expected one day of expiry: write an HL*I for each", [*found.values()][-1], 2)
        if found:
            return next(iter(found))
    return None


def _order(faults: Faults, item: Level) -> str | None:
    """Return the purchase order of a line: its own, or that of the order or the shipment above it."""
    for level in (item.path[code] for code in ("I", "O", "S") if code in item.path):
        if reference := level.first("PRF"):
            return required(faults, reference, 1, "the number of the purchase order")
        if reference := level.first("REF", "PO"):
            return required(faults, reference, 2, "the number of the purchase order")
    return None
