"""Orders join the queue of each position they want something from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import uuid5

from services.allocation.domain.facts import days_of
from services.allocation.domain.line import BundleLine, PlacedLine
from services.allocation.domain.place import behind_covered, queue_at
from services.allocation.domain.policy import Policy, policy_of
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.product import Product, foreign
from services.allocation.domain.stock_loss import OwnershipChange, sums
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.decide import serve
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.handlers.decision.exceptions import tell_exceptions
from services.allocation.handlers.decision.facts import missing
from services.allocation.handlers.decision.stock_movements import take_unknown_shipments
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.orders.bundle_components import Products, catalogue, lines_of, served_as
from services.allocation.handlers.orders.decline import decline_lines
from services.allocation.handlers.orders.order_changes import NAMES
from services.allocation.handlers.orders.route import node_of_each, routes
from services.allocation.store import lines, positions, queue, settings
from services.allocation.store.queue import JoiningLine, Wait
from shared.contracts.exceptions import ExceptionChanged, ExceptionClass
from shared.contracts.orders import STANDARD, OrderLine, OrderPlaced, countries, is_country
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_WHAT_TO_DO_WITH_PRIORITY: Final = (
    "add it to the head starts of a policy, and move its lines if they deserve another place"
)
_WHAT_TO_DO: Final = "its time is ahead of ours, or too long ago: move its lines if they deserve another place"


async def serve_orders(tx: Tx, orders: Sequence[Event[OrderPlaced]]) -> None:
    """Lines get free units at once, in order of service; the rest wait and hold a promise.

    Lines that are not accepted are declined; the other lines of their orders go on.
    """
    first_of_each = await _new(tx, orders)
    products = await catalogue(tx, {line.sku for event in first_of_each for line in event.body.lines})
    policies = await settings.policies(tx, {event.body.merchant for event in first_of_each})
    known = await _known(tx, first_of_each, products)
    if not known:
        return
    found = await routes(tx, [event.body for event in known], await settings.routings(tx, _merchants(known)), products)
    locked = await positions.lock_positions(tx, {key for e in known for key in found.keys(e.body, products)})
    nodes = await node_of_each(tx, [event.body for event in known], found, locked, products)
    placed = {
        event.body.order_id: [
            _line(tx.now, event, line, nodes[event.body.order_id], products, policies, bundle)
            for line, bundle in lines_of(event.body, products)
        ]
        for event in known
    }
    every = [line for lines_ in placed.values() for line in lines_]
    tx.arrived(*(f"order:{order_id}" for order_id in placed))
    await tell_exceptions(tx, _doubtful(tx, known, policies))
    why = {e.body.order_id: Why("an order was placed", e.cause, e.traceparent) for e in first_of_each}
    declined = await decline_lines(tx, locked, every, policies, why)
    every = [replace(line, declined=True) if line.line in declined else line for line in every]
    every = await behind_all_covered(tx, locked, every)
    new = [event.body for event in known]
    await lines.place(tx, new, every)
    await watch.watch_orders(tx, new, every)
    await _join(tx, locked, new, [line for line in every if not line.declined], why)


async def behind_all_covered(
    tx: Tx, locked: Mapping[PositionKey, Position], placed: Sequence[PlacedLine]
) -> list[PlacedLine]:
    """New lines take nothing from those that stock covers already, whatever head start they have."""
    last = await queue.last_covered(tx, {line.key for line in placed if locked[line.key].claimed})
    return [
        replace(line, queue_at=behind_covered(line.queue_at, last[line.key])) if line.key in last else line
        for line in placed
    ]


async def _join(
    tx: Tx,
    locked: Mapping[PositionKey, Position],
    orders: Sequence[OrderPlaced],
    placed: Sequence[PlacedLine],
    why: Mapping[str, Why],
) -> None:
    """Each line waits for all that it was not shipped before anyone told of it."""
    if not placed:
        return
    got = await take_unknown_shipments(tx, placed)
    shipped = {line: units for changes in got.values() for line, units in sums(changes).shipped.items()}
    by_position: dict[PositionKey, list[PlacedLine]] = defaultdict(list)
    for line in placed:
        by_position[line.key].append(line)
    today = days_of(await settings.calendars(tx, {node for _, node in by_position}), tx.now)
    of_order = {order.order_id: order for order in orders}
    waits = [
        _joining(line, units, of_order[line.order_id], today[line.node].today)
        for line in placed
        if (units := line.units - shipped.get(line.line, 0))
    ]
    joined = await queue.join(tx, waits)
    news = {key: _news(new, why, got.get(key, ()), joined.get(key, ())) for key, new in by_position.items()}
    await serve(tx, {key: locked[key] for key in news}, news)


def _joining(line: PlacedLine, units: int, order: OrderPlaced, today: date) -> JoiningLine:
    gate_on, bundle = order.ship_not_before, line.bundle
    together = order.max_shipments is not None or (bundle is not None and not bundle.in_parts)
    return JoiningLine(line, units, gate_on, together, eligible=gate_on is None or gate_on <= today)


def _news(
    placed: Sequence[PlacedLine], why: Mapping[str, Why], got: Sequence[OwnershipChange], joined: Sequence[Wait]
) -> PositionNews:
    whys = {line.line: why[line.order_id] for line in placed}
    return PositionNews(why[placed[0].order_id], whys=whys, changes=got, joined=joined)


async def _new(tx: Tx, orders: Sequence[Event[OrderPlaced]]) -> list[Event[OrderPlaced]]:
    """Each order once for ever."""
    known = await lines.known_orders(tx, {event.body.order_id for event in orders})
    once = {event.body.order_id: event for event in reversed(orders) if event.body.order_id not in known}
    return list(reversed(once.values()))


def _merchants(orders: Iterable[Event[OrderPlaced]]) -> set[str]:
    return {event.body.merchant for event in orders}


async def _known(tx: Tx, orders: Sequence[Event[OrderPlaced]], products: Products) -> list[Event[OrderPlaced]]:
    """The orders that can be placed; an order of something unknown waits for that."""
    routings = await settings.routings(tx, _merchants(orders))
    nodes = {
        event.body.order_id: event.body.node or routings[event.body.merchant].hub
        for event in orders
        if event.body.node or event.body.merchant in routings
    }
    keys = {
        (sku, nodes[event.body.order_id])
        for event in orders
        if event.body.order_id in nodes
        for line in event.body.lines
        for sku in served_as(line.sku, products)
    }
    waits = await missing(tx, keys)
    known = []
    for event in orders:
        node = nodes.get(event.body.order_id)
        skus = [sku for line in event.body.lines for sku in served_as(line.sku, products)]
        if node is None:
            tx.park(event, f"merchant:{event.body.merchant}")
        elif needs := [waits[sku, node] for sku in skus if (sku, node) in waits]:
            tx.park(event, needs[0])
        elif others := foreign(event.body.merchant, (line.sku for line in event.body.lines), products):
            tx.refuse(event, f"lines.sku: {', '.join(others)} are not of {event.body.merchant}")
        elif wrong := [field for field, country in countries(event.body) if not is_country(country)]:
            tx.refuse(event, f"{', '.join(wrong)}: must be the two capital letters of a country (ISO 3166-1 alpha-2)")
        else:
            known.append(event)
    return known


def _doubtful(
    tx: Tx, placed: Sequence[Event[OrderPlaced]], policies: Mapping[tuple[str, str], Policy]
) -> Iterable[tuple[ExceptionChanged, str | None]]:
    """Orders whose priority no policy names, or whose time does not count for the place of all their lines."""
    named = {(merchant, name) for (merchant, _), policy in policies.items() for name in policy.head_starts}
    for event in placed:
        order = event.body
        if order.priority != STANDARD and (order.merchant, order.priority) not in named:
            facts = {"priority": order.priority, "served_as": STANDARD, "todo": _WHAT_TO_DO_WITH_PRIORITY}
            yield _exception("priority_unknown", order, facts), event.traceparent
        limits = {policy_of(policies, order.merchant, line.sku).times for line in order.lines}
        counts = {limit.applied(order.completed_at, tx.now, event.record.waited) for limit in limits}
        if counts_as := max(counts - {order.completed_at}, default=None):
            times = {"completed_at": order.completed_at.isoformat(), "served_as_of": counts_as.isoformat()}
            yield _exception("order_time_doubtful", order, {**times, "todo": _WHAT_TO_DO}), event.traceparent


def _exception(named: ExceptionClass, order: OrderPlaced, facts: dict[str, str]) -> ExceptionChanged:
    return ExceptionChanged(
        exception_id=str(uuid5(NAMES, f"{named}\n{order.order_id}")), version=1, exception_class=named,
        subject=order.order_id, state="open", facts=facts, merchant=order.merchant,
    )  # fmt: skip


def _line(
    now: datetime,
    event: Event[OrderPlaced],
    line: OrderLine,
    node: str,
    products: Mapping[str, Product],
    policies: Mapping[tuple[str, str], Policy],
    bundle: BundleLine | None,
) -> PlacedLine:
    order = event.body
    min_life = products[line.sku].min_life_days if line.min_life_days is None else line.min_life_days
    policy = policy_of(policies, order.merchant, line.sku)
    head_start = policy.head_starts.get(order.priority, 0)
    at = queue_at(policy.times.applied(order.completed_at, now, event.record.waited), head_start)
    return PlacedLine(
        order.order_id, line.line_id, line.sku, node, line.units, min_life, line.unit_price, at, order.completed_at,
        line.shown.state if line.shown else None, bundle=bundle,
    )  # fmt: skip
