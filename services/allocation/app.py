"""The allocation service: stock serves the queue first, and every waiting line holds a promise."""

from typing import Final

from services.allocation.handlers import changes, due, inbound, lapsing, orders, settings, shipping, stock, stops, told
from shared.contracts.inbound import InboundChanged
from shared.contracts.notices import NoticeFailed, NoticeSent
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
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import MerchantUpserted, NodeUpserted, PolicyUpserted
from shared.contracts.shipments import ShipmentConfirmed, StopAnswered
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
    OrderHeld: changes.hold_orders,
    OrderLineChanged: changes.change_units,
    LineSwapped: changes.swap_lines,
    OrderSplit: changes.split_orders,
    LinePriorityChanged: changes.move_lines,
    OrderLineCancelled: lapsing.cancel_units,
    OrderUnheld: changes.unhold_orders,
    NoticeSent: told.keep_told,
    NoticeFailed: told.keep_bounced,
    DelayConsented: changes.keep_consents,
    DelayRefused: lapsing.refuse_delays,
    RefundMade: changes.count_refunds,
    ShipmentConfirmed: shipping.stop_clocks,
    StopAnswered: stops.put_back_stopped,
}
SERVICE: Final = Service("allocation", HANDLERS, (due.decide_due,))

if __name__ == "__main__":
    serve(SERVICE)
