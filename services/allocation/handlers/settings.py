"""Nodes, merchants and products become known."""

import json
from collections.abc import Sequence

from services.allocation.store import settings
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import MerchantUpserted, NodeUpserted, PolicyUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def keep_nodes(tx: Tx, nodes: Sequence[Event[NodeUpserted]]) -> None:
    """Nodes and their calendars become known; what waited for them may go on."""
    newest = {event.body.node: event.body for event in sorted(nodes, key=lambda e: e.body.version)}
    rows = [
        (
            n.node,
            n.version,
            n.zone,
            sorted(n.working_days),
            sorted(n.holidays),
            n.cut_off,
            n.rework_days,
            n.orders_per_day,
        )
        for n in newest.values()
    ]
    await settings.keep_nodes(tx, rows)
    tx.arrived(*(f"node:{node}" for node in newest))


async def keep_merchants(tx: Tx, merchants: Sequence[Event[MerchantUpserted]]) -> None:
    """Merchants and their hubs become known; orders that waited for them may go on."""
    newest = {event.body.merchant: event.body for event in sorted(merchants, key=lambda e: e.body.version)}
    await settings.keep_merchants(tx, [(m.merchant, m.version, m.hub) for m in newest.values()])
    tx.arrived(*(f"merchant:{merchant}" for merchant in newest))


async def keep_products(tx: Tx, products: Sequence[Event[ProductUpserted]]) -> None:
    """SKUs become known; what waited for them may go on."""
    newest = {event.body.sku: event.body for event in sorted(products, key=lambda e: e.body.version)}
    rows = [(p.sku, p.version, p.merchant, p.backorderable, p.min_life_days, p.launch_on) for p in newest.values()]
    await settings.keep_products(tx, rows)
    tx.arrived(*(f"sku:{sku}" for sku in newest))


async def keep_policies(tx: Tx, policies: Sequence[Event[PolicyUpserted]]) -> None:
    """What merchants want of their queues becomes known."""
    newest = {event.key: event.body for event in sorted(policies, key=lambda e: e.body.version)}
    rows = [
        (p.merchant, p.sku or "", p.version, p.hold_days, p.padding_days, json.dumps(p.head_starts))
        for p in newest.values()
    ]
    await settings.keep_policies(tx, rows)
