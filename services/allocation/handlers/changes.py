"""Orders change after they were placed: they are kept back, cancelled, changed, swapped, split and moved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.allocation.domain.bundling import cancellable
from services.allocation.domain.positions import Product, policy_of, queue_at
from services.allocation.handlers.changing import Book, change
from services.allocation.handlers.unbundling import catalogue, instead_of, more_of, served_as
from services.allocation.store import changes, settings
from shared.contracts.orders import (
    LinePriorityChanged,
    LineSwapped,
    OrderChange,
    OrderHeld,
    OrderLineCancelled,
    OrderLineChanged,
    OrderSplit,
    OrderUnheld,
)
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def hold_orders(tx: Tx, held: Sequence[Event[OrderHeld]]) -> None:
    """An order that is kept back keeps its place and owns nothing that is not released yet."""

    def read(event: Event[OrderHeld], book: Book) -> None:
        book.holds.append((event.body.order_id, event.body.kind))
        for line in book.of(event.body.order_id):
            book.return_unreleased(event, line, f"the order is held: {event.body.kind}")

    await change(tx, held, read)


async def unhold_orders(tx: Tx, unheld: Sequence[Event[OrderUnheld]]) -> None:
    """An order that nothing keeps back any more is served at the place that it kept."""

    def read(event: Event[OrderUnheld], book: Book) -> None:
        book.unholds.append((event.body.order_id, event.body.kind))

    await change(tx, unheld, read)


async def cancel_units(tx: Tx, cancelled: Sequence[Event[OrderLineCancelled]]) -> None:
    """Units that nobody has in hand yet go to the next in line at once; the floor is asked to stop the others."""

    def read(event: Event[OrderLineCancelled], book: Book) -> None:
        body = event.body
        if parts := book.parts(event, body.line_id):
            book.cancel(event, body.line_id, parts, body.units, body.reason or "it was cancelled")

    await change(tx, cancelled, read)


async def change_units(tx: Tx, changed: Sequence[Event[OrderLineChanged]]) -> None:
    """Fewer units are a cancel; more queue as a line of their own, as of the change."""

    def read(event: Event[OrderLineChanged], book: Book) -> None:
        body = event.body
        if not (parts := book.parts(event, body.line_id)):
            return
        more = body.units - max(line.wanted // per for line, per in parts)
        if more < 0:
            book.cancel(event, body.line_id, parts, -more, "fewer units are wanted")
        elif more > 0:
            _join(event, book, body.new_line_id or f"{body.line_id}.{body.change_no}", more, tx.now)

    await change(tx, changed, read)


def _join(event: Event[OrderLineChanged], book: Book, line_id: str, units: int, at: datetime) -> None:
    """More of a line joins the queue as of the change, whatever clock told of it; of a bundle each component does."""
    if book.has(event.body.order_id, line_id):
        book.impossible.append((event, f"new_line_id {line_id} is a line of the order already: name a new one"))
        return
    for placed in more_of(book, event.body.order_id, event.body.line_id, line_id, units):
        joined_at = max(placed.completed_at, min(event.body.changed_at, at))
        book.add(event, replace(placed, queue_at=joined_at), "the order was changed")


async def swap_lines(tx: Tx, swapped: Sequence[Event[LineSwapped]]) -> None:
    """What a line still waits for is wanted of another SKU: it leaves its queue, and joins that one as of the swap."""
    products = await catalogue(tx, {event.body.sku for event in swapped})
    of_known = _of_known_skus(tx, swapped, products)
    orders = await changes.orders(tx, {event.body.order_id for event in of_known})
    policies = await settings.policies(tx, {order.merchant for order in orders.values()})
    nodes = await changes.positions_of(tx, {event.body.order_id for event in of_known})

    def read(event: Event[LineSwapped], book: Book) -> None:
        body = event.body
        if not (parts := book.parts(event, body.line_id)):
            return
        if book.has(body.order_id, body.new_line_id):
            book.impossible.append((event, f"new_line_id {body.new_line_id} is a line already: name a new one"))
            return
        units = cancellable(parts, stop=False)
        if not units:
            book.impossible.append((event, "nothing of the line waits any more: cancel it, or return it"))
            return
        for line, per in parts:
            book.take(event, line, units * per, f"it was swapped for {body.sku}", stop=False)
        order = book.orders[body.order_id]
        joined_at = max(order.completed_at, min(body.changed_at, tx.now))
        for placed in instead_of(parts[0][0].placed, body, units, products):
            head_start = policy_of(policies, order.merchant, placed.sku).head_starts.get(order.priority, 0)
            book.add(event, replace(placed, queue_at=queue_at(joined_at, head_start)), "the line was swapped")

    also = {(sku, node) for event in of_known for sku in served_as(event.body.sku, products) for _, node in nodes}
    await change(tx, of_known, read, sorted(also))


def _of_known_skus(
    tx: Tx, swapped: Sequence[Event[LineSwapped]], products: Mapping[str, Product]
) -> list[Event[LineSwapped]]:
    known: list[Event[LineSwapped]] = []
    for event in swapped:
        unknown = [sku for sku in served_as(event.body.sku, products) if sku not in products]
        if unknown:
            tx.park(event, f"sku:{unknown[0]}")
        else:
            known.append(event)
    return known


async def split_orders(tx: Tx, split: Sequence[Event[OrderSplit]]) -> None:
    """In as many parcels as are allowed now, lines need not wait for each other."""

    def read(event: Event[OrderSplit], book: Book) -> None:
        book.parcels[event.body.order_id] = event.body.max_shipments

    await change(tx, split, read)


async def move_lines(tx: Tx, moved: Sequence[Event[LinePriorityChanged]]) -> None:
    """Support moves one line in its queue; who did it and why is kept."""

    def read(event: Event[LinePriorityChanged], book: Book) -> None:
        body = event.body
        for line, _ in book.parts(event, body.line_id):
            before = line.placed.queue_at
            book.moves.append(
                (*line.line, body.change_no, event.source, before, body.queue_at, body.by, body.reason)
            )  # fmt: skip
            book.lines[line.line] = replace(line, placed=replace(line.placed, queue_at=body.queue_at))

    await change(tx, moved, read)


async def count_answers(tx: Tx, answered: Sequence[Event[OrderChange]]) -> None:
    """Answers to delays and refunds change no queue; they count as changes of the order, so that later ones follow."""
    await change(tx, answered, lambda _, __: None)
