"""A payment is authorised until an instant: the shop is asked a day before, and what is not released then is held."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from services.allocation.domain.why import Why
from services.allocation.handlers.decision.exceptions import settle as settle_asked
from services.allocation.handlers.decision.exceptions import tell_exceptions
from services.allocation.handlers.orders.apply import settle
from services.allocation.handlers.orders.order_changes import read_orders
from services.allocation.store import order_changes, positions, timers
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import OrderUnheld
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_NAMES: Final = UUID("01a4b2d0-9c1e-7d0a-8c55-6b1f0e5b9a42")
_TODO: Final = "authorise the payment anew and tell of it (OrderUnheld, kind payment), or cancel the order"


async def look_at_payments(tx: Tx, due: Collection[timers.Subject]) -> None:
    """Asks for payments that end within a day, and holds the orders of those that ended."""
    order_ids = {order_id for order_id, _ in due}
    locked = await positions.lock_positions(tx, await order_changes.positions_of(tx, order_ids))
    await order_changes.lock_orders(tx, order_ids)
    book = await read_orders(tx, order_ids)
    ends = {order_id: order.authorized_until for order_id, order in book.orders.items() if order.authorized_until}
    unreleased = {line.line[0] for line in book.lines.values() if line.waiting}
    unpaid = {order_id: until for order_id, until in ends.items() if order_id in unreleased}
    whys = {
        order_id: Why("the payment's authorisation ended", tx.source, None)
        for order_id, until in unpaid.items()
        if until <= tx.now
    }
    for order_id, why in whys.items():
        book.hold(order_id, "payment", why)
    exceptions = (_ends(order_id, until, is_held=order_id in whys) for order_id, until in unpaid.items())
    await tell_exceptions(tx, ((exception, None) for exception in exceptions))
    await timers.replace(tx, "payment", {(name, ""): None if name in whys else unpaid.get(name) for name in order_ids})
    if whys:
        await settle(tx, book, locked, whys)


async def settle_payments(tx: Tx, unheld: Sequence[Event[OrderUnheld]], until: Mapping[str, datetime | None]) -> None:
    """The shop answered what it was asked: the orders are paid, or authorised anew; `until` is what was before."""
    asked: dict[str, tuple[str, str]] = {}
    traces: dict[str, str | None] = {}
    for event in unheld:
        ended = until.get(event.body.order_id)
        for name in [_name(event.body.order_id, ended, held) for held in (False, True)] if ended else ():
            asked[name] = (event.source, "the order is paid, or its payment authorised anew")
            traces[name] = event.traceparent
    await settle_asked(tx, asked, traces)


def _name(order_id: str, until: datetime, is_held: bool) -> str:
    return str(uuid5(_NAMES, f"{order_id}\n{until.isoformat()}\n{is_held}"))


def _ends(order_id: str, until: datetime, *, is_held: bool) -> ExceptionChanged:
    held = "yes" if is_held else "no"
    return ExceptionChanged(
        exception_id=_name(order_id, until, is_held), version=1, exception_class="payment_ends", subject=order_id,
        facts={"order": order_id, "authorized_until": until.isoformat(), "held": held, "todo": _TODO}, state="open",
    )  # fmt: skip
