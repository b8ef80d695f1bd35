"""The notification service: promises and releases become e-mails."""

import sys
from functools import partial
from typing import Final

from pydantic import ValidationError

from services.notification.handlers import ending, knowing, planning, sending
from services.notification.mailer import MailSettings
from shared.contracts import allocations
from shared.contracts.contacts import ContactGiven
from shared.contracts.orders import OrderPlaced
from shared.contracts.products import ProductUpserted
from shared.contracts.promises import BackorderPromised, PromiseMoved, PromiseWithdrawn
from shared.contracts.settings import MerchantUpserted
from shared.contracts.shipments import ShipmentConfirmed
from shared.messaging.process import serve
from shared.messaging.service import Service
from shared.messaging.wire import Tombstone
from shared.messaging.worker import Handlers

HANDLERS: Final[Handlers] = {
    MerchantUpserted: knowing.keep_merchants,
    ProductUpserted: knowing.keep_products,
    ContactGiven: knowing.keep_contacts,
    OrderPlaced: knowing.keep_orders,
    BackorderPromised: planning.tell_of_promises,
    PromiseMoved: planning.tell_of_promises,
    PromiseWithdrawn: planning.tell_of_promises,
    allocations.LineDeclined: ending.tell_of_declines,
    allocations.LineCancelled: ending.tell_of_cancels,
    allocations.RefundDue: ending.tell_of_refunds,
    allocations.LineAllocated: planning.tell_of_allocations,
    allocations.BackorderReleased: planning.tell_of_releases,
    allocations.AllocationRevoked: planning.tell_of_revocations,
    ShipmentConfirmed: planning.tell_of_shipments,
    Tombstone: knowing.erase_contacts,
}


def notification(settings: MailSettings) -> Service:
    """The service, sending through this mail server."""
    return Service("notification", HANDLERS, (partial(sending.send_notices, settings),))


def main() -> None:
    """Serves, or says what is missing."""
    try:
        settings = MailSettings()
    except ValidationError as error:
        problems = (f"set {str(e['loc'][0]).upper()} in the environment ({e['msg']})" for e in error.errors())
        sys.exit(f"notification: {'; '.join(problems)}")
    serve(notification(settings))


if __name__ == "__main__":
    main()
