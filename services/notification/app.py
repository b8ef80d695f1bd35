"""The notification service: it turns promises, releases and endings of lines into e-mails to customers."""

import sys
from functools import partial
from typing import Final

from services.notification.handlers import bounces, customers, endings, failures, held_causes, plan, send, shops, watch
from services.notification.mails.mailer import MailSettings, NoMailServer, mail_settings
from shared.contracts import allocations, contacts, exceptions, notices, orders, promises, telling_requests
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import MerchantUpserted
from shared.contracts.shipments import ShipmentConfirmed
from shared.messaging.process import serve
from shared.messaging.service import Service
from shared.messaging.wire import Tombstone
from shared.messaging.worker import Handlers

HANDLERS: Final[Handlers] = {
    MerchantUpserted: customers.keep_merchants,
    ProductUpserted: customers.keep_products,
    contacts.ContactGiven: customers.keep_contacts,
    orders.OrderPlaced: customers.keep_orders,
    **dict.fromkeys(promises.EVENTS, plan.tell_of_promises),
    allocations.LineDeclined: endings.tell_of_declines,
    allocations.LineCancelled: endings.tell_of_cancels,
    allocations.RefundDue: endings.tell_of_refunds,
    allocations.CancelRefused: endings.tell_of_refused_cancels,
    allocations.ConsentRefused: endings.tell_of_refused_consents,
    allocations.BackorderReleased: plan.tell_of_releases,
    allocations.AllocationRevoked: plan.tell_of_revocations,
    ShipmentConfirmed: plan.tell_of_shipments,
    notices.NoticeSent: shops.keep_told_by_shops,
    notices.NoticeFailed: shops.keep_failed_by_shops,
    notices.NoticeBounced: bounces.untell_bounced,
    orders.RemindersDeclined: customers.decline_reminders,
    orders.LinksRevoked: customers.revoke_links,
    telling_requests.TellingConfirmed: held_causes.confirm_causes,
    telling_requests.TellingRejected: held_causes.reject_causes,
    Tombstone: customers.erase_contacts,
    exceptions.ExceptionSettleRequested: failures.settle_failures,
}


def notification(settings: MailSettings) -> Service:
    """Build the notification service, which sends through the mail server of these settings."""
    loops = (partial(send.send_notices, settings), partial(bounces.read_bounces, settings), watch.watch_alarms)
    return Service("notification", HANDLERS, loops)


def main() -> None:
    """Run the service until it is stopped; print what is missing if it cannot start."""
    try:
        serve(notification(mail_settings()))
    except NoMailServer as missing:
        sys.exit(f"notification: {missing}")


if __name__ == "__main__":
    main()
