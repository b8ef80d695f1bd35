"""Read models of lines that do not wait: allocated, declined, cancelled, swapped, and refunds due."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from services.gateway.store import promises as store
from shared.contracts.allocations import LineAllocated, LineCancelled, LineDeclined, RefundDue
from shared.contracts.fields import OrderFact
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

F = TypeVar("F", bound=OrderFact)
Handle = Callable[[Tx, Sequence[Event[F]]], Awaitable[None]]


def ending(handle: Handle[F]) -> Handle[F]:
    """Return a handler that also stores when units of an order were shipped, cancelled or declined."""

    async def handled(tx: Tx, events: Sequence[Event[F]]) -> None:
        await handle(tx, events)
        ended: dict[str, datetime] = {}
        for event in events:
            ended[event.key] = max(event.at, ended.get(event.key, event.at))
        await store.end_orders(tx, ended)

    return handled


async def show_allocated(tx: Tx, allocated: Sequence[Event[LineAllocated]]) -> None:
    """Show the units that a line got at once; of a component only its bundle is shown, once the floor has it."""
    rows = {
        (event.key, line.line_id, line.line_version, line.sku, line.units)
        for event in allocated
        if event.body.release == "now"
        for line in (line.ordered for line in event.body.lines)
        if line.units
    }
    await store.keep_allocated(tx, rows)


async def show_declined(tx: Tx, declined: Sequence[Event[LineDeclined]]) -> None:
    """Show that a line was declined, with its alternatives."""
    rows = {
        (event.key, line.line_id): (line.sku, line.units, line.reason, line.alternatives)
        for event in declined
        for line in event.body.lines
    }
    await store.keep_declined(tx, [(*key, *row) for key, row in rows.items()])


async def show_cancelled(tx: Tx, cancelled: Sequence[Event[LineCancelled]]) -> None:
    """Show that a line wants fewer units; for swapped ones the line on which they are wanted instead."""
    rows = {
        (event.key, line.line_id, line.line_version): (
            line.sku, line.units, line.left, line.new_line_id, line.reason,
        )
        for event in cancelled
        for line in event.body.lines
    }  # fmt: skip
    await store.keep_cancelled(tx, [(*key, *row) for key, row in rows.items()])


async def show_refunds(tx: Tx, due: Sequence[Event[RefundDue]]) -> None:
    """Show by which day the money of a line must be sent back."""
    rows = {
        (event.key, line.line_id, event.body.cause): (line.units, event.body.due_by)
        for event in due
        for line in event.body.lines
    }
    await store.keep_refunds(tx, [(*key, *row) for key, row in rows.items()])
