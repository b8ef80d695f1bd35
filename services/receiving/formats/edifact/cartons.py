"""The packages of a despatch advice: its CPS tree, the numbers on the packages, and the lines in them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Final, NamedTuple

from services.receiving.facts.file_asns import FileAsnCarton, FileAsnLine, FileBackOrder
from services.receiving.facts.gs1 import check_digit
from services.receiving.formats.edifact.findings import (
    DUPLICATE,
    INVALID,
    MISSING,
    NOT_HERE,
    OTHER_REFERENCE,
    TOO_MANY,
    WRONG_COUNT,
    EdifactSegment,
    Findings,
    Spot,
)
from services.receiving.formats.edifact.lines import (
    QUANTITY,
    back_order_of,
    expiry_of,
    is_back_ordered,
    line_of,
    lot_of,
    sent,
)
from services.receiving.formats.edifact.values import name, sscc, whole

DEEPEST: Final = 12
NUMBER: Final = Spot("BGM 1004", 2, 1)
_PACKAGE: Final = Spot("CPS 7164", 1)
_PARENT: Final = Spot("CPS 7166", 2)
_MARKS: Final = "PCI C210/7102"
_SSCC: Final = ("BJ", "AW")
_OWN_NUMBER: Final = "ML"
# What begins a group of its own within a line; dates after it are not the line's, nor are quantities after some.
_GROUPS: Final = frozenset(("RFF", "DGS", "LOC", "SGP", "PCI", "QVR", "CNT"))
_COUNTED_APART: Final = frozenset(("LOC", "SGP", "PCI"))


class _Package(NamedTuple):
    """The cartons that the lines of a CPS are in, its own or those of a CPS above, and the marks printed on them."""

    cartons: tuple[str, ...] = ()
    depth: int = 0
    lot: str | None = None
    expires_on: date | None = None


def cartons_of(
    bgm: EdifactSegment, detail: Sequence[EdifactSegment], findings: Findings
) -> tuple[tuple[FileAsnCarton, ...], tuple[FileBackOrder, ...]]:
    """Return the cartons of a shipment with their lines, in the order of the message, and what was not sent.

    A line is in the packages that are numbered under it, else in those of its CPS, else of the nearest CPS above that
    has any; lines that no package is said to hold are in one carton that is named like the despatch advice. The
    quantity of a line is that of all its packages together, so it is divided by their number. One number under several
    CPS is one carton. Of a line with QTY+12 of 0 nothing was sent: it is the supplier's back order.
    """
    loading = _Loading(bgm.said(NUMBER), findings)
    for group in _parts(detail, frozenset(("CPS",))):
        own, *lines = _parts(group, frozenset(("LIN",)))
        package = loading.package(own)
        for line in lines:
            loading.load(line, package)
    if not loading.lines:
        findings.add(MISSING, "at least one line (LIN), in a package (CPS), is expected", bgm, Spot("LIN", 0))
    elif not loading.cartons and not findings.all:
        findings.add(MISSING, "at least one line of which something was sent is expected", bgm, Spot("LIN", 0))
    cartons = (FileAsnCarton(number, tuple(lines)) for number, lines in loading.cartons.items())
    return tuple(cartons), tuple(loading.back_orders)


def _parts(segments: Iterable[EdifactSegment], tags: frozenset[str]) -> list[list[EdifactSegment]]:
    """Cut segments before each one with such a tag."""
    parts: list[list[EdifactSegment]] = []
    for segment in segments:
        if segment.tag in tags or not parts:
            parts.append([])
        parts[-1].append(segment)
    return parts


class _Loading:
    """The cartons as they fill."""

    def __init__(self, document: str, findings: Findings) -> None:
        self.cartons: dict[str, list[FileAsnLine]] = {}
        self.back_orders: list[FileBackOrder] = []
        self.lines = 0
        self._document, self._findings = document, findings
        self._packages: dict[str, _Package] = {}

    def package(self, own: Sequence[EdifactSegment]) -> _Package:
        cps = own[0]
        self._refuse_goods(own)
        above = self._above(cps)
        numbers = self._numbers(own) or self._marks(own)
        package = _Package(
            numbers or above.cartons,
            above.depth + 1,
            lot_of(own, self._findings) or above.lot,
            expiry_of(own, self._findings) or above.expires_on,
        )
        if package.depth > DEEPEST:
            self._findings.add(TOO_MANY, f"packages are nested {DEEPEST} deep at most", cps, _PARENT)
        if not cps.said(_PACKAGE) or cps.said(_PACKAGE) in self._packages:
            self._findings.add(DUPLICATE, "each CPS has a number of its own", cps, _PACKAGE)
        self._packages[cps.said(_PACKAGE)] = package
        return package

    def _refuse_goods(self, own: Sequence[EdifactSegment]) -> None:
        """Refuse segments that only a line has: its LIN was lost; a package's own quantity is never QTY+12 (EANCOM)."""
        for segment in (*sent(own), *(segment for segment in own if segment.tag in ("PIA", "IMD"))):
            self._findings.add(NOT_HERE, "this belongs to a line: LIN is missing before it", segment)

    def _above(self, cps: EdifactSegment) -> _Package:
        if not (parent := cps.said(_PARENT)):
            return _Package()
        if parent not in self._packages:
            reason = "no CPS above has this number: a package stands after the one that it is in"
            self._findings.add(OTHER_REFERENCE, reason, cps, _PARENT)
        return self._packages.get(parent, _Package())

    def load(self, segments: Sequence[EdifactSegment], package: _Package) -> None:
        """Put a line into its cartons, or add a finding."""
        self.lines += 1
        own, *groups = _parts(segments, _GROUPS)
        own += chain.from_iterable(sent(group) for group in groups if group[0].tag not in _COUNTED_APART)
        marked = [own, *(group for group in groups if group[0].tag == "PCI")]
        if is_back_ordered(own):
            self.back_orders += [order] if (order := back_order_of(own, groups, self._findings)) else []
            return
        line = line_of(own, marked, groups, self._findings)
        if line:
            line = replace(line, lot=line.lot or package.lot, expires_on=line.expires_on or package.expires_on)
        if not line or not (shares := self._shares(marked, line.qty, package, own[0])):
            return
        if self._findings.claim(len(shares), own[0]):
            for carton, qty in shares:
                self.cartons.setdefault(carton, []).append(replace(line, qty=qty))

    def _shares(
        self, marked: list[list[EdifactSegment]], qty: int, package: _Package, lin: EdifactSegment
    ) -> list[tuple[str, int]]:
        """Return how much of a line each of its cartons holds."""
        parts = [(self._numbers(group), self._part(group)) for group in marked[1:]]
        units = sum(part for _, part in parts if part)
        numbered = [(numbers, part) for numbers, part in parts if numbers]
        own = self._numbers(marked[0])
        if units and (units != qty or own or any(bool(numbers) != bool(part) for numbers, part in parts if numbered)):
            reason = f"the quantities of the line's packages are {units} together"
            self._findings.add(WRONG_COUNT, reason, lin, value=str(qty))
            return []
        if units and numbered:
            return [share for numbers, part in numbered for share in self._evenly(part, numbers, lin)]
        every = (*own, *(number for numbers, _ in numbered for number in numbers))
        return self._evenly(qty, every or package.cartons or (self._document,), lin)

    def _part(self, group: Sequence[EdifactSegment]) -> int:
        """Return what the packages under one PCI hold; 0 where that is not said."""
        return sum(whole(segment, QUANTITY, self._findings) or 0 for segment in sent(group))

    def _evenly(self, qty: int, cartons: Sequence[str], lin: EdifactSegment) -> list[tuple[str, int]]:
        if len(set(cartons)) < len(cartons):
            self._findings.add(DUPLICATE, "the same package is named twice for this line", lin)
        if qty % len(cartons):
            reason = f"{qty} cannot be divided by the {len(cartons)} packages: give each package a CPS with its lines"
            self._findings.add(INVALID, reason, lin)
            return []
        return [(carton, qty // len(cartons)) for carton in cartons]

    def _numbers(self, segments: Iterable[EdifactSegment]) -> tuple[str, ...]:
        """Return SSCCs, or the numbers on the supplier's own labels."""
        found: list[str] = []
        for segment in segments:
            if segment.tag == "GIR":
                found += self._related(segment)
        for gin in (segment for segment in segments if segment.tag == "GIN"):
            for element in range(2, len(gin.elements) + 1):
                if gin.at(1) in _SSCC:
                    found += self._range(gin, element)
                elif gin.at(1) == _OWN_NUMBER and (own := name(gin, Spot("GIN C208/7402", element, 1), self._findings)):
                    found.append(own)
        return tuple(found)

    def _related(self, gir: EdifactSegment) -> list[str]:
        """Return the labels that a GIR names, each beside its kind."""
        found: list[str] = []
        for element in range(2, len(gir.elements) + 1):
            spot = Spot("GIR C206/7402", element, 1)
            if gir.at(element, 2) in _SSCC and (number := sscc(gir, spot, self._findings)):
                found.append(number)
            elif gir.at(element, 2) == _OWN_NUMBER and (own := name(gir, spot, self._findings)):
                found.append(own)
        return found

    def _range(self, gin: EdifactSegment, element: int) -> list[str]:
        """Return the SSCCs from one to another, counted without their check digits."""
        spots = [Spot("GIN C208/7402", element, component) for component in (1, 2)]
        rows = [sscc(gin, spot, self._findings) for spot in spots if gin.said(spot)]
        if not rows or None in rows:
            return []
        first, last = (int((rows[n] or "")[:-1]) for n in (0, -1))
        if last < first or not self._findings.claim(last - first + 1, gin):
            self._findings.add(INVALID, "a range of SSCC goes from a lower to a higher one", gin, spots[1])
            return []
        return [f"{number:017}{check_digit(f'{number:017}')}" for number in range(first, last + 1)]

    def _marks(self, segments: Iterable[EdifactSegment]) -> tuple[str, ...]:
        """Return the supplier's own marks, where no number is given."""
        found = []
        for pci in (segment for segment in segments if segment.tag == "PCI"):
            written = " ".join(filter(None, (pci.at(2, mark) for mark in range(1, 11))))
            joined = EdifactSegment(pci.number, "PCI", ((), (written,)))
            if written and (marks := name(joined, Spot(_MARKS, 2, 1), self._findings)):
                found.append(marks)
        return tuple(found)
