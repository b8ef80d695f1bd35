"""What is known of positions besides their queues: products, calendars and policies; events wait until it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.policy import Policy, policy_of
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.product import Product
from services.allocation.domain.promise import PromiseTerms
from services.allocation.domain.ship_together import ShippingDays
from services.allocation.store import settings
from shared.contracts.fields import PositionFact
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

P = TypeVar("P", bound=PositionFact)


@dataclass(frozen=True, slots=True)
class PositionFacts:
    """Locked positions, and all that decides about them besides what waits and what comes.

    `days` are today and the day that ships next, by node.
    """

    positions: Mapping[PositionKey, Position]
    products: Mapping[str, Product]
    calendars: Mapping[str, Calendar]
    policies: Mapping[tuple[str, str], Policy]
    days: Mapping[str, tuple[date, date]]

    def product(self, key: PositionKey) -> Product:
        return self.products[key[0]]

    def calendar(self, key: PositionKey) -> Calendar:
        return self.calendars[key[1]]

    def policy(self, key: PositionKey) -> Policy:
        return policy_of(self.policies, self.product(key).merchant, key[0])

    def hold(self, key: PositionKey) -> timedelta:
        """How long units wait for the rest of an order that ships together."""
        return timedelta(days=self.policy(key).hold_days)

    def today(self, key: PositionKey) -> date:
        """Return the day at the node."""
        return self.days[key[1]][0]

    def ships_on(self, key: PositionKey) -> date:
        """Return the day on which units ship that are free now."""
        return self.days[key[1]][1]

    def terms(self, key: PositionKey, merchant: str | None = None) -> ShippingDays:
        """On which day units ship that are free now, and until when promised units are worth waiting for.

        At a position that is not locked here the merchant must be named.
        """
        hold_days = policy_of(self.policies, merchant or self.product(key).merchant, key[0]).hold_days
        return ShippingDays(self.ships_on(key), self.today(key) + timedelta(days=hold_days))

    def promise_terms(self, key: PositionKey) -> PromiseTerms:
        """By what a line of a position is promised besides its supplies."""
        launch_on, padding_days = self.product(key).launch_on, self.policy(key).padding_days
        return PromiseTerms(self.calendar(key), self.ships_on(key), launch_on, padding_days)

    def launched(self, key: PositionKey) -> bool:
        """Whether a SKU may ship: its launch day has begun at the node."""
        launch_on = self.product(key).launch_on
        return launch_on is None or launch_on <= self.today(key)


async def know(tx: Tx, locked: Mapping[PositionKey, Position]) -> PositionFacts:
    """What decides about locked positions."""
    products = await settings.products(tx, {sku for sku, _ in locked})
    calendars = await settings.calendars(tx, {node for _, node in locked})
    policies = await settings.policies(tx, {product.merchant for product in products.values()})
    return PositionFacts(locked, products, calendars, policies, days_of(calendars, tx.now))


def days_of(calendars: Mapping[str, Calendar], now: datetime) -> dict[str, tuple[date, date]]:
    """Today, and the day that ships next, by node."""
    return {
        node: (now.astimezone(calendar.zone).date(), calendar.next_shipping_day(now))
        for node, calendar in calendars.items()
    }


async def missing(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, str]:
    """For positions that are not known yet: what their events must wait for."""
    products = await settings.products(tx, {sku for sku, _ in keys})
    calendars = await settings.calendars(tx, {node for _, node in keys})
    unknown_skus = {key: f"sku:{key[0]}" for key in keys if key[0] not in products}
    return {key: f"node:{key[1]}" for key in keys if key[1] not in calendars} | unknown_skus


async def of_known_positions(tx: Tx, events: Sequence[Event[P]]) -> list[Event[P]]:
    """The events whose position is known; the others are parked."""
    waits = await missing(tx, {(event.body.sku, event.body.node) for event in events})
    for event in events:
        if need := waits.get((event.body.sku, event.body.node)):
            tx.park(event, need)
    return [event for event in events if (event.body.sku, event.body.node) not in waits]
