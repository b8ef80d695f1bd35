"""Cancels that a shop asks for: units that nobody has in hand are freed, and the floor is asked to stop the rest."""

from collections.abc import Collection, Sequence
from datetime import datetime

from services.allocation.domain.line import LineKey
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.order_changes import (
    ChangeRequest,
    OrderChanges,
    Part,
)
from services.allocation.handlers.orders.refunds import REASONS, refund_cancelled
from shared.contracts.orders import OrderLineCancelled
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


def cancel_open_units(book: OrderChanges, asking: ChangeRequest, parts: Collection[Part], reason: str) -> None:
    """Takes all that is left of a line, of every component of a bundle; what the floor has, it is asked to stop."""
    for line, _ in parts:
        if line.open_units:
            book.take(asking, line, line.open_units, reason)


def is_open(parts: Collection[Part]) -> bool:
    return any(line.open_units for line, _ in parts)


async def cancel_units(tx: Tx, cancelled: Sequence[Event[OrderLineCancelled]]) -> None:
    """Units that nobody has in hand yet go to the next in line at once; the floor is asked to stop the others.

    In law a line is cancelled when nothing of it is wanted any more. What fewer units cost is the shop's to say.
    """
    noes: list[tuple[LineKey, ChangeRequest, datetime]] = []

    def read(event: Event[OrderLineCancelled], book: OrderChanges) -> None:
        body = event.body
        if parts := book.parts(event, body.line_id):
            line = (body.order_id, body.line_id)
            book.cancel(event, body.line_id, parts, body.units, body.reason or REASONS["cancelled"])
            if is_open(parts) and not is_open(book.parts_of(line)):
                noes.append((line, event, body.changed_at))

    await refund_cancelled(tx, await change(tx, cancelled, read), noes)
