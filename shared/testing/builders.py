"""Facts for tests, with everything filled in that a test does not care about."""

from datetime import UTC, date, datetime, time
from typing import Any

from shared.contracts.allocations import AllocatedLot, BackorderReleased, ReleasedLine
from shared.contracts.asns import AsnCarton, AsnLine, AsnReceived
from shared.contracts.contacts import ContactGiven
from shared.contracts.counts import OnHandReported, ReportedLot
from shared.contracts.dock import CloseRequested
from shared.contracts.fields import DateRange
from shared.contracts.inbound import InboundChanged, Supply
from shared.contracts.orders import OrderLine, OrderPlaced
from shared.contracts.products import Pack, ProductUpserted
from shared.contracts.promises import BackorderPromised, PromisedLine, PromiseMoved, PromiseWithdrawn
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.scans import ScanRecorded
from shared.contracts.settings import MerchantUpserted, NodeUpserted
from shared.contracts.shipments import ShipmentConfirmed, ShippedLine
from shared.contracts.stock import Movement, StockAdjusted

MONDAY = datetime(2027, 3, 8, 8, 0, tzinfo=UTC)
GTIN = "04006381333931"


def a_node(node: str = "ams", **fields: Any) -> NodeUpserted:
    """Return a node that works Monday to Friday."""
    zone = fields.pop("zone", "Europe/Amsterdam")
    return NodeUpserted(
        node=node, zone=zone, working_days=frozenset(range(1, 6)), cut_off=time(16), **{"version": 1, **fields}
    )


def a_merchant(merchant: str = "acme", **fields: Any) -> MerchantUpserted:
    """Return a merchant whose orders ship from ams."""
    return MerchantUpserted(
        **{"merchant": merchant, "version": 1, "name": "Acme", "hub": "ams", "sender": "hello@acme.example", **fields}
    )


def a_product(sku: str = "TEE-M", **fields: Any) -> ProductUpserted:
    """Return a product sold by the unit and packed in cases of 12."""
    packs = (Pack(gtin=GTIN, units=1, level="each"), Pack(gtin="14006381333938", units=12, level="case"))
    return ProductUpserted(
        **{"sku": sku, "merchant": "acme", "version": 1, "name": f"The {sku}", "packs": packs, "price": 1900, **fields}
    )


def an_opening(sku: str = "TEE-M", units: int = 10, node: str = "ams", **fields: Any) -> OnHandReported:
    """Return a first balance without lots."""
    return OnHandReported(
        **{
            "report_id": f"open/{sku}/{node}",
            "sku": sku,
            "node": node,
            "kind": "opening",
            "as_of": MONDAY,
            "lots": (ReportedLot(units=units),),
            **fields,
        }
    )


def a_receipt(receipt_id: str = "r1", sku: str = "TEE-M", units: int = 5, **fields: Any) -> ReceiptPosted:
    """Return sellable units of an ASN."""
    return ReceiptPosted(
        **{
            "receipt_id": receipt_id,
            "supply_id": "asn-1",
            "sku": sku,
            "node": "ams",
            "units": units,
            "disposition": "sellable",
            "scanned_at": MONDAY,
            **fields,
        }
    )


def a_shipment(order_id: str = "o1", *lines: ShippedLine, **fields: Any) -> ShipmentConfirmed:
    """Return a parcel with one unit of one line, or with the lines given."""
    return ShipmentConfirmed(
        **{
            "order_id": order_id,
            "shipment_id": f"{order_id}/ship",
            "lines": lines or (ShippedLine(line_id="1", sku="TEE-M", node="ams", units=1),),
            "carrier": "postnl",
            "tracking": "3S1",
            "handed_over_at": MONDAY,
            **fields,
        }
    )


def a_day(day: int) -> date:
    """Return a day of March 2027; the 8th is a Monday."""
    return date(2027, 3, day)


def an_inbound(*supplies: Supply, sku: str = "TEE-M", **fields: Any) -> InboundChanged:
    """Return the whole inbound of a position."""
    return InboundChanged(**{"sku": sku, "node": "ams", "version": 1, "supplies": supplies, **fields})


def a_supply(supply_id: str = "asn-1", units: int = 10, earliest: int = 16, latest: int = 22, **fields: Any) -> Supply:
    """Return units that are ready to ship between two days of March 2027."""
    return Supply(
        **{
            "supply_id": supply_id,
            "expected_units": units,
            "window": DateRange(earliest=a_day(earliest), latest=a_day(latest)),
            "basis": "asn",
            "supplier_id": "mills",
            "cause": f"edi/{supply_id}",
            "reason": f"{supply_id} says so",
            **fields,
        }
    )


def landed(
    units: int, sequence: int = 1, *, sku: str = "TEE-M", supply_id: str | None = "asn-1", **fields: Any
) -> StockAdjusted:
    """Return units that came to a position, or left it when negative."""
    movement = Movement(
        **{
            "movement_id": f"{sku}/{sequence}",
            "reason": "receipt" if supply_id else "opening",
            "supply_id": supply_id,
            "cause": f"dock/{sequence}",
            "status": "sellable",
            "delta": units,
            "on_hand": max(0, units),
            **fields,
        }
    )
    return StockAdjusted(sku=sku, node="ams", sequence=sequence, movements=(movement,))


