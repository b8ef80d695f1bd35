"""What scanners read at the dock."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal, NewType

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.catalogue import Node
from services.receiving.domain.discrepancies import Discrepancy, ExceptionClass, discrepancy_of

ScanId = NewType("ScanId", str)
Mode = Literal["by_carton", "by_unit"]
State = Literal["waiting", "counted", "replaced", "set_aside", "voided", "void"]


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner read, kept for ever."""

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
    po_number: str | None = None
    barcode: str | None = None
    symbology: str | None = None
    printed_date: str | None = None
    unlabelled: bool = False
    void_of: ScanId | None = None


@dataclass(frozen=True, slots=True)
class KeptScan:
    """A scan, its outcome so far, and the revision and carton of the ASN that it was placed against."""

    scan: Scan
    state: State = "waiting"
    revision: int | None = None
    carton: str | None = None
    waits_for: str | None = None


def scan_discrepancy(
    scan: Scan, exception_class: ExceptionClass, line: int | None = None, units: int | None = None, **more: str | None
) -> Discrepancy:
    """Name a discrepancy of a scan, or of one line that it counts, with the facts that a person needs."""
    facts = {
        "device_id": scan.device_id,
        "asn_id": scan.asn_id,
        "carton_id": scan.carton_id,
        "gtin": scan.gtin,
        "barcode": scan.barcode.replace("\x1d", "<GS>") if scan.barcode else None,
        "line": str(line) if line and scan.mode == "by_carton" else None,
        "units": str(units) if units else None,
        **more,
    }
    return discrepancy_of(exception_class, "scan", scan.scan_id, facts, detail=str(line or ""))


def reused_scan_id(first: Scan, other: Scan) -> Discrepancy:
    """Name a scan whose id was used before for something else: the first stands, the other is kept as facts."""
    read = {name: str(value) for name, value in asdict(other).items() if value is not None}
    return discrepancy_of("counter_reused", "scan", first.scan_id, read, detail=repr(sorted(read.items())))


def state_of_void(target: Scan | None) -> State:
    """Decide a void: it takes back the scan it names, waits until that has come, and cannot itself be taken back."""
    if target is None:
        return "waiting"
    return "set_aside" if target.void_of else "void"
