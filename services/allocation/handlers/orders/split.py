"""Orders are split into more parcels."""

from collections.abc import Sequence

from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.order_changes import OrderChanges
from shared.contracts.orders import OrderSplit
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def split_orders(tx: Tx, split: Sequence[Event[OrderSplit]]) -> None:
    """In as many parcels as are allowed now, lines need not wait for each other."""

    def read(event: Event[OrderSplit], book: OrderChanges) -> None:
        book.parcels[event.body.order_id] = event.body.max_shipments

    await change(tx, split, read)
