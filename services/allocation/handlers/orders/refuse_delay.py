"""Customers refuse a delay."""

from collections.abc import Sequence
from datetime import datetime

from services.allocation.domain.line import LineKey
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.cancel import cancel_open_units, is_open
from services.allocation.handlers.orders.order_changes import ChangeRequest, OrderChanges
from services.allocation.handlers.orders.refunds import REASONS, refund_cancelled
from shared.contracts.orders import DelayRefused
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def refuse_delays(tx: Tx, refused: Sequence[Event[DelayRefused]]) -> None:
    """A customer who does not wait: all that has not shipped is cancelled, in whatever market."""
    noes: list[tuple[LineKey, ChangeRequest, datetime]] = []

    def read(event: Event[DelayRefused], book: OrderChanges) -> None:
        for line_id in event.body.line_ids:
            parts = book.parts(event, line_id)
            if is_open(parts):
                noes.append(((event.body.order_id, line_id), event, event.body.answered_at))
                cancel_open_units(book, event, parts, REASONS["refused"])
            elif shipped := max((line.shipped // per for line, per in parts), default=0):
                book.refuse(event, line_id, [line for line, _ in parts], shipped)

    await refund_cancelled(tx, await change(tx, refused, read), noes)
