"""Lines are moved in their queue by a person."""

from collections.abc import Sequence
from dataclasses import replace

from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.order_changes import OrderChanges
from shared.contracts.orders import LinePriorityChanged
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def move_lines(tx: Tx, moved: Sequence[Event[LinePriorityChanged]]) -> None:
    """Support moves one line in its queue; who did it and why is kept."""

    def read(event: Event[LinePriorityChanged], book: OrderChanges) -> None:
        body = event.body
        for line, _ in book.parts(event, body.line_id):
            before = line.placed.queue_at
            book.moves.append(
                (*line.line, body.change_no, event.source, before, body.queue_at, body.by, body.reason)
            )  # fmt: skip
            book.lines[line.line] = replace(line, placed=replace(line.placed, queue_at=body.queue_at))

    await change(tx, moved, read)
