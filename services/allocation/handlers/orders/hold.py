"""Orders are held and unheld."""

from collections.abc import Sequence

from services.allocation.domain.why import Why
from services.allocation.handlers.orders import payments
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.order_changes import OrderChanges
from shared.contracts.orders import OrderHeld, OrderUnheld
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def hold_orders(tx: Tx, held: Sequence[Event[OrderHeld]]) -> None:
    """An order that is kept back keeps its place; what is released the floor is asked to stop, and it waits again."""

    def read(event: Event[OrderHeld], book: OrderChanges) -> None:
        why = Why(f"the order is held: {event.body.kind}", event.cause, event.traceparent)
        book.hold(event.body.order_id, event.body.kind, why)
        book.stop_held(event, why)

    await change(tx, held, read)


async def unhold_orders(tx: Tx, unheld: Sequence[Event[OrderUnheld]]) -> None:
    """An order that nothing keeps back any more is served at the place that it kept."""

    def read(event: Event[OrderUnheld], book: OrderChanges) -> None:
        book.unholds.append((event.body.order_id, event.body.kind))
        if event.body.kind == "payment":
            book.payments[event.body.order_id] = event.body.authorized_until
            paid.append(event)

    paid: list[Event[OrderUnheld]] = []
    book = await change(tx, unheld, read)
    if book and paid:
        await payments.settle_payments(tx, paid, {name: row.authorized_until for name, row in book.orders.items()})
