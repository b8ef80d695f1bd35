"""Handlers that store nodes, products and policies, and wake what waited for them."""

from collections.abc import Sequence

from services.inventory.store import catalogue
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import NodeUpserted, PolicyUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def keep_nodes(tx: Tx, nodes: Sequence[Event[NodeUpserted]]) -> None:
    """Store nodes with their time zones, and wake the events that wait for them."""
    newest = {event.body.node: event.body for event in sorted(nodes, key=lambda e: e.body.version)}
    await catalogue.keep_nodes(tx, [(node.node, node.version, node.zone) for node in newest.values()])
    tx.arrived(*(f"node:{node}" for node in newest))


async def keep_products(tx: Tx, products: Sequence[Event[ProductUpserted]]) -> None:
    """Store SKUs with their merchant and minimum life, and wake the events that wait for them."""
    newest = {event.body.sku: event.body for event in sorted(products, key=lambda e: e.body.version)}
    rows = [
        (product.sku, product.version, product.merchant, product.dated, product.min_life_days)
        for product in newest.values()
    ]
    await catalogue.keep_products(tx, rows)
    tx.arrived(*(f"sku:{sku}" for sku in newest))


async def keep_policies(tx: Tx, policies: Sequence[Event[PolicyUpserted]]) -> None:
    """Store the percent by which counts may differ."""
    newest = {event.key: event.body for event in sorted(policies, key=lambda e: e.body.version)}
    rows = [(policy.merchant, policy.sku or "", policy.version, policy.count_percent) for policy in newest.values()]
    await catalogue.keep_policies(tx, rows)
