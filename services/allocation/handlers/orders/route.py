"""Orders that name no node go where their merchant's rule says, by what pages show while their positions are locked."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.allocation.domain.facts import days_of
from services.allocation.domain.order_route import Routing, offer, route
from services.allocation.domain.page import Page, as_of
from services.allocation.domain.position import Position, PositionKey
from services.allocation.handlers.orders.bundle_components import Products, served_as
from services.allocation.store import rollups, settings
from shared.contracts.orders import OrderPlaced
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class Routes:
    """The rule of each merchant, and the nodes that orders may go to which name none."""

    routings: Mapping[str, Routing]
    nodes: Mapping[str, Collection[str]]

    def keys(self, order: OrderPlaced, products: Products) -> set[PositionKey]:
        """The positions that must be locked before it is known where an order goes."""
        skus = {sku for line in order.lines for sku in served_as(line.sku, products)}
        return {(sku, node) for sku in skus for node in self.nodes[order.order_id]}


async def routes(
    tx: Tx, orders: Collection[OrderPlaced], routings: Mapping[str, Routing], products: Products
) -> Routes:
    """To which nodes orders may go: to the one that they name, else to those that show a page of what they want."""
    open_skus = {
        sku
        for order in orders
        if _is_open(order, routings)
        for line in order.lines
        for sku in served_as(line.sku, products)
    }
    nodes_of: dict[str, set[str]] = defaultdict(set)
    for (sku, node), _ in await rollups.pages(tx, open_skus) if open_skus else ():
        nodes_of[sku].add(node)
    return Routes(routings, {order.order_id: _nodes(order, routings, nodes_of, products) for order in orders})


def _is_open(order: OrderPlaced, routings: Mapping[str, Routing]) -> bool:
    return order.node is None and routings[order.merchant].rule != "hub"


def _nodes(
    order: OrderPlaced, routings: Mapping[str, Routing], nodes_of: Mapping[str, set[str]], products: Products
) -> set[str]:
    if order.node is not None:
        return {order.node}
    routing = routings[order.merchant]
    found = set().union(*(nodes_of.get(sku, ()) for line in order.lines for sku in served_as(line.sku, products)))
    return {routing.hub, *filter(routing.may_ship, found)}


async def node_of_each(
    tx: Tx,
    orders: Iterable[OrderPlaced],
    found: Routes,
    locked: Mapping[PositionKey, Position],
    products: Products,
) -> dict[str, str]:
    """The node of each order: what those before it take, of this batch, is not offered to it.

    A bundle is offered as its components are. An order for a later day takes nothing yet.
    """
    calendars = await settings.calendars(tx, {node for _, node in locked})
    days = days_of(calendars, tx.now)
    taken: Counter[PositionKey] = Counter()
    chosen: dict[str, str] = {}
    for order in sorted(orders, key=lambda order: (order.completed_at, order.order_id)):
        wanted = Counter[str]()
        for line in order.lines:
            for sku, per in (products[line.sku].components or {line.sku: 1}).items():
                wanted[sku] += line.units * per
        nodes = sorted(found.nodes[order.order_id])
        offers = {
            node: [
                offer(_page(locked.get((sku, node)), days[node].ships_on), units, taken[sku, node])
                for sku, units in wanted.items()
            ]
            for node in nodes
        }
        node = nodes[0] if len(nodes) == 1 else route(offers, found.routings[order.merchant])
        chosen[order.order_id] = node
        if order.ship_not_before is None or order.ship_not_before <= days[node].today:
            taken.update({(sku, node): units for sku, units in wanted.items()})
    return chosen


def _page(position: Position | None, ships_on: date) -> Page | None:
    """What a position shows today; None where it never showed anything."""
    shown = position.told if position else None
    return as_of(shown.page, ships_on) if shown else None
