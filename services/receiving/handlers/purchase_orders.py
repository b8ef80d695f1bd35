"""Purchase orders become what suppliers owe, and so what is on its way."""

from collections.abc import Iterable, Mapping, Sequence

from services.receiving.domain import purchase_orders as domain
from services.receiving.domain.asns import Node
from services.receiving.domain.calendar import Calendar
from services.receiving.domain.catalogue import Sku
from services.receiving.domain.inbound import SupplyKey
from services.receiving.domain.purchase_orders import OrderLine, PurchaseOrder
from services.receiving.handlers.telling import inbound_told
from services.receiving.store import catalogue, coverage, purchase_orders, supplies
from shared.contracts.purchase_orders import PurchaseOrderUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def expect_orders(tx: Tx, upserted: Sequence[Event[PurchaseOrderUpserted]]) -> None:
    """The newest version of each purchase order replaces what it owed; what was received stays received."""
    calendars = await catalogue.calendars(tx, {Node(event.body.node) for event in upserted})
    newest = _newest_to_known_nodes(tx, upserted, calendars)
    await catalogue.hold_catalogue(tx)
    known = await purchase_orders.lock_orders(tx, newest)
    newer = {number: event for number, event in newest.items() if event.body.version > known[number]}
    orders = {number: _order(event.body) for number, event in newer.items()}
    before = await purchase_orders.order_lines(tx, orders)
    told = [line for event in newer.values() for line in _lines(event, calendars[Node(event.body.node)])]
    products = await catalogue.catalogue(tx, (), more_skus={line.sku for line in told})
    lines = domain.count_lines(domain.keep_causes(told, before), products)
    touched = {*await supplies.supplies_of(tx, {one.supply_id for one in [*before, *told]}), *_supplies(orders, lines)}
    traces = {line.supply_id: newer[line.po_number].traceparent for line in [*before, *told]}
    async with inbound_told(tx, {supply: traces[supply[0]] for supply in touched}, orders):
        await purchase_orders.keep_orders(tx, orders, lines)
        await coverage.expect_orders(tx, touched)


def _newest_to_known_nodes(
    tx: Tx, upserted: Iterable[Event[PurchaseOrderUpserted]], calendars: Mapping[Node, Calendar]
) -> dict[str, Event[PurchaseOrderUpserted]]:
    """The highest version of each purchase order; one to an unknown node waits."""
    newest: dict[str, Event[PurchaseOrderUpserted]] = {}
    for event in sorted(upserted, key=lambda e: -e.body.version):
        if Node(event.body.node) in calendars:
            newest.setdefault(event.body.po_number, event)
        else:
            tx.park(event, f"node:{event.body.node}")
    return newest


def _order(body: PurchaseOrderUpserted) -> PurchaseOrder:
    return PurchaseOrder(body.po_number, body.version, body.supplier_id, Node(body.node))


def _lines(event: Event[PurchaseOrderUpserted], calendar: Calendar) -> list[OrderLine]:
    body = event.body
    return [
        OrderLine(
            body.po_number, x.line, Sku(x.sku), x.qty, x.uom, x.units_per, x.due_on, x.final,
            domain.ready_after_due(x.due_on, calendar), event.cause, domain.due(body.po_number, x.line, x.due_on),
        )
        for x in body.lines
    ]  # fmt: skip


def _supplies(orders: Mapping[str, PurchaseOrder], lines: Iterable[OrderLine]) -> set[SupplyKey]:
    """The supplies that counted lines are."""
    return {(line.supply_id, line.sku, orders[line.po_number].node) for line in lines if line.units}
