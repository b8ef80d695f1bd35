"""The allocation service: stock serves the queue first, and every waiting line holds a promise."""

from typing import Final

from services.allocation import http
from services.allocation.handlers.clock import due
from services.allocation.handlers.decision import exceptions
from services.allocation.handlers.mail_order_rule import notices
from services.allocation.handlers.news import inbound, settings, stock
from services.allocation.handlers.orders import cancel, change, place, shipments, stops
from services.allocation.handlers.orders.consent import keep_consents
from services.allocation.handlers.orders.hold import hold_orders, unhold_orders
from services.allocation.handlers.orders.move import move_lines
from services.allocation.handlers.orders.refunds import count_refunds
from services.allocation.handlers.orders.refuse_delay import refuse_delays
from services.allocation.handlers.orders.split import split_orders
from services.allocation.handlers.orders.swap import swap_lines
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
    asked.OrderPlaced: place.serve_orders,
    asked.OrderHeld: hold_orders,
    asked.OrderLineChanged: change.change_units,
    asked.LineSwapped: swap_lines,
    asked.OrderSplit: split_orders,
    asked.LinePriorityChanged: move_lines,
    asked.OrderLineCancelled: cancel.cancel_units,
    asked.OrderUnheld: unhold_orders,
    NoticeSent: notices.keep_told,
    NoticeFailed: notices.keep_bounced,
    asked.DelayConsented: keep_consents,
    asked.DelayRefused: refuse_delays,
    asked.RefundMade: count_refunds,
    ShipmentConfirmed: shipments.hear_shipments,
    StopAnswered: stops.put_back_stopped,
    ExceptionSettleRequested: exceptions.settle_exceptions,
}
SERVICE: Final = Service("allocation", HANDLERS, (due.decide_due,), http.app)

if __name__ == "__main__":
    serve(SERVICE)
