"""Numbers of the changes of an order, which all callers of gateway count together: to readers it is one source."""

import hashlib
from typing import TypeVar

from services.gateway.store import order_changes as store
from shared.contracts.fields import Fact
from shared.contracts.orders import OrderChange
from shared.messaging.transaction import Tx

F = TypeVar("F", bound=Fact)
C = TypeVar("C", bound=OrderChange)


def content_of(change: OrderChange) -> bytes:
    """Hash a change, whenever it is said to have been made."""
    text = change.model_dump_json(exclude={"changed_at"})
    return hashlib.sha256(f"{type(change).__name__} {text}".encode()).digest()


async def numbered(tx: Tx, fact: F) -> F:
    """Return the change of an order with the order's next number, which stands for it from now on."""
    return await _numbered(tx, fact) if isinstance(fact, OrderChange) else fact


async def _numbered(tx: Tx, change: C) -> C:
    await store.lock_order(tx, change.order_id)
    while True:  # an order that gateway does not know yet has no row to lock
        change = change.model_copy(update={"change_no": await store.last_change_no(tx, change.order_id) + 1})
        if await store.number_change(tx, change.order_id, change.change_no, content_of(change)):
            return change
