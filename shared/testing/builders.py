"""Facts for tests: everything said that a test does not care about."""

from datetime import UTC, date, datetime, time
from typing import Any

from shared.contracts.counts import OnHandReported, ReportedLot
from shared.contracts.products import Pack, ProductUpserted
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.settings import MerchantUpserted, NodeUpserted
from shared.contracts.shipments import ShipmentConfirmed, ShippedLine

MONDAY = datetime(2027, 3, 8, 8, 0, tzinfo=UTC)
GTIN = "04006381333931"


def a_node(node: str = "ams", **said: Any) -> NodeUpserted:
    """A node that works Monday to Friday."""
    zone = said.pop("zone", "Europe/Amsterdam")
    return NodeUpserted(
        node=node, zone=zone, working_days=frozenset(range(1, 6)), cut_off=time(16), **{"version": 1, **said}
    )


def a_merchant(merchant: str = "acme", **said: Any) -> MerchantUpserted:
    """A merchant whose orders ship from ams."""
    return MerchantUpserted(
        **{"merchant": merchant, "version": 1, "name": "Acme", "hub": "ams", "sender": "hello@acme.example", **said}
    )


def a_product(sku: str = "TEE-M", **said: Any) -> ProductUpserted:
    """A product sold by the unit and packed in cases of 12."""
    packs = (Pack(gtin=GTIN, units=1, level="each"), Pack(gtin="14006381333938", units=12, level="case"))
    return ProductUpserted(
        **{"sku": sku, "merchant": "acme", "version": 1, "name": f"The {sku}", "packs": packs, "price": 1900, **said}
    )


def an_opening(sku: str = "TEE-M", units: int = 10, node: str = "ams", **said: Any) -> OnHandReported:
    """A first balance without lots."""
    return OnHandReported(
        **{
            "report_id": f"open/{sku}/{node}",
            "sku": sku,
            "node": node,
            "kind": "opening",
            "as_of": MONDAY,
            "lots": (ReportedLot(units=units),),
            **said,
        }
    )


def a_receipt(receipt_id: str = "r1", sku: str = "TEE-M", units: int = 5, **said: Any) -> ReceiptPosted:
    """Sellable units of an ASN."""
    return ReceiptPosted(
        **{
            "receipt_id": receipt_id,
            "supply_id": "asn-1",
            "sku": sku,
            "node": "ams",
            "units": units,
            "disposition": "sellable",
            "scanned_at": MONDAY,
            **said,
        }
    )


def a_shipment(order_id: str = "o1", *lines: ShippedLine, **said: Any) -> ShipmentConfirmed:
    """A parcel with one unit of one line, or with the lines given."""
    return ShipmentConfirmed(
        **{
            "order_id": order_id,
            "shipment_id": f"{order_id}/ship",
            "lines": lines or (ShippedLine(line_id="1", sku="TEE-M", node="ams", units=1),),
            "carrier": "postnl",
            "tracking": "3S1",
            "handed_over_at": MONDAY,
            **said,
        }
    )


def a_day(day: int) -> date:
    """A day of March 2027; the 8th is a Monday."""
    return date(2027, 3, day)
