"""Control numbers and counts: where an envelope's own figures do not hold, something was lost on the way."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.receiving.formats.x12.faults import Faults
from services.receiving.formats.x12.interchange import TransactionSet, X12Group, X12Interchange
from services.receiving.formats.x12.segments import X12Segment

_ISA_WIDTHS: Final = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
# X12 element I18, for each element of an ISA.
_OF_ISA: Final = (
    "010", "011", "012", "013", "005", "006", "007", "008", "014", "015", "016", "017", "018", "019", "020", "027",
)  # fmt: skip
_OLDEST: Final = "004010"
_VERSION: Final = re.compile(r"00[4-8]\d{3}.*")
_GROUP_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_FILE_NUMBER: Final = re.compile(r"[0-9]{9}")
_SET_NUMBER: Final = re.compile(r"[A-Za-z0-9]{4,9}")


@dataclass(frozen=True, slots=True)
class Kind:
    """A document that we read: its group's code, its own number, and its name."""

    group: str
    number: str
    name: str


def check(interchanges: Iterable[X12Interchange], kind: Kind, faults: Faults) -> None:
    """Check that every control number occurs once and again in its trailer, and that every count is right."""
    seen: set[str] = set()
    senders: set[str] = set()
    interchanges = list(interchanges)
    for interchange in interchanges:
        if interchange.test != interchanges[0].test:
            faults.of_file(
                "a file is a test as a whole or not at all; expected the sign of the first",
                interchange.header,
                15,
                "020",
            )
        _check_interchange(interchange, seen, senders, faults)
        groups: set[str] = set()
        for group in interchange.groups:
            _check_group(group, kind, groups, faults)
            numbers: set[str] = set()
            for document in group.sets:
                _check_set(document, kind, numbers, faults)


def _check_interchange(interchange: X12Interchange, seen: set[str], senders: set[str], faults: Faults) -> None:
    header, trailer = interchange.header, interchange.trailer
    for position, width in enumerate(_ISA_WIDTHS, 1):
        if len(header.elements) <= position or len(header.elements[position]) != width:
            reason = f"expected {width} characters, since an ISA has fixed widths"
            faults.of_file(reason, header, position, _OF_ISA[position - 1])
    number = header.get(13)
    if number in seen:
        faults.of_file("this control number came before in this file", header, 13, "025")
    seen.add(number)
    senders.add(header.get(6))
    if len(senders) > 1:
        faults.of_file("a file speaks for one sender; expected the one of the first ISA", header, 6, "006")
    if trailer is None:
        faults.of_file("IEA is missing: was the file cut off?", header, code="023")
        return
    if not _counts(trailer.get(1), len(interchange.groups)):
        faults.of_file(f"expected the number of groups, which is {len(interchange.groups)}", trailer, 1, "021")
    if not _FILE_NUMBER.fullmatch(number) or trailer.get(2) != number:
        faults.of_file("expected the nine digits of ISA13", trailer, 2, "001")


def _check_group(group: X12Group, kind: Kind, seen: set[str], faults: Faults) -> None:
    header, number = group.header, group.header.get(6)
    if header.get(1) != kind.group:
        faults.of_group("1", f"expected {kind.group}, since only {kind.name} ({kind.number}) are read", header, 1)
    if not _VERSION.fullmatch(header.get(8)) or header.get(8) < _OLDEST:
        faults.of_group("2", "expected a version from 004010 to 008xxx", header, 8)
    if not _GROUP_NUMBER.fullmatch(number) or number in seen:
        faults.of_group("6", "expected one to nine digits that no other group of the interchange has", header, 6)
    seen.add(number)
    if group.trailer is None:
        faults.of_group("3", "GE is missing: was the file cut off?", header)
        return
    if not _same(group.trailer.get(2), number):
        faults.of_group("4", "expected the control number of GS06", group.trailer, 2)
    if not _counts(group.trailer.get(1), len(group.sets)):
        faults.of_group("5", f"expected the number of sets, which is {len(group.sets)}", group.trailer, 1)


def _check_set(one: TransactionSet, kind: Kind, seen: set[str], faults: Faults) -> None:
    header, number = one.header, one.header.get(2)
    if header.get(1) != kind.number:
        faults.of_set("1", f"expected {kind.number}, since only {kind.name} are read", header, 1)
    if not _SET_NUMBER.fullmatch(number):
        faults.of_set("7", "expected four to nine letters and digits", header, 2)
    elif number in seen:
        faults.of_set("23", "this control number came before in this group", header, 2)
    seen.add(number)
    if one.trailer is None:
        faults.of_set("2", "SE is missing: was the file cut off?", header)
        return
    _check_trailer(one, one.trailer, faults)


def _check_trailer(one: TransactionSet, trailer: X12Segment, faults: Faults) -> None:
    if trailer.get(2) != one.header.get(2):
        faults.of_set("3", "expected the control number of ST02", trailer, 2)
    # ST and SE count themselves.
    if not _counts(trailer.get(1), len(one.body) + 2):
        faults.of_set("4", f"expected the number of segments from ST to SE, which is {len(one.body) + 2}", trailer, 1)


def _counts(said: str, number: int) -> bool:
    return said.isascii() and said.isdigit() and said.lstrip("0") == str(number or "")


def _same(left: str, right: str) -> bool:
    return left == right or (left.isdigit() and left.lstrip("0") == right.lstrip("0"))
