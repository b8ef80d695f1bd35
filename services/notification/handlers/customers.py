"""Handlers that store merchants, products, orders and contacts."""

from collections.abc import Collection, Mapping, Sequence

import structlog

from services.notification import store
from services.notification.domain.letters import one_line
from services.notification.domain.notices import OrderId
from services.notification.handlers.failures import settled_failure
from services.notification.handlers.plan import causes_of, of_known_orders, plan
from services.notification.store import Cause
from services.notification.territories import zone_of
from shared.contracts.brand import best_text
from shared.contracts.contacts import ContactGiven
from shared.contracts.orders import LinksRevoked, OrderPlaced, RemindersDeclined, ShipTo
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import MerchantUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event, Tombstone

log = structlog.get_logger(__name__)


async def keep_merchants(tx: Tx, merchants: Sequence[Event[MerchantUpserted]]) -> None:
    """Store merchants and wake the events that wait for them."""
    newest = {event.body.merchant: event.body for event in sorted(merchants, key=lambda e: e.body.version)}
    rows = [
        (
            m.merchant, m.version, one_line(m.name), m.sender, m.colour, m.brand.button_text or best_text(m.colour),
            m.brand.logo_url or "", m.brand.footer, m.brand.reply_to or "", m.languages, m.currency, m.zone,
            _who_mails(m),
        )
        for m in newest.values()
    ]  # fmt: skip
    await store.keep_merchants(tx, rows)
    tx.arrived(*(f"merchant:{merchant}" for merchant in newest))


def _who_mails(merchant: MerchantUpserted) -> dict[str, str]:
    return {channel.channel: channel.mails for channel in merchant.who_mails}


async def keep_products(tx: Tx, products: Sequence[Event[ProductUpserted]]) -> None:
    """Store product names and wake the events that wait for them."""
    newest = {event.body.sku: event.body for event in sorted(products, key=lambda e: e.body.version)}
    await store.keep_products(tx, [(p.sku, p.version, one_line(p.name) or p.sku) for p in newest.values()])
    tx.arrived(*(f"sku:{sku}" for sku in newest))


async def keep_contacts(tx: Tx, contacts: Sequence[Event[ContactGiven]]) -> None:
    """Store how customers can be reached; a contact that another merchant gives for an order is not used."""
    every = {event.body.order_id for event in contacts}
    await store.lock_contacts(tx, every)
    owners = await store.merchants_of(tx, every)
    foreign = [e for e in contacts if owners.get(e.key, e.body.merchant) != e.body.merchant]
    _warn_of({event.key: owners[event.key] for event in foreign})
    own = [event.body for event in contacts if event not in foreign]
    newest = {contact.order_id: contact for contact in sorted(own, key=lambda given: given.version)}
    rows = [
        (c.order_id, c.version, c.email, one_line(c.name), c.merchant, c.locale, c.time_zone) for c in newest.values()
    ]
    moved = await store.keep_contacts(tx, rows)
    await _tell_anew(tx, moved)


async def _tell_anew(tx: Tx, orders: Collection[str]) -> None:
    """Tell what failed to reach the old addresses of these orders to the new ones, if it is still true."""
    why = "the customer has another address now, and is told there"
    causes: dict[OrderId, Cause] = {}
    for failed in await store.give_up_failed(tx, orders):
        tx.announce(settled_failure(failed, tx.source, why), failed.cause.traceparent)
        causes[failed.order_id] = failed.cause
    await plan(tx, await store.lock_orders(tx, causes), causes)


def _warn_of(foreign: Mapping[str, str]) -> None:
    for order_id, merchant in foreign.items():
        log.warning("contact of another merchant ignored", order=order_id, order_is_of=merchant)


def _zone(ship_to: ShipTo | None) -> str | None:
    return zone_of(ship_to.country, ship_to.region) if ship_to else None


async def erase_contacts(tx: Tx, erased: Sequence[Event[Tombstone]]) -> None:
    """Erase the contacts of customers, who get no more notices."""
    await store.erase_contacts(tx, {event.key for event in erased})


async def decline_reminders(tx: Tx, declined: Sequence[Event[RemindersDeclined]]) -> None:
    """Tell these customers nothing any more but what is necessary."""
    reachable = await store.lock_orders(tx, {event.key for event in declined})
    known = of_known_orders(tx, declined, reachable)
    await store.decline_reminders(tx, {event.key for event in known})
    await plan(tx, reachable, causes_of(known))


async def revoke_links(tx: Tx, revoked: Sequence[Event[LinksRevoked]]) -> None:
    """Store which links to orders are in force from now on; plans do not change."""
    reachable = await store.lock_orders(tx, {event.key for event in revoked})
    known = of_known_orders(tx, revoked, reachable)
    generations: dict[str, int] = {}
    for event in known:
        generations[event.key] = max(event.body.generation, generations.get(event.key, 0))
    await store.revoke_links(tx, generations)


async def keep_orders(tx: Tx, orders: Sequence[Event[OrderPlaced]]) -> None:
    """Store orders whose merchant and SKUs are known, and wake the events that wait for them."""
    merchants = await store.unknown_merchants(tx, {event.body.merchant for event in orders})
    skus = await store.unknown_skus(tx, {line.sku for event in orders for line in event.body.lines})
    known: dict[str, OrderPlaced] = {}
    for event in orders:
        body = event.body
        needs = [f"merchant:{body.merchant}"] if body.merchant in merchants else []
        needs += [f"sku:{line.sku}" for line in body.lines if line.sku in skus]
        if needs:
            tx.park(event, needs[0])
        else:
            known.setdefault(body.order_id, body)
    rows = [
        (x.order_id, x.merchant, one_line(x.order_number), x.market, x.channel, _zone(x.ship_to))
        for x in known.values()
    ]
    lines = [(order.order_id, line.line_id, line.sku, line.units) for order in known.values() for line in order.lines]
    await store.lock_contacts(tx, known)
    await store.keep_orders(tx, rows, lines)
    _warn_of(await store.drop_foreign_contacts(tx, known))
    tx.arrived(*(f"order:{order_id}" for order_id in known))
