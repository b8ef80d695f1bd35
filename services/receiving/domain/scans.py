"""What scanners read at the dock."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal, NewType

from services.receiving.domain.asns import AsnId, Node
from services.receiving.domain.discrepancies import Discrepancy, ExceptionClass, found

ScanId = NewType("ScanId", str)
Mode = Literal["by_carton", "by_unit"]
State = Literal["waiting", "counted", "set_aside"]


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner read, as it stands for ever."""

    scan_id: ScanId
    device_id: str
    node: Node
    asn_id: AsnId | None
    carton_id: str | None
    mode: Mode
    gtin: str | None
    lot: str | None
    expires_on: date | None
    times: int
    disposition: Literal["sellable", "damaged", "rework"]
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A scan, what became of it, and against which revision and on which lines it was counted so far."""

    scan: Scan
    state: State = "waiting"
    revision: int | None = None
    lines: frozenset[int] = frozenset()


def named(
    scan: Scan, exception_class: ExceptionClass, line: int | None = None, units: int | None = None
) -> Discrepancy:
    """A discrepancy of a scan, or of one line that it counts, with what a person must know to look."""
    facts = {
        "device_id": scan.device_id,
        "asn_id": scan.asn_id,
        "carton_id": scan.carton_id,
        "gtin": scan.gtin,
        "line": str(line) if line and scan.mode == "by_carton" else None,
        "units": str(units) if units else None,
    }
    return found(exception_class, "scan", scan.scan_id, facts, detail=str(line or ""))


def reused(first: Scan, other: Scan) -> Discrepancy:
    """A scan whose id was used before for something else: the first stands, the other is kept as facts."""
    read = {name: str(value) for name, value in asdict(other).items() if value is not None}
    return found("counter_reused", "scan", first.scan_id, read, detail=repr(sorted(read.items())))
