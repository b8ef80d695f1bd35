"""What a wave of changes comes to: each finds its order as the one before left it, and all are written at once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID, uuid5

from services.allocation.domain.bundling import cancellable
from services.allocation.domain.changing import LineState, Taken, after, cancel, give_back, without
from services.allocation.domain.leaving import Change
from services.allocation.domain.matching import LineKey
from services.allocation.domain.positions import Bundled, Key, Placed, Position
from services.allocation.handlers.served import Cancelled, Lost, News, Why, lost_by
from services.allocation.handlers.serving import serve
from services.allocation.handlers.taking_back import lots_of
from services.allocation.store import bundles, changes, lines, owning, positions, queue
from services.allocation.store.changes import Move, OrderRow, Stop
from services.allocation.store.queue import Wait
from shared.contracts.allocations import CancelRefused, RefusedCancel, StoppedLine, StopRequested
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import OrderChange
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

C = TypeVar("C", bound=OrderChange)
Part: TypeAlias = tuple[LineState, int]
Bundles: TypeAlias = dict[LineKey, dict[LineKey, Bundled]]
_NAMES: Final = UUID("01a43b1c-5f60-7b44-9b1e-2f6f4a2f7c11")


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
    stops: list[Stop] = field(default_factory=list)
    refused: list[tuple[Event[Any], str, int, str]] = field(default_factory=list)
    impossible: list[tuple[Event[Any], str]] = field(default_factory=list)
    bundles: Bundles = field(default_factory=dict)

    def parts(self, event: Event[Any], line_id: str) -> list[Part]:
        """The line that a change names, or all components of a bundle, and how many units of each go into one.

        A person hears of a line that its order has not got, and of a component that was named in place of its bundle.
        """
        named = (event.body.order_id, line_id)
        if named in self.bundles:
            return [(self.lines[line], bundle.per) for line, bundle in self.bundles[named].items()]
        whole = next((bundle[1] for bundle, components in self.bundles.items() if named in components), None)
        if whole is None and named in self.lines:
            return [(self.lines[named], 1)]
        todo = f"line {line_id} is a component of line {whole}: name that" if whole else _unknown(line_id)
        self.impossible.append((event, todo))
        return []

    def has(self, order_id: str, line_id: str) -> bool:
        """Whether a name is taken by a line of an order."""
        return (order_id, line_id) in self.lines or (order_id, line_id) in self.bundles

    def of(self, order_id: str) -> list[LineState]:
        return [line for key, line in self.lines.items() if key[0] == order_id]

    def take(self, event: Event[Any], line: LineState, units: int, reason: str, *, stop: bool = True) -> Taken:
        """Takes units that a line does not want any more, and asks the floor to stop those that it has."""
        taken = cancel(line, units)
        if not stop:
            taken = replace(taken, stop=0)
        why = Why(reason, event.cause, event.traceparent)
        self._lose(line, taken.changes, -taken.waiting, why)
        if taken.cancelled:
            before = self.cancelled.get(line.line)
            units = taken.cancelled + (before.units if before else 0)
            self.cancelled[line.line] = Cancelled(line.line, units, line.wanted - taken.cancelled, why)
        if taken.stop:
            name = str(uuid5(_NAMES, f"{line.line}\n{event.source}\n{event.body.change_no}"))
            self.stops.append(Stop(name, line.line, event.body.change_no, taken.stop, reason, event.cause))
        self.lines[line.line] = after(line, taken)
        return taken

    def cancel(self, event: Event[Any], line_id: str, parts: Sequence[Part], units: int, reason: str) -> None:
        """Cancels units of a line, or as many bundles as every component can be cancelled of."""
        most = min(units, cancellable(parts))
        for line, per in parts:
            self.take(event, line, most * per, reason)
        if units > most:
            self.refuse(event, line_id, [line for line, _ in parts], units - most)

    def refuse(self, event: Event[Any], line_id: str, lines_: Iterable[LineState], units: int) -> None:
        """Units cannot be cancelled: they are gone, or were never there."""
        gone = any(line.shipped for line in lines_)
        why = "they were shipped already" if gone else "the line does not want so many"
        self.refused.append((event, line_id, units, why))

    def return_unreleased(self, event: Event[Any], line: LineState, reason: str) -> None:
        """A line waits again for what it owns ahead of its release."""
        given = give_back(line.unreleased)
        units = -sum(change.units for change in given)
        why = Why(reason, event.cause, event.traceparent)
        self._lose(line, given, units, why)
        self.lost[line.placed.key] += [lost_by(change, why) for change in given]
        self.lines[line.line] = replace(line, waiting=line.waiting + units, owned=without(line.owned, given))

    def _lose(self, line: LineState, given: Iterable[Change], waits: int, why: Why) -> None:
        self.changes[line.placed.key] += given
        self.waits[line.line] += waits
        self.whys[line.line] = why

    def add(self, event: Event[Any], placed: Placed, reason: str) -> None:
        """A new line joins the queue."""
        self.placed.append(placed)
        self.waits[placed.line] += placed.units
        self.whys[placed.line] = Why(reason, event.cause, event.traceparent)
        self.lines[placed.line] = LineState(placed, 0, 0, placed.units)
        if placed.bundle:
            self.bundles.setdefault((placed.order_id, placed.bundle.line_id), {})[placed.line] = placed.bundle


def _unknown(line_id: str) -> str:
    return f"the order has no line {line_id}: name one that it has"


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
    book = Book(
        await changes.orders(tx, order_ids),
        await changes.lines(tx, order_ids),
        bundles=await bundles.of_orders(tx, order_ids),
    )
    for event in due:
        read(event, book)
    await settle(tx, book, locked, due)
    return book


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


async def settle(tx: Tx, book: Book, locked: Mapping[Key, Position], due: Sequence[Event[Any]]) -> None:
    """Writes all that changes come to, tells what was asked and refused, and serves the positions they touch."""
    left = await _move(tx, book)
    await owning.give_back(tx, book.changes, locked)
    await lines.add_lines(tx, book.placed)
    await changes.cancel(tx, {line: one.units for line, one in book.cancelled.items()})
    await changes.hold(tx, book.holds)
    await changes.unhold(tx, book.unholds)
    await changes.split(tx, book.parcels)
    await changes.judge_eligible(tx, {event.body.order_id for event in due})
    await changes.ask_to_stop(tx, book.stops)
    _tell(tx, book, due)
    why = Why("an order changed", due[0].cause, due[0].traceparent)
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


def _tell(tx: Tx, book: Book, due: Sequence[Event[Any]]) -> None:
    traces = {event.body.order_id: event.traceparent for event in due}
    for one in book.stops:
        line = book.lines[one.line]
        stopped = StoppedLine(
            line_id=one.line[1], line_version=line.version, sku=line.placed.sku, node=line.placed.node,
            units=one.units, lots=lots_of([own for own in line.owned if own.released]),
        )  # fmt: skip
        tx.announce(StopRequested(order_id=one.line[0], stop_id=one.stop_id, lines=(stopped,)), traces[one.line[0]])
    for event, line_id, units, reason in book.refused:
        lines_ = (RefusedCancel(line_id=line_id, units=units, reason=reason),)
        told = CancelRefused(order_id=event.body.order_id, change_no=event.body.change_no, lines=lines_)
        tx.announce(told, event.traceparent)
    for event, todo in book.impossible:
        tx.announce(_impossible(event, todo), event.traceparent)


def _impossible(event: Event[Any], todo: str) -> ExceptionChanged:
    """A change that cannot be made: a person must ask for another."""
    body = event.body
    facts = {"order": body.order_id, "change_no": str(body.change_no), "source": event.source, "todo": todo}
    return ExceptionChanged(
        exception_id=str(uuid5(_NAMES, f"{body.order_id}\n{event.source}\n{body.change_no}")), version=1,
        exception_class="request_refused", subject=body.order_id, facts=facts, state="open",
    )  # fmt: skip
