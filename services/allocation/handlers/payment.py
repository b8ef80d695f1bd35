"""A payment is authorised until an instant: the shop is asked a day before, and what is not released then is held."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from services.allocation.handlers.changing import Book, settle
from services.allocation.handlers.served import Why
from services.allocation.store import changes, orders, positions
from services.allocation.store.changes import OrderRow
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import OrderUnheld
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_NAMES: Final = UUID("01a4b2d0-9c1e-7d0a-8c55-6b1f0e5b9a42")
_TODO: Final = "authorise the payment anew and tell of it (OrderUnheld, kind payment), or cancel the order"


async def look_at_payments(tx: Tx, order_ids: Collection[str]) -> None:
    """Asks for payments that end within a day, and holds the orders of those that ended."""
    locked = await positions.lock_positions(tx, await changes.positions_of(tx, order_ids))
    await changes.lock_orders(tx, order_ids)
    book = Book(await changes.orders(tx, order_ids), await changes.lines(tx, order_ids))
    ends = {order_id: order.authorized_until for order_id, order in book.orders.items() if order.authorized_until}
    unreleased = {line.line[0] for line in book.lines.values() if line.waiting or line.unreleased}
    whys: dict[str, Why] = {}
    for order_id, until in ends.items():
        if order_id in unreleased:
            is_over = until <= tx.now
            tx.announce(_ends(order_id, until, 2 if is_over else 1), None)
            if is_over:
                whys[order_id] = Why("the payment's authorisation ended", tx.source, None)
                book.hold(order_id, "payment", whys[order_id])
    again = {order: until if order in unreleased and until > tx.now else None for order, until in ends.items()}
    await orders.look_at_payments(tx, again)
    if whys:
        await settle(tx, book, locked, whys)


def is_settled(tx: Tx, unheld: Event[OrderUnheld], order: OrderRow) -> None:
    """The shop answered what it was asked: the order is paid, or authorised anew."""
    if order.authorized_until and order.is_asked_to_pay:
        tx.announce(_ends(unheld.body.order_id, order.authorized_until, 3), unheld.traceparent)


def _ends(order_id: str, until: datetime, version: int) -> ExceptionChanged:
    facts = {"order": order_id, "authorized_until": until.isoformat(), "held": "yes" if version == 2 else "no"}
    return ExceptionChanged(
        exception_id=str(uuid5(_NAMES, f"{order_id}\n{until.isoformat()}")), version=version,
        exception_class="payment_ends", subject=order_id, facts=facts if version == 3 else facts | {"todo": _TODO},
        state="settled" if version == 3 else "open",
    )  # fmt: skip
