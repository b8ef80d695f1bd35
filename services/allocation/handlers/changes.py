"""Orders change after they were placed: they are kept back, cancelled, changed, swapped, split and moved."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.allocation.domain.bundling import cancellable
from services.allocation.domain.law import Agreed
from services.allocation.domain.positions import Policy, Product, policy_of, queue_at
from services.allocation.handlers import law, payment
from services.allocation.handlers.book import Book
from services.allocation.handlers.changing import change
from services.allocation.handlers.law import Happened
from services.allocation.handlers.served import Why
from services.allocation.handlers.unbundling import catalogue, instead_of, more_of, served_as
from services.allocation.store import changes, settings
from shared.contracts.orders import (
    DelayConsented,
    LinePriorityChanged,
    LineSwapped,
    OrderHeld,
    OrderLineChanged,
    OrderSplit,
    OrderUnheld,
    RefundMade,
)
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def hold_orders(tx: Tx, held: Sequence[Event[OrderHeld]]) -> None:
    """An order that is kept back keeps its place and owns nothing that is not released yet."""

    def read(event: Event[OrderHeld], book: Book) -> None:
        why = Why(f"the order is held: {event.body.kind}", event.cause, event.traceparent)
        book.hold(event.body.order_id, event.body.kind, why)

    await change(tx, held, read)


async def unhold_orders(tx: Tx, unheld: Sequence[Event[OrderUnheld]]) -> None:
    """An order that nothing keeps back any more is served at the place that it kept."""

    def read(event: Event[OrderUnheld], book: Book) -> None:
        book.unholds.append((event.body.order_id, event.body.kind))
        if event.body.kind == "payment":
            book.payments[event.body.order_id] = event.body.authorized_until
            paid.append(event)

    paid: list[Event[OrderUnheld]] = []
    book = await change(tx, unheld, read)
    if book and paid:
        await payment.settle_payments(tx, paid, {name: one.authorized_until for name, one in book.orders.items()})


async def change_units(tx: Tx, changed: Sequence[Event[OrderLineChanged]]) -> None:
    """Fewer units are a cancel; more queue as a line of their own, as of the change."""
    policies = await _policies(tx, changed)

    def read(event: Event[OrderLineChanged], book: Book) -> None:
        body = event.body
        if not (parts := book.parts(event, body.line_id)):
            return
        more = body.units - max(line.wanted // per for line, per in parts)
        if more < 0:
            book.cancel(event, body.line_id, parts, -more, "fewer units are wanted")
        elif more > 0 and _is_new(event, book, new := body.new_line_id or f"{body.line_id}.{body.change_no}"):
            for placed in more_of(book, body.order_id, body.line_id, new, more):
                at = _joins_at(event, book, policies, placed.sku, tx.now)
                book.add(event, replace(placed, queue_at=at), "the order was changed")

    await change(tx, changed, read)


Joining = Event[OrderLineChanged] | Event[LineSwapped]
Policies = Mapping[tuple[str, str], Policy]


async def _policies(tx: Tx, joining: Sequence[Joining]) -> Policies:
    orders = await changes.orders(tx, {event.body.order_id for event in joining})
    return await settings.policies(tx, {order.merchant for order in orders.values()})


def _is_new(event: Joining, book: Book, line_id: str) -> bool:
    """Whether the order has no line of this name yet; a person hears of one that it has."""
    known = book.has(event.body.order_id, line_id)
    if known:
        book.impossible.append((event, f"new_line_id {line_id} is a line of the order already: name a new one"))
    return not known


def _joins_at(event: Joining, book: Book, policies: Policies, sku: str, now: datetime) -> datetime:
    """The place of a new line: as of the change, whatever clock told of it, with the head start of its order."""
    order = book.orders[event.body.order_id]
    head_start = policy_of(policies, order.merchant, sku).head_starts.get(order.priority, 0)
    return queue_at(max(order.completed_at, min(event.body.changed_at, now)), head_start)


async def swap_lines(tx: Tx, swapped: Sequence[Event[LineSwapped]]) -> None:
    """What a line still waits for is wanted of another SKU: it leaves its queue, and joins that one as of the swap."""
    products = await catalogue(tx, {event.body.sku for event in swapped})
    of_known = _of_known_skus(tx, swapped, products)
    policies = await _policies(tx, of_known)
    nodes = await changes.nodes_of(tx, {event.body.order_id for event in of_known})

    def read(event: Event[LineSwapped], book: Book) -> None:
        body = event.body
        parts = book.parts(event, body.line_id)
        if not parts or not _is_new(event, book, body.new_line_id):
            return
        units = cancellable(parts, stop=False)
        if not units:
            book.impossible.append((event, "nothing of the line waits any more: cancel it, or return it"))
            return
        for line, per in parts:
            book.take(event, line, units * per, f"it was swapped for {body.sku}", new_line_id=body.new_line_id)
        for placed in instead_of(parts[0][0].placed, body, units, products):
            at = _joins_at(event, book, policies, placed.sku, tx.now)
            book.add(event, replace(placed, queue_at=at), "the line was swapped")

    also = {
        (sku, nodes[event.body.order_id])
        for event in of_known
        if event.body.order_id in nodes
        for sku in served_as(event.body.sku, products)
    }
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


async def keep_consents(tx: Tx, consented: Sequence[Event[DelayConsented]]) -> None:
    """A yes to a later date, or to none, moves the day by which the law wants lines shipped, if given in time."""
    said: list[Happened] = []

    def read(event: Event[DelayConsented], book: Book) -> None:
        agreed = Agreed(event.body.answered_at, event.body.revised_by)
        name = f"{event.source}/{event.body.change_no}"
        lines = [(event.body.order_id, line_id) for line_id in event.body.line_ids if book.parts(event, line_id)]
        said.extend(Happened(line, name, agreed.at, agreed) for line in lines)

    await change(tx, consented, read)
    await law.hear(tx, said)


async def count_refunds(tx: Tx, made: Sequence[Event[RefundMade]]) -> None:
    """Refunds change no queue; they count as changes of the order, so that later ones follow."""
    await change(tx, made, lambda _, __: None)
