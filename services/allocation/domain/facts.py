"""What is known of positions besides what waits and what comes: products, calendars, policies, and what day it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.allocation.domain.calendar import Calendar, NodeDay
from services.allocation.domain.policy import Policy, policy_of
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.product import Product
from services.allocation.domain.promise import PromiseTerms
from services.allocation.domain.ship_together import ShippingDays


@dataclass(frozen=True, slots=True)
class PositionFacts:
    """Locked positions, and all that decides about them besides what waits and what comes.

    `days` says what day it is at each node.
    """

    positions: Mapping[PositionKey, Position]
    products: Mapping[str, Product]
    calendars: Mapping[str, Calendar]
    policies: Mapping[tuple[str, str], Policy]
    days: Mapping[str, NodeDay]

    def product(self, key: PositionKey) -> Product:
        return self.products[key[0]]

    def calendar(self, key: PositionKey) -> Calendar:
        return self.calendars[key[1]]

    def policy(self, key: PositionKey) -> Policy:
        return policy_of(self.policies, self.product(key).merchant, key[0])

    def hold(self, key: PositionKey) -> timedelta:
        """Return how long units wait for the rest of an order that ships together."""
        return timedelta(days=self.policy(key).hold_days)

    def today(self, key: PositionKey) -> date:
        """Return the day at the node."""
        return self.days[key[1]].today

    def ships_on(self, key: PositionKey) -> date:
        """Return the day on which units ship that are free now."""
        return self.days[key[1]].ships_on

    def terms(self, key: PositionKey, merchant: str | None = None) -> ShippingDays:
        """Return on which day units ship that are free now, and until when promised units are worth waiting for.

        At a position that is not locked here the merchant must be named.
        """
        hold_days = policy_of(self.policies, merchant or self.product(key).merchant, key[0]).hold_days
        return ShippingDays(self.ships_on(key), self.today(key) + timedelta(days=hold_days))

    def promise_terms(self, key: PositionKey) -> PromiseTerms:
        """Return by what a line of a position is promised besides its supplies."""
        launch_on, padding_days = self.product(key).launch_on, self.policy(key).padding_days
        return PromiseTerms(self.calendar(key), self.ships_on(key), launch_on, padding_days)

    def launched(self, key: PositionKey) -> bool:
        """Return whether a SKU may ship: its launch day has begun at the node."""
        launch_on = self.product(key).launch_on
        return launch_on is None or launch_on <= self.today(key)


def days_of(calendars: Mapping[str, Calendar], now: datetime) -> dict[str, NodeDay]:
    """Return what day it is at each of these nodes."""
    return {node: calendar.day_at(now) for node, calendar in calendars.items()}
