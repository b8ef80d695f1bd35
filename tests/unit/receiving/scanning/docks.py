"""ASNs, scans and docks for tests of the rules."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.receiving.domain.asns.asns import Asn, AsnId, Line
from services.receiving.domain.calendar import Calendar
from services.receiving.domain.catalogue import Node, Pack, Product, Sku
from services.receiving.domain.dock.windows import Rhythm, TruckHistory, spans_of
from services.receiving.domain.purchase_orders.purchase_orders import OpenLine, OrderLine
from services.receiving.domain.scanning.scans import Scan, ScanId
from services.receiving.facts.window import Window

WEEKDAYS = Calendar(frozenset(range(1, 6)), frozenset())
ASN, AMS, TEE, VITAMIN = AsnId("asn-1"), Node("ams"), Sku("TEE-M"), Sku("VITC")
EACH, CASE, VITAMIN_EACH = "04006381333931", "14006381333938", "09520123450014"

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NODE = Rhythm(AMSTERDAM, WEEKDAYS, dock_days=3)
NOTHING_KNOWN = spans_of(NODE, TruckHistory())


def at(day: int, hour: int = 8) -> datetime:
    """Return a moment of March 2027 in Amsterdam."""
    return datetime(2027, 3, day, hour, tzinfo=AMSTERDAM).astimezone(UTC)


def march(day: int) -> date:
    """Return a day of March 2027; the 8th is a Monday."""
    return date(2027, 3, day)


def an_asn(revision: int = 1, due: tuple[int, int] = (9, 10), **fields: Any) -> Asn:
    window = Window(march(due[0]), march(due[1]))
    return Asn(**{
        "asn_id": ASN, "revision": revision, "supplier_id": "mills", "node": AMS, "window": window,
        "cause": f"edi/{revision}", "reason": f"revision {revision}", "eta": window, **fields,
    })  # fmt: skip


def a_line(line: int = 1, qty: int = 10, **fields: Any) -> Line:
    return Line(**{
        "asn_id": ASN, "revision": 1, "line": line, "carton_id": "c1", "sku": TEE, "gtin": None, "qty": qty,
        "uom": "each", **fields,
    })  # fmt: skip


def an_order_line(qty: int = 10, **fields: Any) -> OrderLine:
    return OrderLine(**{
        "po_number": "po", "line": "1", "sku": TEE, "qty": qty, "uom": "each", "units_per": None, "due_on": march(9),
        "final": False, "window": Window(march(10), march(23)), "overdue_at": datetime(2027, 3, 19, tzinfo=UTC),
        "reliable_on": march(10),
        "cause": "erp/1", "reason": "due 9 March", **fields,
    })  # fmt: skip


def an_open_line(supply_id: str, units: int, due: int) -> OpenLine:
    po_number, _, line = supply_id.partition("/")
    return OpenLine(supply_id, po_number, line, march(due), units)


def a_scan(scan_id: str = "gun/1", times: int = 1, **fields: Any) -> Scan:
    return Scan(**{
        "scan_id": ScanId(scan_id), "device_id": "gun", "node": AMS, "asn_id": ASN, "carton_id": None,
        "mode": "by_unit", "gtin": EACH, "lot": None, "expires_on": None, "times": times, "disposition": "sellable",
        "scanned_at": datetime(2027, 3, 10, 9, tzinfo=UTC), **fields,
    })  # fmt: skip


def a_carton_scan(scan_id: str = "gun/1", carton_id: str = "c1", **fields: Any) -> Scan:
    return a_scan(scan_id, mode="by_carton", gtin=None, carton_id=carton_id, **fields)


def products() -> list[Product]:
    """Return shirts by the unit and in cases of 12; vitamins, which carry lot and expiry."""
    shirt = Product(TEE, dated=False, packs=(Pack(EACH, 1, "each"), Pack(CASE, 12, "case")))
    return [shirt, Product(VITAMIN, dated=True, packs=(Pack(VITAMIN_EACH, 1, "each"),))]
