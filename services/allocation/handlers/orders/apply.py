"""What a wave of changes comes to: each finds its order as the one before left it, and all are written at once."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar
from uuid import uuid5

from services.allocation.domain.policy import Policy
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.announce_losses import lots_of
from services.allocation.handlers.decision.decide import serve
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.handlers.decision.exceptions import tell_exceptions
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.orders.decline import rooms_of
from services.allocation.handlers.orders.order_changes import NAMES, ChangeRequest, OrderChanges, read_orders
from services.allocation.handlers.orders.place import behind_all_covered
from services.allocation.store import allocations, lines, order_changes, orders, positions, queue
from services.allocation.store.queue import Wait
from shared.contracts.allocations import CancelRefused, RefusedCancel, StoppedLine, StopRequested
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import OrderChange
from shared.contracts.structs import struct_of
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

C = TypeVar("C", bound=OrderChange)
_StoppedLine: Final = struct_of(StoppedLine)
_StopRequested: Final = struct_of(StopRequested)
Read = Callable[[Event[C], OrderChanges], None]


async def change(
    tx: Tx,
    events: Sequence[Event[C]],
    read: Read[C],
    also: Sequence[PositionKey] = (),
    policies: Mapping[tuple[str, str], Policy] = MappingProxyType({}),
) -> OrderChanges | None:
    """Reads changes of known orders in their order, writes what they come to, and serves the positions they touch.

    `also` are positions that new lines join, as far as `policies` let them. A change already heard is ignored, and one
    too early waits.
    """
    due = await _due(tx, events)
    if not due:
        return None
    order_ids = {event.body.order_id for event in due}
    locked = await positions.lock_positions(tx, await order_changes.positions_of(tx, order_ids) | set(also))
    await order_changes.lock_orders(tx, order_ids)
    book = await read_orders(tx, order_ids)
    book.rooms = await rooms_of(tx, locked, policies) if policies else {}
    for event in due:
        read(event, book)
    await settle(tx, book, locked, whys_of(due))
    return book


def whys_of(due: Sequence[Event[Any]]) -> dict[str, Why]:
    """Why each order changes."""
    return {event.body.order_id: Why("an order changed", event.cause, event.traceparent) for event in due}


async def _due(tx: Tx, events: Sequence[Event[C]]) -> list[Event[C]]:
    """Changes of placed orders that come next of their source."""
    placed = await lines.known_orders(tx, {event.body.order_id for event in events})
    heard = await order_changes.heard(tx, {(event.body.order_id, event.source) for event in events})
    due: list[Event[C]] = []
    for event in sorted(events, key=lambda event: event.body.change_no):
        order_id, number = event.body.order_id, event.body.change_no
        last = heard.get((order_id, event.source), 0)
        if order_id not in placed:
            tx.park(event, f"order:{order_id}")
        elif number > last + 1:
            tx.park(event, _heard(order_id, event.source, number - 1))
        elif number == last + 1:
            heard[order_id, event.source] = number
            tx.arrived(_heard(order_id, event.source, number))
            due.append(event)
    await order_changes.hear(tx, {(event.body.order_id, event.source): event.body.change_no for event in due})
    return due


def _heard(order_id: str, source: str, number: int) -> str:
    return f"change:{order_id}|{source}|{number}"


async def settle(tx: Tx, book: OrderChanges, locked: Mapping[PositionKey, Position], whys: Mapping[str, Why]) -> None:
    """Writes all that changes come to, tells what was asked and refused, and serves the positions they touch.

    `whys` are the orders that changed, and why.
    """
    left = await _move(tx, book)
    await allocations.give_back(tx, book.changes, locked)
    placed = await behind_all_covered(tx, locked, book.placed)
    await lines.add_lines(tx, placed)
    await watch.watch_more(tx, placed)
    await order_changes.cancel(tx, {line: cancelled_line.units for line, cancelled_line in book.cancelled.items()})
    await order_changes.hold(tx, book.holds)
    await order_changes.unhold(tx, book.unholds)
    await order_changes.split(tx, book.parcels)
    await orders.authorize(tx, book.payments)
    left += await order_changes.judge_eligible(tx, whys)
    await order_changes.ask_to_stop(tx, book.stops)
    _tell(tx, book, whys)
    await tell_exceptions(tx, [(_impossible(event, todo), event.traceparent) for event, todo in book.impossible])
    why = next(iter(whys.values()))
    await serve(tx, locked, {key: _news(book, key, why, left) for key in locked}, whys)


async def _move(tx: Tx, book: OrderChanges) -> list[Wait]:
    """Lines that a person moved leave their place; each waits again at the new one for what it waited for."""
    if not book.moves:
        return []
    moved = {(order, line) for order, line, *_ in book.moves}
    waiting = {line: book.lines[line].waiting for line in moved if book.lines[line].waiting}
    left = await queue.wait(tx, {line: -units for line, units in waiting.items()})
    await order_changes.move(tx, book.moves)
    book.waits.update(waiting)
    return left


def _news(book: OrderChanges, key: PositionKey, why: Why, left: Sequence[Wait]) -> PositionNews:
    own = {line for line, state in book.lines.items() if state.placed.key == key}
    return PositionNews(
        why,
        waits={line: units for line, units in book.waits.items() if line in own},
        whys={line: why for line, why in book.whys.items() if line in own},
        changes=book.changes.get(key, ()),
        lost=[lost for lost in book.lost if lost.line in own],
        cancelled=[cancelled_line for line, cancelled_line in book.cancelled.items() if line in own],
        left=[wait for wait in left if wait.key == key],
    )


def _tell(tx: Tx, book: OrderChanges, whys: Mapping[str, Why]) -> None:
    for stop in book.stops:
        line = book.lines[stop.line]
        stopped = _StoppedLine(
            line_id=stop.line[1], line_version=line.version, sku=line.placed.sku, node=line.placed.node,
            units=stop.units, lots=lots_of(line.owned),
        )  # fmt: skip
        asked = _StopRequested(order_id=stop.line[0], stop_id=stop.stop_id, purpose=stop.purpose, lines=(stopped,))
        tx.publish(StopRequested, stop.line[0], asked, whys[stop.line[0]].traceparent)
    for event, line_id, units, reason in book.refused:
        lines_ = (RefusedCancel(line_id=line_id, units=units, reason=reason),)
        refused = CancelRefused(
            order_id=event.body.order_id, change_no=event.body.change_no, lines=lines_, cause=event.cause,
            request=event.cause if event.body.change_no else None,
        )  # fmt: skip
        tx.announce(refused, event.traceparent)


def _impossible(event: ChangeRequest, todo: str) -> ExceptionChanged:
    """A change that cannot be made: a person must ask for another."""
    body = event.body
    facts = {"order": body.order_id, "change_no": str(body.change_no), "source": event.source, "todo": todo}
    return ExceptionChanged(
        exception_id=str(uuid5(NAMES, f"{body.order_id}\n{event.source}\n{body.change_no}")), version=1,
        exception_class="request_refused", subject=body.order_id, facts=facts, state="open",
    )  # fmt: skip
