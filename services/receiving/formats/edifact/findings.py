"""Findings of a file, kept until all of it is read: for a person as faults, for a machine as CONTRL codes."""

from typing import Final, NamedTuple

from services.receiving.facts.file_asns import NO_OBJECTIONS, Fault, Objections

MOST_FAULTS: Final = 20
MOST_PARTS: Final = 200_000
_LONGEST_VALUE: Final = 80

# Syntax errors of data element 0085 (UN/EDIFACT service code list).
UNSUPPORTED: Final = "2"
NOT_THE_RECEIVER: Final = "7"
INVALID: Final = "12"
MISSING: Final = "13"
NOT_READ: Final = "14"
NOT_HERE: Final = "15"
BAD_CHARACTER: Final = "21"
BAD_SERVICE_CHARACTER: Final = "22"
DUPLICATE: Final = "26"
OTHER_REFERENCE: Final = "28"
WRONG_COUNT: Final = "29"
EMPTY: Final = "32"
TOO_MANY: Final = "35"
TOO_LONG: Final = "39"
UNSPECIFIED: Final = "18"


class Spot(NamedTuple):
    """A value's place in its segment: elements count from 1 after the tag; component 0 is the whole element.

    Element 0 is a segment that is missing altogether.
    """

    name: str
    element: int
    component: int = 0


class EdifactSegment(NamedTuple):
    """A segment as it was sent, released and decoded; `number` counts from 1 in the file, UNA left out."""

    number: int
    tag: str
    elements: tuple[tuple[str, ...], ...]
    marks: str = ".,"

    def said(self, spot: Spot) -> str:
        """Return the value at a spot without spaces around it; empty where it was left out."""
        return self.at(spot.element, spot.component or 1)

    def at(self, element: int, component: int = 1) -> str:
        return self.exactly(element, component).strip()

    def exactly(self, element: int, component: int = 1) -> str:
        """Return the value with the spaces around it, which by themselves mean nothing."""
        if not 0 < element <= len(self.elements):
            return ""
        values = self.elements[element - 1]
        return values[component - 1] if component <= len(values) else ""


class EdifactFinding(NamedTuple):
    """One error, with its code of data element 0085."""

    code: str
    reason: str
    at: EdifactSegment | None
    spot: Spot | None
    value: str | None


class Findings:
    """All errors of one file, and how many more lines and cartons it may still hold."""

    def __init__(self, objections: Objections = NO_OBJECTIONS) -> None:
        self.all: list[EdifactFinding] = []
        self.objections = objections
        self._room = MOST_PARTS

    def add(
        self,
        code: str,
        reason: str,
        at: EdifactSegment | None = None,
        spot: Spot | None = None,
        value: str | None = None,
    ) -> None:
        """Add a finding; the value is read at the spot unless it is given."""
        text = value if value is not None else at.said(spot) if at and spot else None
        self.all.append(EdifactFinding(code, reason, at, spot, text or None))

    def claim(self, parts: int, at: EdifactSegment) -> bool:
        """Return whether the file may hold so many lines or cartons more; the first that does not fit is a fault."""
        fitted, self._room = self._room >= 0, self._room - parts
        if fitted and self._room < 0:
            self.add(TOO_MANY, f"a file holds at most {MOST_PARTS} lines and cartons: split it", at)
        return self._room >= 0

    def faults(self) -> tuple[Fault, ...]:
        """Return the first findings as faults, in the file's order, and how many more there are."""
        ordered = sorted(self.all, key=lambda finding: finding.at.number if finding.at else 0)
        shown = tuple(map(_fault, ordered[:MOST_FAULTS]))
        more = len(ordered) - len(shown)
        return (*shown, Fault(f"{more} more faults follow the {MOST_FAULTS} above")) if more else shown


def _fault(finding: EdifactFinding) -> Fault:
    number, tag = (finding.at.number, finding.at.tag) if finding.at else (None, None)
    value = finding.value[:_LONGEST_VALUE] if finding.value else None
    return Fault(finding.reason, number, finding.spot.name if finding.spot else tag, value)
