"""ASNs, scans and docks for tests of the rules."""

from datetime import UTC, date, datetime
from typing import Any

from services.receiving.domain.asns import Asn, AsnId, Line, Node
from services.receiving.domain.calendar import Calendar, Window
from services.receiving.domain.catalogue import Pack, Product, Sku, catalogue_of
from services.receiving.domain.counting import Count, Dock, Tally
from services.receiving.domain.scans import Kept, Scan, ScanId

WEEKDAYS = Calendar(frozenset(range(1, 6)), frozenset())
ASN, AMS, TEE, VITAMIN = AsnId("asn-1"), Node("ams"), Sku("TEE-M"), Sku("VITC")
EACH, CASE, VITAMIN_EACH = "04006381333931", "14006381333938", "09520123450014"


def march(day: int) -> date:
    """A day of March 2027; the 8th is a Monday."""
    return date(2027, 3, day)


def an_asn(revision: int = 1, due: tuple[int, int] = (9, 10), **said: Any) -> Asn:
    window = Window(march(due[0]), march(due[1]))
    return Asn(**{
        "asn_id": ASN, "revision": revision, "supplier_id": "mills", "node": AMS, "window": window,
        "cause": f"edi/{revision}", "reason": f"revision {revision}", "eta": window, **said,
    })  # fmt: skip


def a_line(line: int = 1, qty: int = 10, **said: Any) -> Line:
    return Line(**{
        "asn_id": ASN, "revision": 1, "line": line, "carton_id": "c1", "sku": TEE, "gtin": None, "qty": qty,
        "uom": "each", **said,
    })  # fmt: skip


def a_scan(scan_id: str = "gun/1", times: int = 1, **said: Any) -> Scan:
    return Scan(**{
        "scan_id": ScanId(scan_id), "device_id": "gun", "node": AMS, "asn_id": ASN, "carton_id": None,
        "mode": "by_unit", "gtin": EACH, "lot": None, "expires_on": None, "times": times, "disposition": "sellable",
        "scanned_at": datetime(2027, 3, 10, 9, tzinfo=UTC), **said,
    })  # fmt: skip


def a_carton_scan(scan_id: str = "gun/1", carton_id: str = "c1", **said: Any) -> Scan:
    return a_scan(scan_id, mode="by_carton", gtin=None, carton_id=carton_id, **said)


def products() -> list[Product]:
    """Shirts by the unit and in cases of 12; vitamins, which carry lot and expiry."""
    shirt = Product(TEE, dated=False, packs=(Pack(EACH, 1, "each"), Pack(CASE, 12, "case")))
    return [shirt, Product(VITAMIN, dated=True, packs=(Pack(VITAMIN_EACH, 1, "each"),))]


def a_dock(*lines: Line, **said: Any) -> Dock:
    """A dock that knows one ASN with these lines; ten shirts if none."""
    lines = lines or (a_line(units=10),)
    cartons = {(line.asn_id, line.revision, line.carton_id): () for line in lines}
    tallies: dict[tuple[AsnId, Sku], Tally] = {}
    for line in lines:
        cartons[line.asn_id, line.revision, line.carton_id] += (line,)  # type: ignore[assignment]
        if line.sku and line.units:
            tally = tallies.get((ASN, line.sku), Tally())
            tallies[ASN, line.sku] = Tally(tally.expected + line.units)
    uncounted = frozenset((ASN, line.sku) for line in lines if line.sku and not line.units)
    known = {"asns": {ASN: an_asn()}, "cartons": cartons, "catalogue": catalogue_of(products())}
    return Dock(**{**known, "tallies": tallies, "uncounted": uncounted, **said})


def waiting(*scans: Scan) -> list[Kept]:
    """Scans that nobody has counted yet."""
    return [Kept(scan) for scan in scans]


def units(counts: list[Count]) -> list[tuple[str, int]]:
    """Disposition and units of each receipt."""
    return [(receipt.disposition, receipt.units) for one in counts for receipt in one.receipts]


def named(counts: list[Count]) -> list[str]:
    """The classes of what a person must look at."""
    return [found.exception_class for one in counts for found in one.discrepancies]
