"""Read models of which merchant SKUs and orders belong to, what was ordered, and where a node's day begins."""

from collections.abc import Sequence

from services.gateway.domain.versions import newest_versions
from services.gateway.store import promises
from services.gateway.store import read_models as store
from shared.contracts.orders import OrderPlaced
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import NodeUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def know_nodes(tx: Tx, nodes: Sequence[Event[NodeUpserted]]) -> None:
    """Store the zones of nodes, since a node's day is asked by its own clock."""
    last = newest_versions((event.body for event in nodes), lambda node: node.node, lambda node: node.version)
    await store.keep_nodes(tx, [(node.node, node.version, node.zone) for node in last])


async def know_products(tx: Tx, products: Sequence[Event[ProductUpserted]]) -> None:
    """Store the merchants of SKUs and the components of bundles, as their newest version says."""
    last = newest_versions(
        (event.body for event in products), lambda product: product.sku, lambda product: product.version
    )
    rows = [(p.sku, p.version, p.merchant, [component.sku for component in p.components]) for p in last]
    await store.keep_skus(tx, rows)


async def know_orders(tx: Tx, orders: Sequence[Event[OrderPlaced]]) -> None:
    """Store the merchants of orders, as first placed; a line waits for no more units than were ordered."""
    first = {event.body.order_id: event.body for event in reversed(orders)}
    await store.keep_orders(tx, [(order.order_id, order.merchant) for order in first.values()])
    lines = [(order.order_id, line.line_id, line.units, line.sku) for order in first.values() for line in order.lines]
    await promises.keep_ordered(tx, lines)
