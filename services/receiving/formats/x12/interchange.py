"""The envelope: interchanges (ISA to IEA) of functional groups (GS to GE) of transaction sets (ST to SE)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.receiving.formats.x12.faults import Faults
from services.receiving.formats.x12.segments import LONGEST_ELEMENT, TAG, Unreadable, X12Segment, cut


@dataclass(slots=True)
class TransactionSet:
    """One document; `last` is its last segment, the SE where there is one."""

    header: X12Segment
    last: X12Segment
    body: list[X12Segment] = field(default_factory=list)
    trailer: X12Segment | None = None


@dataclass(slots=True)
class X12Group:
    """Documents of one kind."""

    header: X12Segment
    last: X12Segment
    sets: list[TransactionSet] = field(default_factory=list)
    trailer: X12Segment | None = None


@dataclass(slots=True)
class X12Interchange:
    """Everything that one sender sends one receiver at once."""

    header: X12Segment
    groups: list[X12Group] = field(default_factory=list)
    trailer: X12Segment | None = None

    @property
    def test(self) -> bool:
        """Return whether it is sent only to be tried (X12 element I14)."""
        return self.header.get(15) == "T"


def assemble(content: bytes, faults: Faults) -> list[X12Interchange]:
    """Return a file as a tree; a segment out of place is a fault, and a missing trailer is left empty."""
    assembly = _Assembly(faults)
    try:
        for segment in cut(content):
            _check(segment, faults)
            assembly.take(segment)
            if faults.full:
                break
    except Unreadable as refusal:
        faults.of_file(refusal.reason, refusal.segment)
    return assembly.interchanges


def sets_of(interchanges: list[X12Interchange]) -> Iterator[tuple[X12Group, TransactionSet]]:
    """Return all documents of a file with their groups."""
    for interchange in interchanges:
        for group in interchange.groups:
            for document in group.sets:
                yield group, document


def _check(segment: X12Segment, faults: Faults) -> None:
    if not TAG.fullmatch(segment.tag):
        faults.of_set("5", "a segment begins with a tag of two or three upper-case letters and digits", segment)
    for position, value in enumerate(segment.elements):
        if position and len(value) > LONGEST_ELEMENT:
            faults.of_element("5", f"an element has at most {LONGEST_ELEMENT} characters", segment, position)


class _Assembly:
    """A builder that puts each segment into the part that is open."""

    def __init__(self, faults: Faults) -> None:
        self.interchanges: list[X12Interchange] = []
        self._faults = faults
        self._group: X12Group | None = None
        self._set: TransactionSet | None = None
        self._places = {
            "ISA": self._open_interchange,
            "GS": self._open_group,
            "ST": self._open_set,
            "SE": self._close_set,
            "GE": self._close_group,
            "IEA": self._close_interchange,
        }

    def take(self, segment: X12Segment) -> None:
        self._places.get(segment.tag, self._add)(segment)

    def _open_interchange(self, segment: X12Segment) -> None:
        self._group = self._set = None
        self.interchanges.append(X12Interchange(segment))

    def _open_group(self, segment: X12Segment) -> None:
        self._group, self._set = X12Group(segment, segment), None
        self.interchanges[-1].groups.append(self._group)

    def _open_set(self, segment: X12Segment) -> None:
        self._set = TransactionSet(segment, segment)
        if self._group is None:
            self._faults.of_file("ST stands outside a group; each set belongs between GS and GE", segment)
        else:
            self._group.sets.append(self._set)
            self._group.last = segment

    def _close_set(self, segment: X12Segment) -> None:
        if self._set is None:
            self._faults.of_file("SE ends a set that no ST began", segment)
        else:
            self._set.trailer = segment
            self._extend(self._set, segment)
        self._set = None

    def _close_group(self, segment: X12Segment) -> None:
        if self._group is None:
            self._faults.of_file("GE ends a group that no GS began", segment)
        else:
            self._group.trailer = self._group.last = segment
        self._group = self._set = None

    def _close_interchange(self, segment: X12Segment) -> None:
        self.interchanges[-1].trailer = segment
        self._group = self._set = None

    def _add(self, segment: X12Segment) -> None:
        if self._set is not None:
            self._set.body.append(segment)
            self._extend(self._set, segment)
        elif segment.tag != "TA1" or self._group is not None:
            # A TA1 answers an envelope of ours and stands before the groups.
            self._faults.of_file("this segment stands outside a set; it belongs between ST and SE", segment)

    def _extend(self, one: TransactionSet, segment: X12Segment) -> None:
        one.last = segment
        if self._group is not None:
            self._group.last = segment
