"""The article of an item and its quantity: LIN, SN1 and PO4."""

import re
from collections.abc import Mapping
from typing import Final

from services.receiving.facts.gs1 import check_digit
from services.receiving.facts.units import UnitOfMeasure
from services.receiving.formats.x12.elements import BAD_CHARACTER, BAD_CODE, MISSING, coded, text, whole
from services.receiving.formats.x12.faults import Faults
from services.receiving.formats.x12.hierarchy import Level
from services.receiving.formats.x12.segments import X12Segment

# X12 element 355. By the list CS is a cassette and IP an insurance policy; suppliers mean a case and an inner pack.
# A pair, a set and a kit are sold as one; a dozen is twelve.
UNITS_OF_MEASURE: Final[Mapping[str, tuple[UnitOfMeasure, int]]] = {
    "EA": ("each", 1), "UN": ("each", 1), "PC": ("each", 1), "PR": ("each", 1), "SE": ("each", 1), "ST": ("each", 1),
    "KT": ("each", 1), "DZ": ("each", 12), "CA": ("case", 1), "CT": ("case", 1), "CS": ("case", 1), "BX": ("case", 1),
    "PK": ("inner", 1), "IP": ("inner", 1),
}  # fmt: skip
# X12 element 235. The buyer's own numbers name a SKU; the seller's do where nothing else does.
_OURS: Final[tuple[str, ...]] = ("SK", "IN", "BP", "CB", "PI")
_THEIRS: Final[tuple[str, ...]] = ("VN", "VP", "VC", "MG", "N4")
# The older codes are by their definition without a check digit, and so many digits long.
_WITHOUT_CHECK: Final = {"UI": 11, "UD": 12, "UA": 12, "UN": 12, "U2": 13}
_OF_UNITS: Final = ("UP", "EN", "EO", "UI", "UD", "IB")
_OF_PACKS: Final = ("UK", "U2", "UA", "UN")
_LENGTHS: Final = (8, 12, 13, 14)
_ISBN: Final = re.compile(r"(\d{9})[\dX]", re.ASCII)
_LAST_PAIR: Final = 30


def article(faults: Faults, lin: X12Segment, uom: UnitOfMeasure) -> tuple[str | None, str | None]:
    """Return the SKU and the barcode number of an item, which must have one of them.

    The barcode is the one for the unit of measure, a pack's for cases and a unit's for each, where both are given. A
    seller's number is only taken where the item has neither our number nor a barcode: it is none of our SKUs.
    """
    given = _pairs(lin)
    orders = (_OF_UNITS, _OF_PACKS) if uom == "each" else (_OF_PACKS, _OF_UNITS)
    coded_as = next((row for order in orders for row in order if row in given), None)
    gtin = _gtin(faults, lin, given[coded_as], coded_as) if coded_as else None
    named = next((our for our in _OURS if our in given), None)
    if named is None and coded_as is None:
        named = next((their for their in _THEIRS if their in given), None)
    if named is None and coded_as is None:
        expected = (
            f"expected an article: {', '.join((*_OURS, *_THEIRS))} and a number, or UP, UK, EN or IB and a barcode"
        )
        faults.of_element(MISSING, expected, lin, 2)
    return text(faults, lin, given[named]) if named else None, gtin


def lot_of(faults: Faults, lin: X12Segment) -> str | None:
    """Return the lot that LIN itself names."""
    position = _pairs(lin).get("LT")
    return text(faults, lin, position) if position else None


def quantity(faults: Faults, sn1: X12Segment) -> tuple[int, UnitOfMeasure] | None:
    """Read a quantity and its unit of measure; an unknown unit is a fault, since counting it as 1 would be a guess."""
    qty = whole(faults, sn1, 2)
    unit = coded(faults, sn1, 3, UNITS_OF_MEASURE)
    return (qty * unit[1], unit[0]) if qty and unit else None


def units_per(faults: Faults, po4: X12Segment | None, uom: UnitOfMeasure) -> int | None:
    """Return how many units one `uom` holds, by what the file says of it.

    An each is one unit, whatever barcode it has. PO401 counts inner packs of PO414 units in a case, or units where
    there are no inner packs (X12 elements 356 and 810).
    """
    if uom == "each":
        return 1
    inner = whole(faults, po4, 14) if po4 and po4.get(14) else None
    if uom == "inner":
        return inner
    outer = whole(faults, po4, 1) if po4 and po4.get(1) else None
    return outer * (inner or 1) if outer else None


def only(faults: Faults, level: Level, tag: str) -> X12Segment | None:
    """Return the one segment of its kind in a level; a second one is a fault, since it is open which counts."""
    found = list(level.all(tag))
    for extra in found[1:]:
        faults.of_segment("5", f"expected one {tag} in an HL", extra)
    return found[0] if found else None


def _pairs(lin: X12Segment) -> dict[str, int]:
    """Return the place of each qualifier's value: LIN02 qualifies LIN03, LIN04 LIN05, and so on."""
    places: dict[str, int] = {}
    for position in range(2, min(len(lin.elements), _LAST_PAIR + 1), 2):
        if lin.get(position + 1):
            places.setdefault(lin.get(position), position + 1)
    return places


def _gtin(faults: Faults, lin: X12Segment, position: int, qualifier: str) -> str | None:
    value = lin.get(position).replace("-", "") if qualifier == "IB" else lin.get(position)
    if qualifier == "IB" and (isbn := _ISBN.fullmatch(value)):
        # The old ISBN of ten digits; its last is a check digit of another kind (ISO 2108).
        return f"978{isbn[1]}{check_digit(f'978{isbn[1]}')}"
    if not (value.isascii() and value.isdigit()):
        faults.of_element(BAD_CHARACTER, f"expected the digits of a barcode, as {qualifier} says", lin, position)
    elif len(value) == _WITHOUT_CHECK.get(qualifier):
        return value + check_digit(value)
    elif len(value) not in _LENGTHS:
        faults.of_element(BAD_CODE, "expected a barcode of 8, 12, 13 or 14 digits", lin, position)
    elif check_digit(value[:-1]) != value[-1]:
        reason = f"the barcode's check digit is wrong; its other digits give {check_digit(value[:-1])}"
        faults.of_element(BAD_CODE, reason, lin, position)
    else:
        return value
    return None
