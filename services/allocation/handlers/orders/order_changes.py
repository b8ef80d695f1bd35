"""The lines of orders while their changes are read, and all that these come to before it is written."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

from services.allocation.domain.acceptance import Room, rooms_after
from services.allocation.domain.bundle import Component, cancellable, cancelled_of
from services.allocation.domain.cancel import CancelledUnits, LineState, cancel, line_after
from services.allocation.domain.line import BundleLine, LineKey, PlacedLine
from services.allocation.domain.position import PositionKey
from services.allocation.domain.stock_loss import OwnershipChange
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.decided_position import CancelledLine, LostUnits
from services.allocation.store import bundles, order_changes
from services.allocation.store.order_changes import Move, OrderRow, Stop
from shared.contracts.orders import OrderHeld
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

Part: TypeAlias = tuple[LineState, int]
Bundles: TypeAlias = dict[LineKey, dict[LineKey, BundleLine]]
NAMES: Final = UUID("01a43b1c-5f60-7b44-9b1e-2f6f4a2f7c11")


@dataclass(frozen=True, slots=True)
class OwnRequestBody:
    """The order that a request of our own is about, and the change of the shop behind it; 0 where the law asks."""

    order_id: str
    change_no: int = 0


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A request of our own, told as an event is: the law cancels, or the floor answers what it was asked."""

    source: str
    cause: str
    body: OwnRequestBody
    traceparent: str | None = None


ChangeRequest: TypeAlias = Event[Any] | OwnRequest


