"""Read models of merchants, of their priorities, SKUs and orders, and of where a node's day begins."""

from collections.abc import Sequence

from services.gateway.store import promises
from services.gateway.store import read_models as store
from services.gateway.store.known import Upsert, keep_known
from shared.contracts.orders import OrderPlaced
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def know(tx: Tx, upserts: Sequence[Event[Upsert]]) -> None:
    """Store nodes, merchants, policies and products, which orders and deliveries name."""
    await keep_known(tx, (event.body for event in upserts))


async def know_orders(tx: Tx, orders: Sequence[Event[OrderPlaced]]) -> None:
    """Store the merchants of orders, as first placed; a line waits for no more units than were ordered."""
    first = {event.body.order_id: event.body for event in reversed(orders)}
    await store.keep_orders(tx, [(order.order_id, order.merchant) for order in first.values()])
    lines = [(order.order_id, line.line_id, line.units, line.sku) for order in first.values() for line in order.lines]
    await promises.keep_ordered(tx, lines)
