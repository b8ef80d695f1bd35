"""Docks and parts for tests of what scans stand for."""

from collections import defaultdict
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from services.receiving.domain.asns.asns import AsnId, Line
from services.receiving.domain.catalogue import Pack, Product, Sku, catalogue_of
from services.receiving.domain.scanning.placement import Count, Dock, Place, place
from services.receiving.domain.scanning.scans import KeptScan, Scan, ScanId
from services.receiving.domain.scanning.tallies import Part
from services.receiving.formats.barcodes import parse
from tests.unit.receiving.scanning.docks import AMS, ASN, TEE, VITAMIN, VITAMIN_EACH, a_line, an_asn, march, products

LOT: dict[str, Any] = {"lot": "L1", "expires_on": march(31)}


def a_dock(*lines: Line, **fields: Any) -> Dock:
    """Return a dock that knows one ASN with these lines, ten shirts if none; vitamins live 100 days and need 10."""
    cartons: dict[tuple[AsnId, int, str], tuple[Line, ...]] = defaultdict(tuple)
    for line in lines or (a_line(units=10),):
        cartons[line.asn_id, line.revision, line.carton_id] += (line,)
    uncounted = frozenset((ASN, line.sku) for line in lines if line.sku and not line.units)
    vitamin = Product(VITAMIN, True, (Pack(VITAMIN_EACH, 1, "each"),), "acme", 100, 10)
    known = {"asns": {ASN: an_asn()}, "cartons": dict(cartons), "catalogue": catalogue_of([*products(), vitamin])}
    places = {AMS: Place(ZoneInfo("Europe/Amsterdam"), blind_receipts=False)}
    return Dock(**{**known, "uncounted": uncounted, "places": places, "date_orders": {"mills": "DMY"}, **fields})


def placed(scan: Scan, dock: Dock | None = None, **kept: Any) -> Count:
    """Return what becomes of a scan on a dock, ten announced shirts if none is given."""
    dock = dock or a_dock()
    symbols = {scan.scan_id: parse(scan.barcode, scan.symbology)} if scan.barcode else {}
    return place(replace(dock, symbols=symbols), KeptScan(scan, **kept))


def named(count: Count) -> list[str]:
    """Return the classes of what a person must look at."""
    return [found.exception_class for found in count.discrepancies]


def stands_for(count: Count) -> list[tuple[str, str, int]]:
    """Return SKU, disposition and units of each part."""
    return [(part.sku, part.wished, part.units) for part in count.parts]


def a_part(scan_id: str = "gun/1", units: int = 10, **fields: Any) -> Part:
    """Return good shirts off the ASN."""
    return Part(
        **{
            "scan_id": ScanId(scan_id),
            "line": 1,
            "asn_id": ASN,
            "supply_id": ASN,
            "sku": Sku(TEE),
            "node": AMS,
            "units": units,
            "lot": None,
            "expires_on": None,
            "chosen": "sellable",
            "wished": "sellable",
            "scanned_at": march(10),
            **fields,
        }
    )
