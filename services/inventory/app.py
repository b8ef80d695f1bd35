"""The inventory service: receipts, counts and shipments become stock."""

from typing import Final

from services.inventory import handlers
from shared.contracts.counts import OnHandReported
from shared.contracts.products import ProductUpserted
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.settings import NodeUpserted
from shared.contracts.shipments import ShipmentConfirmed
from shared.messaging.process import serve
from shared.messaging.service import Service
from shared.messaging.worker import Handlers

HANDLERS: Final[Handlers] = {
    NodeUpserted: handlers.keep_nodes,
    ProductUpserted: handlers.keep_products,
    OnHandReported: handlers.open_stock,
    ReceiptPosted: handlers.add_receipts_to_stock,
    ShipmentConfirmed: handlers.take_shipments_from_stock,
}
SERVICE: Final = Service("inventory", HANDLERS)

if __name__ == "__main__":
    serve(SERVICE)
