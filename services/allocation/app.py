"""The allocation service: stock serves the queue first, and every waiting line holds a promise."""

from typing import Final

from services.allocation.handlers import inbound, orders, settings, stock
from shared.contracts.inbound import InboundChanged
from shared.contracts.orders import OrderPlaced
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import MerchantUpserted, NodeUpserted, PolicyUpserted
from shared.contracts.stock import StockAdjusted
from shared.messaging.process import serve
from shared.messaging.service import Service
from shared.messaging.worker import Handlers

HANDLERS: Final[Handlers] = {
    NodeUpserted: settings.keep_nodes,
    MerchantUpserted: settings.keep_merchants,
    PolicyUpserted: settings.keep_policies,
    ProductUpserted: settings.keep_products,
    InboundChanged: inbound.repromise,
    StockAdjusted: stock.serve_from_stock,
    OrderPlaced: orders.serve_orders,
}
SERVICE: Final = Service("allocation", HANDLERS)

if __name__ == "__main__":
    serve(SERVICE)
