"""Reading of everything that scans need to be placed."""

from collections.abc import Collection, Mapping

from services.receiving.domain.asns.asns import Asn, AsnId
from services.receiving.domain.scanning.placement import Dock, cartons_named
from services.receiving.domain.scanning.scans import KeptScan, ScanId
from services.receiving.facts.gs1 import Symbol
from services.receiving.formats.barcodes import parse
from services.receiving.store import catalogue
from services.receiving.store.asns import asns
from services.receiving.store.scanning import scans
from shared.messaging.transaction import Tx

Symbols = Mapping[ScanId, Symbol]


def symbols_of(some: Collection[KeptScan]) -> dict[ScanId, Symbol]:
    """Take the barcodes of scans apart."""
    return {
        scan.scan.scan_id: parse(scan.scan.barcode, scan.scan.symbology)
        for scan in some
        if scan.scan.barcode is not None
    }


async def read_dock(tx: Tx, known: Mapping[AsnId, Asn], some: Collection[KeptScan], symbols: Symbols) -> Dock:
    """Read what must be known to place scans of locked ASNs."""
    cartons = {key for scan in some for key in _cartons(known, scan, symbols)}
    lines = await asns.carton_lines(tx, cartons)
    gtins = {scan.scan.gtin for scan in some if scan.scan.gtin}
    gtins |= {value for symbol in symbols.values() for ai, value in symbol.elements if ai in ("01", "02")}
    products = await catalogue.catalogue(tx, [line for of_carton in lines.values() for line in of_carton], gtins)
    suppliers = {asn.supplier_id for asn in known.values()}
    suppliers |= {product.supplier_id for product in products.products.values() if product.supplier_id}
    return Dock(
        known,
        lines,
        products,
        await scans.uncounted_skus(tx, known),
        await scans.places(tx, {scan.scan.node for scan in some}),
        await scans.date_orders(tx, suppliers),
        symbols,
    )


def _cartons(known: Mapping[AsnId, Asn], one: KeptScan, symbols: Symbols) -> set[asns.CartonKey]:
    """Return the cartons that a scan may mean, at the revision at which it was placed, else at the newest."""
    asn = known.get(one.scan.asn_id) if one.scan.asn_id else None
    if asn is None:
        return set()
    names = cartons_named(one.scan, symbols.get(one.scan.scan_id, Symbol("")))
    return {(asn.asn_id, one.revision or asn.revision, name) for name in names}
