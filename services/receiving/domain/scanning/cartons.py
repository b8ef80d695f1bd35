"""Cartons: their names, which of their scans count, and what they lack."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.receiving.domain.asns.asns import AsnId, Line
from services.receiving.domain.catalogue import Sku
from services.receiving.domain.discrepancies import Discrepancy, discrepancy_of
from services.receiving.domain.scanning.scans import KeptScan, ScanId, State
from services.receiving.facts.gs1 import check_digit_holds

CartonId = tuple[AsnId, str]


@dataclass(frozen=True, slots=True)
class Carton:
    """A carton's placed label scans, and whether it is counted unit by unit."""

    labels: tuple[KeptScan, ...] = ()
    by_unit: bool = False


def carton_of(text: str) -> str:
    """Return the name of a carton: the same for an SSCC with and without its AI; other numbers stay as they are."""
    text = text.strip()
    key = text[2:]
    return key if len(text) == 20 and text.startswith("00") and key.isdigit() and check_digit_holds(key) else text


def states_of_labels(carton: Carton) -> dict[ScanId, State]:
    """Decide which label scans of a carton count: none if it is counted by units, else only the first one read."""
    if carton.by_unit:
        return {label.scan.scan_id: "replaced" for label in carton.labels}
    in_order = sorted(carton.labels, key=lambda label: (label.scan.scanned_at, label.scan.scan_id))
    return {label.scan.scan_id: "set_aside" if place else "counted" for place, label in enumerate(in_order)}


def subject_of(carton: CartonId) -> str:
    """Return how discrepancies name a carton."""
    return "/".join(carton)


def counted_twice(of: CartonId, carton: Carton) -> list[Discrepancy]:
    """Name a carton whose label was accepted more than once, and that nobody counted unit by unit."""
    if carton.by_unit or len(carton.labels) < 2:
        return []
    facts = {"asn_id": of[0], "carton_id": of[1], "scans": str(len(carton.labels))}
    return [discrepancy_of("carton_counted_twice", "carton", subject_of(of), facts)]


def shortages(of: CartonId, carton: Carton, lines: Iterable[Line], counted: Mapping[Sku, int]) -> list[Discrepancy]:
    """Name what an empty carton lacks that was counted unit by unit; one accepted by its label lacks nothing."""
    if carton.labels and not carton.by_unit:
        return []
    expected: Counter[Sku] = Counter()
    for line in lines:
        if line.sku and line.units:
            expected[line.sku] += line.units
    return [
        discrepancy_of(
            "carton_short", "carton", subject_of(of), _facts(of, sku, units, units - counted.get(sku, 0)), detail=sku
        )
        for sku, units in sorted(expected.items())
        if counted.get(sku, 0) < units
    ]


def _facts(of: CartonId, sku: Sku, expected: int, missing: int) -> dict[str, str]:
    figures = {"expected": str(expected), "units": str(missing)}
    return {"asn_id": of[0], "carton_id": of[1], "sku": sku, **figures}
