"""Handlers that turn purchase orders into inbound supplies."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.dock.windows import Rhythm, Spans, spans_of
from services.receiving.domain.inbound import SupplyKey
from services.receiving.domain.purchase_orders import purchase_orders as domain
from services.receiving.domain.purchase_orders.purchase_orders import OrderLine, PurchaseOrder
from services.receiving.handlers.inbound import inbound_announced
from services.receiving.store import catalogue, supplies
from services.receiving.store.dock import appointments, lead_times
from services.receiving.store.purchase_orders import coverage, purchase_orders
from shared.contracts.purchase_orders import PurchaseOrderUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def expect_orders(
    tx: Tx, upserted: Sequence[Event[PurchaseOrderUpserted]]
) -> dict[str, Event[PurchaseOrderUpserted]]:
    """Replace what each purchase order owes by its newest version; what was received stays received.

    Return the events by which orders changed, under their numbers.
    """
    rhythms = await appointments.rhythms(tx, {Node(event.body.node) for event in upserted})
    newest = _newest_to_known_nodes(tx, upserted, rhythms)
    await catalogue.hold_catalogue(tx)
    known = await purchase_orders.lock_orders(tx, newest)
    newer = {number: event for number, event in newest.items() if event.body.version > known[number]}
    orders = {number: _order(event.body) for number, event in newer.items()}
    before = await purchase_orders.order_lines(tx, orders)
    spans = await _spans(tx, {(order.supplier_id, order.node) for order in orders.values()}, rhythms)
    ordered = [line for event in newer.values() for line in _lines(tx, event, rhythms, spans)]
    products = await catalogue.catalogue(tx, (), more_skus={line.sku for line in ordered})
    nodes = await purchase_orders.nodes(tx, orders)
    stay = [line for line in before if nodes[line.po_number] == orders[line.po_number].node]
    lines = domain.count_lines(domain.keep_windows(ordered, stay), products)
    touched = {
        *await supplies.supplies_of(tx, {line.supply_id for line in [*before, *ordered]}),
        *_supplies(orders, lines),
    }
    traces = {line.supply_id: newer[line.po_number].traceparent for line in [*before, *ordered]}
    async with inbound_announced(tx, {supply: traces[supply[0]] for supply in touched}, orders):
        await purchase_orders.keep_orders(tx, orders, lines)
        await coverage.expect_orders(tx, touched)
    return newer


async def move_overdue_lines(tx: Tx, at_once: int) -> int:
    """Move the windows of lines that still owe something before their dates are wrong."""
    if not (waiting := await purchase_orders.overdue_lines(tx, at_once)):
        return 0
    locked = await purchase_orders.lock_orders(tx, {line.po_number for line in waiting})
    lines = [line for line in await purchase_orders.overdue_lines(tx, at_once) if line.po_number in locked]
    partners = await purchase_orders.partners(tx, locked)
    rhythms = await appointments.rhythms(tx, {node for _, node in partners.values()})
    spans = await _spans(tx, set(partners.values()), rhythms)
    moved = []
    for line in lines:
        supplier_id, node = partners[line.po_number]
        moved.append(domain.overdue_window(line, tx.now, rhythms[node], spans[supplier_id, node], tx.source))
    touched = {(line.supply_id, line.sku, partners[line.po_number][1]) for line in moved}
    async with inbound_announced(tx, dict.fromkeys(touched)):
        await purchase_orders.keep_windows(tx, moved)
        await coverage.expect_orders(tx, touched)
    return len(waiting)


async def _spans(
    tx: Tx, asked: Collection[tuple[str, Node]], rhythms: Mapping[Node, Rhythm]
) -> dict[tuple[str, Node], Spans]:
    """Return what the supplies of suppliers take at nodes, by experience, else by rule."""
    ways = await lead_times.ways(tx, asked)
    return {(supplier_id, node): spans_of(rhythms[node], ways[supplier_id, node]) for supplier_id, node in asked}


def _newest_to_known_nodes(
    tx: Tx, upserted: Iterable[Event[PurchaseOrderUpserted]], known: Collection[Node]
) -> dict[str, Event[PurchaseOrderUpserted]]:
    """Return the highest version of each purchase order; park one to an unknown node."""
    newest: dict[str, Event[PurchaseOrderUpserted]] = {}
    for event in sorted(upserted, key=lambda e: -e.body.version):
        if Node(event.body.node) in known:
            newest.setdefault(event.body.po_number, event)
        else:
            tx.park(event, f"node:{event.body.node}")
    return newest


def _order(body: PurchaseOrderUpserted) -> PurchaseOrder:
    return PurchaseOrder(body.po_number, body.version, body.supplier_id, Node(body.node), body.ordered_at)


def _lines(
    tx: Tx,
    event: Event[PurchaseOrderUpserted],
    rhythms: Mapping[Node, Rhythm],
    spans: Mapping[tuple[str, Node], Spans],
) -> list[OrderLine]:
    body, node = event.body, Node(event.body.node)
    terms = (rhythms[node], spans[body.supplier_id, node])
    return [
        OrderLine(
            body.po_number, x.line, Sku(x.sku), x.qty, x.uom, x.units_per, x.due_on, x.final,
            *domain.ready_after_due(x.due_on, tx.now, *terms), event.cause,
            domain.due_reason(body.po_number, x.line, x.due_on),
        )
        for x in body.lines
    ]  # fmt: skip


def _supplies(orders: Mapping[str, PurchaseOrder], lines: Iterable[OrderLine]) -> set[SupplyKey]:
    """Return the supplies that counted lines are."""
    return {(line.supply_id, line.sku, orders[line.po_number].node) for line in lines if line.units}
