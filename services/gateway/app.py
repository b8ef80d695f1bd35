"""The gateway service: everything that is written and asked over HTTP, and read models of what others announce."""

from typing import Final

from services.gateway.handlers import advices, dock, exceptions, lines, merchants, promises, requests, scans, supply
from services.gateway.handlers.old_answers import forget_each_hour
from services.gateway.handlers.requests import settling
from services.gateway.http.api import api
from shared.contracts import allocations
from shared.contracts import dock as at_the_dock
from shared.contracts.advices import AsnAcknowledged, AsnRefused, ReceivingAdvised
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.inbound import InboundChanged
from shared.contracts.orders import OrderPlaced
from shared.contracts.products import ProductUpserted
from shared.contracts.promises import BackorderPromised, PromiseMoved, PromiseWithdrawn
from shared.contracts.queues import QueueChanged
from shared.contracts.scan_answers import ScanAnswered
from shared.contracts.settings import MerchantUpserted, NodeUpserted, PolicyUpserted
from shared.contracts.shipments import ShipmentConfirmed
from shared.messaging.process import serve
from shared.messaging.service import Service
from shared.messaging.worker import Handlers

HANDLERS: Final[Handlers] = {
    **dict.fromkeys((NodeUpserted, MerchantUpserted, PolicyUpserted, ProductUpserted), merchants.know),
    OrderPlaced: merchants.know_orders,
    AsnAcknowledged: advices.show_acknowledged,
    AsnRefused: advices.show_refused,
    at_the_dock.AppointmentRefused: dock.show_refusals,
    at_the_dock.AppointmentBooked: dock.show_bookings,
    at_the_dock.AppointmentCancelled: dock.show_cancellations,
    at_the_dock.NoShow: dock.show_no_shows,
    at_the_dock.AsnArrived: dock.show_arrivals,
    ScanAnswered: scans.show_answers,
    at_the_dock.ReceivingClosed: dock.show_closes,
    ReceivingAdvised: advices.show_advices,
    InboundChanged: supply.show_inbound,
    AvailabilityChanged: promises.show_availability,
    QueueChanged: supply.show_queues,
    **dict.fromkeys((BackorderPromised, PromiseMoved, PromiseWithdrawn), settling(promises.show_promises)),
    allocations.LineDeclined: lines.ending(lines.show_declined),
    allocations.LineCancelled: settling(lines.ending(lines.show_cancelled)),
    **dict.fromkeys((allocations.CancelRefused, allocations.ConsentRefused), requests.refuse_requests),
    allocations.RefundDue: settling(lines.show_refunds),
    allocations.LineAllocated: lines.show_allocated,
    allocations.BackorderReleased: requests.sending_at_release(promises.show_releases),
    allocations.AllocationRevoked: settling(promises.show_revocations),
    ShipmentConfirmed: lines.ending(promises.show_shipments),
    ExceptionChanged: exceptions.show_exceptions,
}
SERVICE: Final = Service(
    "gateway", HANDLERS, while_leading=(forget_each_hour, requests.send_due_requests), http=api, stays_up=True
)

if __name__ == "__main__":
    serve(SERVICE)
