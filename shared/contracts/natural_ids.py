"""Natural ids: by which outsiders name a fact for ever, and which service watches that one stands for one content."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.contracts.asns import AsnCancelled, AsnFileReceived, AsnReceived
from shared.contracts.counts import CountRecorded, OnHandReported
from shared.contracts.dock import AppointmentRequested, AppointmentWithdrawn
from shared.contracts.fields import Fact
from shared.contracts.orders import (
    DelayConsented,
    DelayRefused,
    LinePriorityChanged,
    LineSwapped,
    OrderHeld,
    OrderLineCancelled,
    OrderLineChanged,
    OrderPlaced,
    OrderSplit,
    OrderUnheld,
    RefundMade,
)
from shared.contracts.purchase_orders import PurchaseOrderUpserted
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.returns import ReturnReceived
from shared.contracts.shipments import PickShorted, ShipmentConfirmed
from shared.contracts.stock_requests import (
    HoldRequested,
    LotCorrectionRequested,
    StatusChangeRequested,
    UnholdRequested,
)
from shared.contracts.transfers import TransferRequested, TransferShipped, TransferWithdrawn


@dataclass(frozen=True, slots=True)
class NaturalId:
    """The fields that make an id, what it names, and who watches it; some ids count for each source of its own.

    `said_when` are fields that may differ when the same is sent again.
    """

    watched_by: str
    names: str
    fields: tuple[str, ...]
    of_source: bool = False
    said_when: frozenset[str] = frozenset()

    def of(self, body: Fact, source: str) -> str:
        """Return the id of a fact."""
        parts = [str(getattr(body, field)) for field in self.fields]
        return "|".join([*([source] if self.of_source else []), *parts])


_CHANGE: Final = NaturalId("allocation", "order change", ("order_id", "change_no"), True, frozenset({"changed_at"}))
_STOCK_REQUEST: Final = NaturalId("inventory", "stock request", ("request_id",), said_when=frozenset({"requested_at"}))
_DOCK_REQUEST: Final = NaturalId("receiving", "dock request", ("request_id",), said_when=frozenset({"requested_at"}))
NATURAL_IDS: Final[Mapping[type[Fact], NaturalId]] = {
    OrderPlaced: NaturalId("allocation", "order", ("order_id",)),
    **dict.fromkeys(
        (
            OrderHeld, OrderUnheld, OrderLineCancelled, OrderLineChanged, LineSwapped, OrderSplit, LinePriorityChanged,
            DelayConsented, DelayRefused, RefundMade,
        ),
        _CHANGE,
    ),
    ShipmentConfirmed: NaturalId("inventory", "shipment", ("shipment_id",)),
    PickShorted: NaturalId("inventory", "short", ("short_id",)),
    ReceiptPosted: NaturalId("inventory", "receipt", ("receipt_id",)),
    CountRecorded: NaturalId("inventory", "count", ("count_id",)),
    OnHandReported: NaturalId("inventory", "report", ("report_id", "sku", "node")),
    TransferRequested: NaturalId("inventory", "transfer", ("transfer_id",), said_when=frozenset({"requested_at"})),
    TransferShipped: NaturalId("inventory", "sent transfer", ("transfer_id",)),
    TransferWithdrawn: NaturalId(
        "inventory", "withdrawn transfer", ("transfer_id",), said_when=frozenset({"withdrawn_at"})
    ),
    ReturnReceived: NaturalId("inventory", "return", ("return_id",)),
    **dict.fromkeys((HoldRequested, UnholdRequested, StatusChangeRequested, LotCorrectionRequested), _STOCK_REQUEST),
    **dict.fromkeys((AppointmentRequested, AppointmentWithdrawn), _DOCK_REQUEST),
    AsnReceived: NaturalId("receiving", "ASN", ("asn_id", "revision")),
    AsnCancelled: NaturalId("receiving", "ASN", ("asn_id", "revision")),
    AsnFileReceived: NaturalId("receiving", "file", ("file_id",), said_when=frozenset({"received_at"})),
    PurchaseOrderUpserted: NaturalId("receiving", "purchase order", ("po_number", "version")),
}  # fmt: skip
