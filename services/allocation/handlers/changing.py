"""What a wave of changes comes to: each finds its order as the one before left it, and all are written at once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID, uuid5

from services.allocation.domain.changing import LineState, Taken, after, cancel, give_back, without
from services.allocation.domain.leaving import Change
from services.allocation.domain.matching import LineKey
from services.allocation.domain.positions import Key, Placed, Position
from services.allocation.handlers import law
from services.allocation.handlers.exceptions import tell_exceptions
from services.allocation.handlers.served import Cancelled, Lost, News, Why, lost_by
from services.allocation.handlers.serving import serve
from services.allocation.handlers.taking_back import lots_of
from services.allocation.store import changes, lines, orders, owning, positions, queue
from services.allocation.store.changes import Move, OrderRow, Stop
from services.allocation.store.queue import Wait
from shared.contracts.allocations import CancelRefused, RefusedCancel, StoppedLine, StopRequested
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import OrderChange
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

C = TypeVar("C", bound=OrderChange)
_NAMES: Final = UUID("01a43b1c-5f60-7b44-9b1e-2f6f4a2f7c11")


@dataclass(frozen=True, slots=True)
class Lapsed:
    """An order of which the law takes lines as cancelled; no change of the shop asked for it."""

    order_id: str
    change_no: int = 0


@dataclass(frozen=True, slots=True)
class Lapse:
    """What the law asks for, told as an event is."""

    source: str
    cause: str
    body: Lapsed
    traceparent: str | None = None


Asking: TypeAlias = Event[Any] | Lapse


@dataclass(slots=True)
class Book:
    """The lines of orders while their changes are read, and all that is to be written and told of them."""

    orders: Mapping[str, OrderRow]
    lines: dict[LineKey, LineState]
    changes: dict[Key, list[Change]] = field(default_factory=lambda: defaultdict(list))
    lost: dict[Key, list[Lost]] = field(default_factory=lambda: defaultdict(list))
    waits: Counter[LineKey] = field(default_factory=Counter)
    cancelled: dict[LineKey, Cancelled] = field(default_factory=dict)
    whys: dict[LineKey, Why] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    holds: list[tuple[str, str]] = field(default_factory=list)
    unholds: list[tuple[str, str]] = field(default_factory=list)
    parcels: dict[str, int | None] = field(default_factory=dict)
    payments: dict[str, datetime | None] = field(default_factory=dict)
    stops: list[Stop] = field(default_factory=list)
    refused: list[tuple[Asking, str, int, str]] = field(default_factory=list)
    impossible: list[tuple[Asking, str]] = field(default_factory=list)

    def line(self, event: Asking, line_id: str) -> LineState | None:
        """The line that a change names; a person hears of one that its order has not got."""
        line = self.lines.get((event.body.order_id, line_id))
        if line is None:
            self.impossible.append((event, f"the order has no line {line_id}: name one that it has"))
        return line

    def of(self, order_id: str) -> list[LineState]:
        return [line for key, line in self.lines.items() if key[0] == order_id]

    def take(self, event: Asking, line: LineState, units: int, reason: str, *, new_line_id: str | None = None) -> Taken:
        """Takes units that a line does not want any more, and asks the floor to stop those that it has.

        What another line wants instead is not on the floor yet.
        """
        taken = cancel(line, units)
        if new_line_id:
            taken = replace(taken, stop=0, refused=0)
        why = Why(reason, event.cause, event.traceparent)
        self._lose(line, taken.changes, -taken.waiting, why)
        if taken.cancelled:
            before = self.cancelled.get(line.line)
            units = taken.cancelled + (before.units if before else 0)
            self.cancelled[line.line] = Cancelled(line.line, units, line.wanted - taken.cancelled, why, new_line_id)
        if taken.stop:
            name = str(uuid5(_NAMES, f"{line.line}\n{event.source}\n{event.body.change_no}"))
            self.stops.append(Stop(name, line.line, event.body.change_no, taken.stop, reason, event.cause))
        if taken.refused:
            self.refuse(event, line, taken.refused)
        self.lines[line.line] = after(line, taken)
        return taken

    def refuse(self, event: Asking, line: LineState, units: int) -> None:
        """Units cannot be cancelled: they are gone, or were never there."""
        why = "they were shipped already" if line.shipped else "the line does not want so many"
        self.refused.append((event, line.placed.line_id, units, why))

    def hold(self, order_id: str, kind: str, why: Why) -> None:
        """An order is kept back: its lines wait again for what they own ahead of their release."""
        self.holds.append((order_id, kind))
        for line in self.of(order_id):
            self._return_unreleased(line, why)

    def _return_unreleased(self, line: LineState, why: Why) -> None:
        given = give_back(line.unreleased)
        units = -sum(change.units for change in given)
        self._lose(line, given, units, why)
        self.lost[line.placed.key] += [lost_by(change, why) for change in given]
        self.lines[line.line] = replace(line, waiting=line.waiting + units, owned=without(line.owned, given))

    def _lose(self, line: LineState, given: Iterable[Change], waits: int, why: Why) -> None:
        self.changes[line.placed.key] += given
        self.waits[line.line] += waits
        self.whys[line.line] = why

    def add(self, event: Asking, placed: Placed, reason: str) -> None:
        """A new line joins the queue."""
        self.placed.append(placed)
        self.waits[placed.line] += placed.units
        self.whys[placed.line] = Why(reason, event.cause, event.traceparent)
        self.lines[placed.line] = LineState(placed, 0, 0, placed.units)


Read = Callable[[Event[C], Book], None]


async def change(tx: Tx, events: Sequence[Event[C]], read: Read[C], also: Sequence[Key] = ()) -> Book | None:
    """Reads changes of known orders in their order, writes what they come to, and serves the positions they touch.

    `also` are positions that new lines join. A change already heard is ignored, and one too early waits.
    """
    due = await _due(tx, events)
    if not due:
        return None
    order_ids = {event.body.order_id for event in due}
    locked = await positions.lock_positions(tx, await changes.positions_of(tx, order_ids) | set(also))
    await changes.lock_orders(tx, order_ids)
    book = Book(await changes.orders(tx, order_ids), await changes.lines(tx, order_ids))
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
    heard = await changes.heard(tx, {(event.body.order_id, event.source) for event in events})
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
    await changes.hear(tx, {(event.body.order_id, event.source): event.body.change_no for event in due})
    return due


def _heard(order_id: str, source: str, number: int) -> str:
    return f"change:{order_id}|{source}|{number}"


async def settle(tx: Tx, book: Book, locked: Mapping[Key, Position], whys: Mapping[str, Why]) -> None:
    """Writes all that changes come to, tells what was asked and refused, and serves the positions they touch.

    `whys` are the orders that changed, and why.
    """
    left = await _move(tx, book)
    await owning.give_back(tx, book.changes, locked)
    await lines.add_lines(tx, book.placed)
    await law.watch_more(tx, book.placed)
    await changes.cancel(tx, {line: one.units for line, one in book.cancelled.items()})
    await changes.hold(tx, book.holds)
    await changes.unhold(tx, book.unholds)
    await changes.split(tx, book.parcels)
    await orders.authorize(tx, book.payments)
    await changes.judge_eligible(tx, whys)
    await changes.ask_to_stop(tx, book.stops)
    _tell(tx, book, whys)
    await tell_exceptions(tx, [(_impossible(event, todo), event.traceparent) for event, todo in book.impossible])
    why = next(iter(whys.values()))
    await serve(tx, locked, {key: _news(book, key, why, left) for key in locked}, {key[0] for key in book.lines})


async def _move(tx: Tx, book: Book) -> list[Wait]:
    """Lines that a person moved leave their place; each waits again at the new one for what it waited for."""
    if not book.moves:
        return []
    moved = {(order, line) for order, line, *_ in book.moves}
    waiting = {line: book.lines[line].waiting for line in moved if book.lines[line].waiting}
    left = await queue.wait(tx, {line: -units for line, units in waiting.items()})
    await changes.move(tx, book.moves)
    book.waits.update(waiting)
    return left


def _news(book: Book, key: Key, why: Why, left: Sequence[Wait]) -> News:
    mine = {line for line, state in book.lines.items() if state.placed.key == key}
    return News(
        why,
        waits={line: units for line, units in book.waits.items() if line in mine},
        whys={line: one for line, one in book.whys.items() if line in mine},
        changes=book.changes.get(key, ()),
        lost=book.lost.get(key, ()),
        cancelled=[one for line, one in book.cancelled.items() if line in mine],
        left=[one for one in left if one.key == key],
    )


def _tell(tx: Tx, book: Book, whys: Mapping[str, Why]) -> None:
    for one in book.stops:
        line = book.lines[one.line]
        stopped = StoppedLine(
            line_id=one.line[1], line_version=line.version, sku=line.placed.sku, node=line.placed.node,
            units=one.units, lots=lots_of([own for own in line.owned if own.released]),
        )  # fmt: skip
        asked = StopRequested(order_id=one.line[0], stop_id=one.stop_id, lines=(stopped,))
        tx.announce(asked, whys[one.line[0]].traceparent)
    for event, line_id, units, reason in book.refused:
        lines_ = (RefusedCancel(line_id=line_id, units=units, reason=reason),)
        told = CancelRefused(order_id=event.body.order_id, change_no=event.body.change_no, lines=lines_)
        tx.announce(told, event.traceparent)


def _impossible(event: Asking, todo: str) -> ExceptionChanged:
    """A change that cannot be made: a person must ask for another."""
    body = event.body
    facts = {"order": body.order_id, "change_no": str(body.change_no), "source": event.source, "todo": todo}
    return ExceptionChanged(
        exception_id=str(uuid5(_NAMES, f"{body.order_id}\n{event.source}\n{body.change_no}")), version=1,
        exception_class="request_refused", subject=body.order_id, facts=facts, state="open",
    )  # fmt: skip