def an_order(order_id: str = "o1", *lines: OrderLine, **fields: Any) -> OrderPlaced:
    """Return an order of one TEE-M, or of the lines given, complete on Monday 8:00 UTC."""
    return OrderPlaced(
        **{
            "order_id": order_id,
            "merchant": "acme",
            "order_number": f"#{order_id}",
            "channel": "web",
            "completed_at": MONDAY,
            "market": "NL",
            "lines": lines or (a_line(),),
            **fields,
        }
    )


def a_line(line_id: str = "1", sku: str = "TEE-M", units: int = 1, **fields: Any) -> OrderLine:
    """Return units of one SKU."""
    return OrderLine(**{"line_id": line_id, "sku": sku, "units": units, "unit_price": 1900, **fields})


def a_contact(order_id: str = "o1", **fields: Any) -> ContactGiven:
    """Return Anna's contact."""
    email = f"anna+{order_id}@customer.example"
    return ContactGiven(
        **{
            "order_id": order_id,
            "version": 1,
            "merchant": "acme",
            "email": email,
            "name": "Anna",
            "locale": "en",
            **fields,
        }
    )


def a_promised_line(
    line_version: int = 1, ships: tuple[int, int] | None = (16, 22), line_id: str = "1", **fields: Any
) -> PromisedLine:
    """Return a waiting unit of TEE-M, promised to ship between two days of March 2027, or without a date."""
    range_ = DateRange(earliest=a_day(ships[0]), latest=a_day(ships[1])) if ships else None
    return PromisedLine(
        **{
            "line_id": line_id,
            "line_version": line_version,
            "sku": "TEE-M",
            "node": "ams",
            "units": 1,
            "after": range_,
            "supply_id": "asn-1" if ships else None,
            "reason": "asn-1 says so",
            "cause": "edi/asn-1",
            **fields,
        }
    )


def promised(order_id: str = "o1", *lines: PromisedLine) -> BackorderPromised:
    """Return the first promise of an order."""
    return BackorderPromised(order_id=order_id, lines=lines or (a_promised_line(),))


def moved(order_id: str = "o1", *lines: PromisedLine) -> PromiseMoved:
    """Return a promise of another range."""
    return PromiseMoved(order_id=order_id, lines=lines or (a_promised_line(2, (19, 25)),))


def withdrawn(order_id: str = "o1", *lines: PromisedLine) -> PromiseWithdrawn:
    """Return a promise without a range."""
    return PromiseWithdrawn(order_id=order_id, lines=lines or (a_promised_line(2, None),))


def a_released_line(line_version: int = 3, units: int = 1, line_id: str = "1", **fields: Any) -> ReleasedLine:
    """Return units of TEE-M that waited an hour."""
    return ReleasedLine(
        **{
            "line_id": line_id,
            "line_version": line_version,
            "sku": "TEE-M",
            "node": "ams",
            "units": units,
            "lots": (AllocatedLot(units=units),),
            "waited_seconds": 3600,
            **fields,
        }
    )


def released(order_id: str = "o1", *lines: ReleasedLine) -> BackorderReleased:
    """Return waiting lines that the floor may pick."""
    return BackorderReleased(order_id=order_id, lines=lines or (a_released_line(),))


def an_asn(asn_id: str = "asn-1", *cartons: AsnCarton, due: tuple[int, int] = (9, 10), **fields: Any) -> AsnReceived:
    """Return a truck to ams that is due between two days of March 2027, with one carton or those given."""
    return AsnReceived(
        **{
            "asn_id": asn_id,
            "revision": 1,
            "supplier_id": "mills",
            "node": "ams",
            "eta": DateRange(earliest=a_day(due[0]), latest=a_day(due[1])),
            "cartons": cartons or (a_carton(),),
            **fields,
        }
    )


def a_carton(carton_id: str = "c1", *lines: AsnLine) -> AsnCarton:
    """Return a carton with ten TEE-M, or with the lines given."""
    return AsnCarton(carton_id=carton_id, lines=lines or (an_asn_line(),))


def an_asn_line(sku: str | None = "TEE-M", qty: int = 10, **fields: Any) -> AsnLine:
    """Return a quantity of one SKU, by the unit."""
    return AsnLine(**{"sku": sku, "qty": qty, **fields})


def a_scan(scan_id: str = "gun/1", times: int = 1, **fields: Any) -> ScanRecorded:
    """Return units of TEE-M scanned one by one off asn-1."""
    return ScanRecorded(
        **{
            "scan_id": scan_id,
            "device_id": "gun",
            "node": "ams",
            "asn_id": "asn-1",
            "mode": "by_unit",
            "gtin": GTIN,
            "times": times,
            "scanned_at": MONDAY,
            **fields,
        }
    )


def a_carton_scan(scan_id: str = "gun/1", carton_id: str = "c1", **fields: Any) -> ScanRecorded:
    """Return a carton of asn-1 accepted by its label."""
    return a_scan(scan_id, **{"mode": "by_carton", "carton_id": carton_id, "gtin": None, **fields})


def a_close(asn_id: str = "asn-1") -> CloseRequested:
    """Return a close: nothing more comes off the truck."""
    return CloseRequested(asn_id=asn_id, requested_at=MONDAY)
