"""The receiving service: ASNs become what is on its way, and scans become receipts."""

from typing import Final

from services.receiving.handlers import arrivals, asns, catalogue, closing, dock, scans, stock, watching
from services.receiving.reads import reads
from shared.contracts.asns import AsnReceived
from shared.contracts.dock import (
    AppointmentRequested,
    AppointmentWithdrawn,
    CloseRequested,
    TruckArrived,
    UnloadingBegun,
)
from shared.contracts.products import ProductUpserted
from shared.contracts.queues import QueueChanged
from shared.contracts.scans import ScanRecorded
from shared.contracts.settings import NodeUpserted, PolicyUpserted, SupplierUpserted
from shared.contracts.stock import StockAdjusted
from shared.messaging.process import serve
from shared.messaging.service import Service
from shared.messaging.worker import Handlers

HANDLERS: Final[Handlers] = {
    NodeUpserted: catalogue.keep_nodes,
    SupplierUpserted: catalogue.keep_suppliers,
    PolicyUpserted: catalogue.keep_policies,
    ProductUpserted: catalogue.keep_products,
    AsnReceived: asns.expect_asns,
    QueueChanged: catalogue.keep_queues,
    AppointmentRequested: dock.book_appointments,
    AppointmentWithdrawn: dock.withdraw_appointments,
    TruckArrived: arrivals.note_arrivals,
    UnloadingBegun: arrivals.note_unloading,
    ScanRecorded: scans.count_scans,
    CloseRequested: closing.close_receiving,
    StockAdjusted: stock.land_supplies,
}
SERVICE: Final = Service("receiving", HANDLERS, (watching.watch_trucks,), reads)

if __name__ == "__main__":
    serve(SERVICE)
