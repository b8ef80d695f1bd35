"""What is known of positions besides their queues: products, calendars and policies; events wait until it is."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from services.allocation.domain.facts import PositionFacts, days_of
from services.allocation.domain.position import Position, PositionKey
from services.allocation.store import settings
from shared.contracts.fields import PositionFact
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

P = TypeVar("P", bound=PositionFact)


async def know(tx: Tx, locked: Mapping[PositionKey, Position]) -> PositionFacts:
    """What decides about locked positions."""
    products = await settings.products(tx, {sku for sku, _ in locked})
    calendars = await settings.calendars(tx, {node for _, node in locked})
    policies = await settings.policies(tx, {product.merchant for product in products.values()})
    return PositionFacts(locked, products, calendars, policies, days_of(calendars, tx.now))


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
