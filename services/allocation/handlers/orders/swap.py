"""Lines are swapped for another SKU."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.allocation.domain.bundle import cancellable
from services.allocation.domain.line import PlacedLine
from services.allocation.domain.product import Product, foreign
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.bundle_components import catalogue, instead_of, served_as
from services.allocation.handlers.orders.change import can_be_counted, is_new, joins_at, policies_of
from services.allocation.handlers.orders.order_changes import OrderChanges
from services.allocation.store import order_changes
from shared.contracts.orders import LineSwapped
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def swap_lines(tx: Tx, swapped: Sequence[Event[LineSwapped]]) -> None:
    """What a line still waits for is wanted of another SKU: it leaves its queue, and joins that one as of the swap."""
    products = await catalogue(tx, {event.body.sku for event in swapped})
    of_known = _of_known_skus(tx, swapped, products)
    policies = await policies_of(tx, of_known)
    nodes = await order_changes.nodes_of(tx, {event.body.order_id for event in of_known})

    def read(event: Event[LineSwapped], book: OrderChanges) -> None:
        body = event.body
        parts = book.parts(event, body.line_id)
        if not parts or not is_new(event, book, body.new_line_id):
            return
        if foreign(book.orders[body.order_id].merchant, (body.sku,), products):
            book.impossible.append((event, "the other SKU is not of the order's merchant"))
            return
        units = cancellable(parts, stop=False)
        if not units:
            book.impossible.append((event, "nothing of the line waits any more: cancel it, or return it"))
            return
        if not (group := _joining(event, book, parts[0][0].placed, units, products)):
            return
        for line, per in parts:
            book.take(event, line, units * per, f"it was swapped for {body.sku}", new_line_id=body.new_line_id)
        for placed in group:
            at = joins_at(event, book, policies, placed.sku, tx.now)
            book.add(event, replace(placed, queue_at=at), "the line was swapped")

    also = {
        (sku, nodes[event.body.order_id])
        for event in of_known
        if event.body.order_id in nodes
        for sku in served_as(event.body.sku, products)
    }
    await change(tx, of_known, read, sorted(also), policies)


def _joining(
    event: Event[LineSwapped], book: OrderChanges, like: PlacedLine, units: int, products: Mapping[str, Product]
) -> list[PlacedLine]:
    """The lines that join in place of one; none where they may not, of which a person hears."""
    if not can_be_counted(event, book, units, event.body.unit_price):
        return []
    group = instead_of(like, event.body, units, products)
    return group if book.has_room(event, group) else []


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
