"""Numbers of changes of orders."""

from services.gateway.store import QUERIES
from shared.messaging.transaction import Tx


async def number_change(tx: Tx, order_id: str, change_no: int, content: bytes) -> bool:
    """Return whether the number stands for this change, from now on if it stood for none."""
    return await tx.connection.fetchval(QUERIES["number_change"], order_id, change_no, content) is not None


async def last_change_no(tx: Tx, order_id: str) -> int:
    """Return the highest number of the order's changes; 0 where it has none."""
    return await tx.connection.fetchval(QUERIES["last_change_no"], order_id) or 0


async def lock_order(tx: Tx, order_id: str) -> None:
    """Count the changes of an order alone until this transaction ends."""
    await tx.connection.execute(QUERIES["lock_order"], order_id)
