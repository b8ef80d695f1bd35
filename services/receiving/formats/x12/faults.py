"""Faults of a file: for a person in words, and for the sender's machine in the codes of a 997."""

from dataclasses import dataclass
from typing import Final, Literal

from services.receiving.facts.file_asns import NO_OBJECTIONS, Fault, Objections
from services.receiving.formats.x12.segments import TAG, X12Segment

MOST: Final = 20
INVALID_STRUCTURE: Final = "022"
UNKNOWN_RECEIVER: Final = "009"
_LONGEST_QUOTE: Final = 80

Part = Literal["file", "group", "set", "segment", "element"]


@dataclass(frozen=True, slots=True)
class X12Finding:
    """A fault and where it is reported: AK905 (group), AK502 (set), AK304 (segment), AK403 (element), TA105 (file)."""

    fault: Fault
    part: Part
    code: str
    tag: str
    position: int


class Faults:
    """The faults of one file in the order of the file; reading stops after the twentieth."""

    def __init__(self, objections: Objections = NO_OBJECTIONS) -> None:
        self._found: list[X12Finding] = []
        self.objections = objections

    def __len__(self) -> int:
        return len(self._found)

    @property
    def full(self) -> bool:
        return len(self._found) >= MOST

    @property
    def found(self) -> list[X12Finding]:
        return sorted(self._found, key=lambda finding: finding.fault.segment or 0)

    def told(self) -> tuple[Fault, ...]:
        """Return the faults as a person reads them."""
        return tuple(finding.fault for finding in self.found)

    def of_file(
        self, reason: str, segment: X12Segment | None = None, position: int = 0, code: str = INVALID_STRUCTURE
    ) -> None:
        """Add a fault of the envelope itself, which a TA1 reports (codes: X12 element I18)."""
        self._add("file", code, reason, segment, position)

    def of_group(self, code: str, reason: str, segment: X12Segment, position: int = 0) -> None:
        """Add a fault of GS or GE (codes: X12 element 716)."""
        self._add("group", code, reason, segment, position)

    def of_set(self, code: str, reason: str, segment: X12Segment, position: int = 0) -> None:
        """Add a fault of ST or SE (codes: X12 element 718)."""
        self._add("set", code, reason, segment, position)

    def of_segment(self, code: str, reason: str, segment: X12Segment, tag: str = "") -> None:
        """Add a segment that is missing (named by `tag`), unknown or out of place (codes: X12 element 720)."""
        self._add("segment", code, reason, segment, 0, tag)

    def of_element(self, code: str, reason: str, segment: X12Segment, position: int) -> None:
        """Add a fault of a value (codes: X12 element 723)."""
        self._add("element", code, reason, segment, position)

    def _add(self, part: Part, code: str, reason: str, at: X12Segment | None, position: int, tag: str = "") -> None:
        if self.full:
            return
        tag = tag or (at.tag if at and TAG.fullmatch(at.tag) else "")
        element = f"{tag}{position:02}" if tag and position else tag or None
        value = at.get(position)[:_LONGEST_QUOTE] if at and position else None
        fault = Fault(reason, at.number if at else None, element, value or None)
        finding = X12Finding(fault, part, code, tag, position)
        # What several lines share is read for each of them.
        if finding not in self._found:
            self._found.append(finding)
