"""The receiving service: it turns ASNs into inbound supplies, and scans into receipts."""

from typing import Final

from services.receiving.handlers import catalogue, clock, discrepancies, stock
from services.receiving.handlers.asns import asns, estimates, files, transfers
from services.receiving.handlers.dock import appointments, arrivals, close
from services.receiving.handlers.scanning import cartons, scans, wms_receipts
from services.receiving.http import reads
from shared.contracts.asns import AsnCancelled, AsnFileReceived, AsnReceived
from shared.contracts.dock import (
    AppointmentRequested,
    AppointmentWithdrawn,
    CloseRequested,
    TruckArrived,
    UnloadingBegun,
)
from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.products import ProductUpserted
from shared.contracts.purchase_orders import PurchaseOrderUpserted
from shared.contracts.queues import QueueChanged
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.scans import CartonClosed, ScanPlaced, ScanRecorded
from shared.contracts.settings import NodeUpserted, PolicyUpserted, SupplierUpserted
from shared.contracts.stock import StockAdjusted
from shared.contracts.transfers import TransferShipped
from shared.messaging.process import serve
from shared.messaging.service import Service
from shared.messaging.worker import Handlers

HANDLERS: Final[Handlers] = {
    NodeUpserted: catalogue.keep_nodes,
    SupplierUpserted: catalogue.keep_suppliers,
    PolicyUpserted: catalogue.keep_policies,
    ProductUpserted: catalogue.keep_products,
    PurchaseOrderUpserted: estimates.expect_orders,
    AsnFileReceived: files.take_files,
    AsnReceived: asns.expect_asns,
    AsnCancelled: asns.cancel_asns,
    TransferShipped: transfers.expect_transfers,
    QueueChanged: catalogue.keep_queues,
    AppointmentRequested: appointments.book_appointments,
    AppointmentWithdrawn: appointments.withdraw_appointments,
    TruckArrived: arrivals.note_arrivals,
    UnloadingBegun: arrivals.note_unloading,
    ScanRecorded: scans.count_scans,
    ScanPlaced: scans.place_scans,
    CartonClosed: cartons.close_cartons,
    CloseRequested: close.close_receiving,
    ReceiptPosted: wms_receipts.count_wms_receipts,
    StockAdjusted: stock.land_supplies,
    ExceptionSettleRequested: discrepancies.settle_discrepancies,
}
SERVICE: Final = Service("receiving", HANDLERS, (clock.watch_trucks,), reads)

if __name__ == "__main__":
    serve(SERVICE)
