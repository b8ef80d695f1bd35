"""The allocation service: stock serves the queue first, and every waiting line holds a promise."""

from typing import Final

from services.allocation.handlers import (
    changes,
    due,
    exceptions,
    inbound,
    lapsing,
    orders,
    settings,
    shipping,
    stock,
    stops,
    told,
)
from shared.contracts import orders as asked
from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.inbound import InboundChanged
from shared.contracts.notices import NoticeFailed, NoticeSent
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
    asked.OrderPlaced: orders.serve_orders,
    asked.OrderHeld: changes.hold_orders,
    asked.OrderLineChanged: changes.change_units,
    asked.LineSwapped: changes.swap_lines,
    asked.OrderSplit: changes.split_orders,
    asked.LinePriorityChanged: changes.move_lines,
    asked.OrderLineCancelled: lapsing.cancel_units,
    asked.OrderUnheld: changes.unhold_orders,
    NoticeSent: told.keep_told,
    NoticeFailed: told.keep_bounced,
    asked.DelayConsented: changes.keep_consents,
    asked.DelayRefused: lapsing.refuse_delays,
    asked.RefundMade: changes.count_refunds,
    ShipmentConfirmed: shipping.stop_clocks,
    StopAnswered: stops.put_back_stopped,
    ExceptionSettleRequested: exceptions.settle_exceptions,
}
SERVICE: Final = Service("allocation", HANDLERS, (due.decide_due,))

if __name__ == "__main__":
    serve(SERVICE)
