"""The HL segments of an 856 as a tree: shipment, orders, tares, packages, items."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.receiving.formats.x12.elements import BAD_CODE, MISSING
from services.receiving.formats.x12.faults import Faults
from services.receiving.formats.x12.segments import X12Segment

MOST_LEVELS: Final = 100_000

# Which levels may stand above each. That no level stands above itself keeps a path at five.
_ABOVE: Final[Mapping[str, str]] = {"S": "", "O": "STP", "T": "SO", "P": "SOTI", "I": "SOTP"}
_NAMES: Final = {"S": "shipment", "O": "order", "T": "tare", "P": "package", "I": "item"}
_MISSING_SEGMENT, _LOOPS_TOO_OFTEN = "3", "4"


@dataclass(eq=False, slots=True)
class Level:
    """One HL and the segments up to the next; `path` holds it and all above it by their codes."""

    header: X12Segment
    code: str
    path: Mapping[str, "Level"]
    packages: list["Level"] = field(default_factory=list)
    items: int = 0
    _found: dict[tuple[str, str], list[X12Segment]] = field(default_factory=lambda: defaultdict(list))

    def put(self, segment: X12Segment) -> None:
        """Keep a segment by tag, and by tag and first element, since every line asks for what stands above it."""
        for code in {"", segment.get(1)}:
            self._found[segment.tag, code].append(segment)

    def all(self, tag: str, *codes: str) -> Iterator[X12Segment]:
        """Return the level's own segments of a tag; with codes, those whose first element is one of them, in order."""
        return (segment for code in codes or ("",) for segment in self._found.get((tag, code), ()))

    def first(self, tag: str, *codes: str) -> X12Segment | None:
        """Return the first segment of a tag."""
        return next(self.all(tag, *codes), None)


def tree(body: list[X12Segment], faults: Faults) -> list[Level]:
    """Return all levels in file order, each after the one above; the first takes what stands before it."""
    known: dict[str, Level] = {}
    before: list[X12Segment] = []
    levels: list[Level] = []
    number = len(faults)
    for segment in body:
        if segment.tag == "HL":
            levels.append(_level(segment, known, faults))
            known.setdefault(segment.get(1), levels[-1])
        elif levels:
            levels[-1].put(segment)
        else:
            before.append(segment)
    if len(levels) > MOST_LEVELS:
        reason = f"a notice has at most {MOST_LEVELS} HL segments"
        faults.of_segment(_LOOPS_TOO_OFTEN, reason, levels[MOST_LEVELS].header)
    # A package whose items went astray is not empty.
    for level in levels if len(faults) == number else ():
        _check_holds(level, faults)
    for segment in before if levels else ():
        levels[0].put(segment)
    return levels


def _level(header: X12Segment, known: dict[str, Level], faults: Faults) -> Level:
    number, code = header.get(1), header.get(3)
    if not number:
        faults.of_element(MISSING, "expected a number that no other HL of the set has", header, 1)
    elif number in known:
        faults.of_element(BAD_CODE, "expected a number that no other HL of the set has", header, 1)
    if code not in _ABOVE:
        expected = ", ".join(f"{row} ({name})" for row, name in _NAMES.items())
        faults.of_element(BAD_CODE if code else MISSING, f"expected one of {expected}", header, 3)
        return Level(header, "", {})
    above = _parent(header, known, faults)
    level = Level(header, code, {})
    level.path = {**(above.path if above else {}), code: level}
    if above and code == "P":
        above.packages.append(level)
    if "P" in level.path and code == "I":
        level.path["P"].items += 1
    return level


def _parent(header: X12Segment, known: dict[str, Level], faults: Faults) -> Level | None:
    """Return the level above an HL: the one that it names, else the nearest before it that can hold it."""
    code, named = header.get(3), header.get(2)
    if not named:
        above = next(
            (level for level in reversed(known.values()) if level.code in _ABOVE[code] and code not in level.path), None
        )
        if above is None and known:
            faults.of_element(MISSING, "expected the number of the HL above", header, 2)
        return above
    above = known.get(named)
    if above is None:
        faults.of_element(BAD_CODE, "expected the number of an HL that came before in this set", header, 2)
    elif above.code and (above.code not in _ABOVE[code] or code in above.path):
        names = " or ".join(_NAMES[row] for row in _ABOVE[code]) or "nothing"
        reason = f"this {_NAMES[code]} is put under a {_NAMES[above.code]}; expected {names} above it, each level once"
        faults.of_element(BAD_CODE, reason, header, 2)
    return above


def _check_holds(level: Level, faults: Faults) -> None:
    if level.code == "P" and "I" not in level.path and not level.items:
        faults.of_segment(_MISSING_SEGMENT, "this package holds nothing; expected HL*I under it", level.header, "HL")