@dataclass(slots=True)
class OrderChanges:
    """The lines of orders while their changes are read, and all that is to be written and told of them."""

    orders: Mapping[str, OrderRow]
    lines: dict[LineKey, LineState]
    changes: dict[PositionKey, list[OwnershipChange]] = field(default_factory=lambda: defaultdict(list))
    waits: Counter[LineKey] = field(default_factory=Counter)
    cancelled: dict[LineKey, CancelledLine] = field(default_factory=dict)
    whys: dict[LineKey, Why] = field(default_factory=dict)
    placed: list[PlacedLine] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    holds: list[tuple[str, str]] = field(default_factory=list)
    unholds: list[tuple[str, str]] = field(default_factory=list)
    parcels: dict[str, int | None] = field(default_factory=dict)
    payments: dict[str, datetime | None] = field(default_factory=dict)
    stops: list[Stop] = field(default_factory=list)
    refused: list[tuple[ChangeRequest, str, int, str]] = field(default_factory=list)
    impossible: list[tuple[ChangeRequest, str]] = field(default_factory=list)
    bundles: Bundles = field(default_factory=dict)
    lost: list[LostUnits] = field(default_factory=list)
    rooms: dict[PositionKey, Room] = field(default_factory=dict)

    def has_room(self, event: ChangeRequest, placed: Iterable[PlacedLine]) -> bool:
        """Whether new lines may wait beside all others; a person hears of those that may not."""
        wanted = Counter[PositionKey]()
        for line in placed:
            wanted[line.key] += line.units
        if (after := rooms_after(wanted, self.rooms)) is None:
            self.impossible.append((event, "no more of it may wait (cap_units): ask for fewer units, or later"))
            return False
        self.rooms = after
        return True

    def parts(self, event: ChangeRequest, line_id: str) -> list[Part]:
        """The line that a change names, or all components of a bundle, and how many units of each go into one.

        A person hears of a line that its order has not got, and of a component that was named in place of its bundle.
        """
        named = (event.body.order_id, line_id)
        if named in self.bundles:
            return self.parts_of(named)
        whole = self.ordered(named)
        if whole == named and named in self.lines:
            return [(self.lines[named], 1)]
        todo = _unknown(line_id) if whole == named else f"line {line_id} is a component of line {whole[1]}: name that"
        self.impossible.append((event, todo))
        return []

    def parts_of(self, line: LineKey) -> list[Part]:
        """The same of a line that its order has."""
        components = self.bundles.get(line)
        if components is None:
            return [(self.lines[line], 1)]
        return [(self.lines[component], bundle.per) for component, bundle in components.items()]

    def ordered(self, line: LineKey) -> LineKey:
        """A line as its customer ordered it: for a component its bundle's."""
        return next((bundle for bundle, components in self.bundles.items() if line in components), line)

    def given_up(self, line: LineKey) -> int:
        """Units of a line that were cancelled just now, or bundles."""
        parts = self.parts_of(line)
        now = {line.line: self.cancelled[line.line].units for line, _ in parts if line.line in self.cancelled}
        before = min((line.cancelled - now.get(line.line, 0)) // per for line, per in parts)
        return cancelled_of([_component(line, per) for line, per in parts]) - before if now else 0

    def unit_price(self, line: LineKey) -> int:
        """What a unit of a line costs, or a whole bundle, in minor units."""
        bundle = next(iter(self.bundles.get(line, {}).values()), None)
        return bundle.unit_price if bundle else self.lines[line].placed.unit_price

    def has(self, order_id: str, line_id: str) -> bool:
        """Whether a name is taken by a line of an order."""
        return (order_id, line_id) in self.lines or (order_id, line_id) in self.bundles

    def of(self, order_id: str) -> list[LineState]:
        return [line for key, line in self.lines.items() if key[0] == order_id]

    def take(
        self, event: ChangeRequest, line: LineState, units: int, reason: str, *, new_line_id: str | None = None
    ) -> CancelledUnits:
        """Takes units that a line does not want any more, and asks the floor to stop those that it has.

        What another line wants instead is not on the floor yet.
        """
        taken = cancel(line, units)
        if new_line_id:
            taken = replace(taken, stop=0)
        why = Why(reason, event.cause, event.traceparent)
        self.waits[line.line] -= taken.cancelled
        self.whys[line.line] = why
        if taken.cancelled:
            before = self.cancelled.get(line.line)
            units = taken.cancelled + (before.units if before else 0)
            self.cancelled[line.line] = CancelledLine(line.line, units, line.wanted - taken.cancelled, why, new_line_id)
        if taken.stop:
            name = str(uuid5(NAMES, f"{line.line}\n{event.source}\n{event.body.change_no}"))
            self.stops.append(Stop(name, line.line, event.body.change_no, taken.stop, reason, event.cause))
        self.lines[line.line] = line_after(line, taken)
        return taken

    def cancel(self, event: ChangeRequest, line_id: str, parts: Sequence[Part], units: int, reason: str) -> None:
        """Cancels units of a line, or as many bundles as every component can be cancelled of."""
        most = min(units, cancellable(parts))
        for line, per in parts:
            self.take(event, line, most * per, reason)
        if units > most:
            self.refuse(event, line_id, [line for line, _ in parts], units - most)

    def refuse(self, event: ChangeRequest, line_id: str, lines_: Iterable[LineState], units: int) -> None:
        """Units cannot be cancelled: they are gone, or were never there."""
        gone = any(line.shipped for line in lines_)
        why = "they were shipped already" if gone else "the line does not want so many"
        self.refused.append((event, line_id, units, why))

    def hold(self, order_id: str, kind: str, why: Why) -> None:
        """An order is kept back: stock covers none of its lines until it is let go."""
        self.holds.append((order_id, kind))
        for line in self.of(order_id):
            self.whys[line.line] = why

    def stop_held(self, event: Event[OrderHeld], why: Why) -> None:
        """The floor is asked to stop all that it has of an order that is kept back."""
        body = event.body
        for line in self.of(body.order_id):
            if units := line.on_the_floor - line.holding:
                name = str(uuid5(NAMES, f"{line.line}\n{event.source}\n{body.change_no}"))
                self.stops.append(Stop(name, line.line, body.change_no, units, why.reason, why.cause, "hold"))
                self.lines[line.line] = replace(line, holding=line.holding + units)

    def add(self, event: ChangeRequest, placed: PlacedLine, reason: str) -> None:
        """A new line joins the queue."""
        self.placed.append(placed)
        self.waits[placed.line] += placed.units
        self.whys[placed.line] = Why(reason, event.cause, event.traceparent)
        self.lines[placed.line] = LineState(placed, 0, 0, placed.units)
        if placed.bundle:
            self.bundles.setdefault((placed.order_id, placed.bundle.line_id), {})[placed.line] = placed.bundle


def _component(line: LineState, per: int) -> Component:
    floor = line.on_the_floor
    return Component(per, line.shipped + floor, line.cancelled, line.waiting, owned=floor)


async def read_orders(tx: Tx, order_ids: Collection[str]) -> OrderChanges:
    """The lines of locked orders as they stand."""
    orders = await order_changes.orders(tx, order_ids)
    return OrderChanges(
        orders, await order_changes.lines(tx, order_ids), bundles=await bundles.of_orders(tx, order_ids)
    )


def _unknown(line_id: str) -> str:
    return f"the order has no line {line_id}: name one that it has"
