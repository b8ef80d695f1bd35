"""Orders change after they were placed: they are kept back, cancelled, changed, swapped, split and moved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.allocation.domain.place import queue_at
from services.allocation.domain.policy import Policy, policy_of
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.bundle_components import more_of
from services.allocation.handlers.orders.order_changes import OrderChanges
from services.allocation.store import order_changes, settings
from shared.contracts.fields import MOST_WORTH
from shared.contracts.orders import LineSwapped, OrderLineChanged
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def change_units(tx: Tx, changed: Sequence[Event[OrderLineChanged]]) -> None:
    """Fewer units are a cancel; more queue as a line of their own, as of the change."""
    policies = await policies_of(tx, changed)

    def read(event: Event[OrderLineChanged], book: OrderChanges) -> None:
        body = event.body
        if not (parts := book.parts(event, body.line_id)):
            return
        more = body.units - max(line.wanted // per for line, per in parts)
        if more < 0:
            book.cancel(event, body.line_id, parts, -more, "fewer units are wanted")
        elif more > 0 and is_new(event, book, new := body.new_line_id or f"{body.line_id}.{body.change_no}"):
            if not can_be_counted(event, book, more, book.unit_price((body.order_id, body.line_id))):
                return
            group = more_of(book, body.order_id, body.line_id, new, more)
            for placed in group if book.has_room(event, group) else ():
                at = joins_at(event, book, policies, placed.sku, tx.now)
                book.add(event, replace(placed, queue_at=at), "the order was changed")

    await change(tx, changed, read, policies=policies)


Joining = Event[OrderLineChanged] | Event[LineSwapped]
Policies = Mapping[tuple[str, str], Policy]


async def policies_of(tx: Tx, joining: Sequence[Joining]) -> Policies:
    orders = await order_changes.orders(tx, {event.body.order_id for event in joining})
    return await settings.policies(tx, {order.merchant for order in orders.values()})


def is_new(event: Joining, book: OrderChanges, line_id: str) -> bool:
    """Whether the order has no line of this name yet; a person hears of one that it has."""
    known = book.has(event.body.order_id, line_id)
    if known:
        book.impossible.append((event, f"new_line_id {line_id} is a line of the order already: name a new one"))
    return not known


def can_be_counted(event: Joining, book: OrderChanges, units: int, unit_price: int) -> bool:
    """Whether the worth of a new line fits where values are added up; a person hears of one that does not."""
    fits = units * unit_price <= MOST_WORTH
    if not fits:
        book.impossible.append((event, f"units × unit_price would be more than {MOST_WORTH:,}: name fewer units"))
    return fits


def joins_at(event: Joining, book: OrderChanges, policies: Policies, sku: str, now: datetime) -> datetime:
    """The place of a new line: as of the change, whatever clock told of it, with the head start of its order."""
    order = book.orders[event.body.order_id]
    policy = policy_of(policies, order.merchant, sku)
    said_in_time = policy.times.applied(min(event.body.changed_at, now), now, event.record.waited)
    return queue_at(max(order.completed_at, said_in_time), policy.head_starts.get(order.priority, 0))
