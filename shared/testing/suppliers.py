"""Facts of suppliers for tests, with everything filled in that a test does not care about."""

import base64
from typing import Any

from shared.contracts.asns import AsnCancelled, AsnFileReceived
from shared.contracts.purchase_orders import PurchaseOrderLine, PurchaseOrderUpserted
from shared.testing.builders import MONDAY, a_day


def an_order_line(line: str = "1", qty: int = 10, due: int = 9, **fields: Any) -> PurchaseOrderLine:
    """Return a quantity of TEE-M that a supplier owes until a day of March 2027, by the unit."""
    return PurchaseOrderLine(**{"line": line, "sku": "TEE-M", "qty": qty, "due_on": a_day(due), **fields})


def a_purchase_order(po_number: str = "po", *lines: PurchaseOrderLine, **fields: Any) -> PurchaseOrderUpserted:
    """Return ten TEE-M ordered from mills for ams, or the lines given."""
    return PurchaseOrderUpserted(
        **{
            "po_number": po_number,
            "version": 1,
            "supplier_id": "mills",
            "node": "ams",
            "ordered_at": MONDAY,
            "lines": lines or (an_order_line(),),
            **fields,
        }
    )


def a_cancellation(asn_id: str = "asn-1", revision: int = 2) -> AsnCancelled:
    """Return a supplier's cancellation of an ASN."""
    return AsnCancelled(asn_id=asn_id, revision=revision)


def a_file(content: bytes, file_id: str = "file-1", **fields: Any) -> AsnFileReceived:
    """Return a file of ASNs in X12 that mills has handed in."""
    encoded = base64.b64encode(content).decode()
    return AsnFileReceived(
        **{
            "file_id": file_id,
            "sender": "mills",
            "format": "x12",
            "content": encoded,
            "received_at": MONDAY,
            **fields,
        }
    )
