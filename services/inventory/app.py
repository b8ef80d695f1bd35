"""The inventory service: it turns receipts, shipments, requests and counts into stock."""

from typing import Final

from services.inventory import http
from services.inventory.handlers import catalogue, counts, expiry, goods, reports, requests, shorts, transfers
from shared.contracts.counts import CountRecorded, OnHandReported
from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.products import ProductUpserted
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.returns import ReturnReceived
from shared.contracts.settings import NodeUpserted, PolicyUpserted
from shared.contracts.shipments import PickShorted, ShipmentConfirmed
from shared.contracts.stock_requests import (
    HoldRequested,
    LotCorrectionRequested,
    StatusChangeRequested,
    UnholdRequested,
)
from shared.contracts.transfers import TransferRequested, TransferShipped, TransferWithdrawn
from shared.messaging.process import serve
from shared.messaging.service import Service
from shared.messaging.worker import Handlers

HANDLERS: Final[Handlers] = {
    NodeUpserted: catalogue.keep_nodes,
    ProductUpserted: catalogue.keep_products,
    PolicyUpserted: catalogue.keep_policies,
    OnHandReported: reports.open_or_compare,
    ReceiptPosted: goods.add_receipts_to_stock,
    ReturnReceived: goods.put_returns_in_quarantine,
    HoldRequested: requests.hold_units,
    UnholdRequested: requests.unhold_units,
    StatusChangeRequested: requests.change_status,
    LotCorrectionRequested: requests.correct_lots,
    ExceptionSettleRequested: requests.settle_refusals,
    CountRecorded: counts.correct_by_counts,
    PickShorted: shorts.keep_back_shorts,
    ShipmentConfirmed: goods.take_shipments_from_stock,
    TransferRequested: transfers.keep_units_back,
    TransferShipped: transfers.take_transfers_from_stock,
    TransferWithdrawn: transfers.put_units_back,
}
SERVICE: Final = Service("inventory", HANDLERS, (expiry.take_out_past_life,), http.app)

if __name__ == "__main__":
    serve(SERVICE)
