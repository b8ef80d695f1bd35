"""Shipments as the floor says them: of what a line wants its clocks stop, of another SKU or node a person hears."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid5

from services.allocation.domain.cancel import owned_without, units_stopped
from services.allocation.domain.line import LineKey
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.decided_position import LostUnits
from services.allocation.handlers.decision.exceptions import tell_exceptions
from services.allocation.handlers.mail_order_rule.shipments import stop_clocks
from services.allocation.handlers.orders.apply import settle, whys_of
from services.allocation.handlers.orders.order_changes import NAMES, OrderChanges, read_orders
from services.allocation.store import exceptions, lines, order_changes, positions
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.shipments import ShipmentConfirmed, ShippedLine
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

WrongLine = tuple[Event[ShipmentConfirmed], ShippedLine, str]


async def hear_shipments(tx: Tx, confirmed: Sequence[Event[ShipmentConfirmed]]) -> None:
    """Stop the legal clocks of lines whose units left; what left of another SKU is none of theirs.

    Of what another node shipped than the line's a person hears, since the line's own units are still to ship.
    """
    named = {(event.body.order_id, line.line_id) for event in confirmed for line in event.body.lines}
    keys = await lines.keys_of(tx, named)
    skus = {line: sku for line, (sku, _) in keys.items()}
    right: list[tuple[Event[ShipmentConfirmed], list[ShippedLine]]] = []
    wrong: list[WrongLine] = []
    for event in confirmed:
        other = {line for line in event.body.lines if skus.get(_name(event, line), line.sku) != line.sku}
        right.append((event, [line for line in event.body.lines if line not in other]))
        wrong += [(event, line, skus[_name(event, line)]) for line in event.body.lines if line in other]
    await stop_clocks(tx, right)
    elsewhere = [
        (event, line, keys[_name(event, line)][1])
        for event, shipped_lines in right
        for line in shipped_lines
        if _name(event, line) in keys and keys[_name(event, line)][1] != line.node
    ]
    await _name_elsewhere(tx, elsewhere)
    await _wait_again(tx, wrong)


async def _name_elsewhere(tx: Tx, elsewhere: Sequence[WrongLine]) -> None:
    """Tell a person of units that another node shipped than the line's own."""
    named = {_exception_id("elsewhere", event, line): (event, line, node) for event, line, node in elsewhere}
    known = await exceptions.known_exceptions(tx, named) if named else ()
    found = [(_from_elsewhere(*row), row[0].traceparent) for name, row in named.items() if name not in known]
    await tell_exceptions(tx, found)


def _from_elsewhere(event: Event[ShipmentConfirmed], line: ShippedLine, node: str) -> ExceptionChanged:
    body = event.body
    facts = {
        "order": body.order_id, "line": line.line_id, "sku": line.sku, "node": node, "shipped_from": line.node,
        "units": str(line.units), "shipment_id": body.shipment_id,
        "todo": f"cancel these units of the line, so that {node} does not ship them, too",
    }  # fmt: skip
    return ExceptionChanged(
        exception_id=_exception_id("elsewhere", event, line), version=1, exception_class="shipped_from_elsewhere",
        subject=body.order_id, facts=facts, state="open",
    )  # fmt: skip


async def _wait_again(tx: Tx, wrong: Sequence[WrongLine]) -> None:
    """The units that a line has on the floor were not taken: it waits for them again at its place."""
    named = {_exception_id("wrong", event, line): (event, line, sku) for event, line, sku in wrong}
    known = await exceptions.known_exceptions(tx, named)
    new = {name: row for name, row in named.items() if name not in known}
    if not new:
        return
    order_ids = {event.body.order_id for event, _, _ in new.values()}
    locked = await positions.lock_positions(tx, await order_changes.positions_of(tx, order_ids))
    await order_changes.lock_orders(tx, order_ids)
    book = await read_orders(tx, order_ids)
    for event, line, _ in new.values():
        _give_back(book, event, line)
    found = [(_exception(event, line, sku), event.traceparent) for event, line, sku in new.values()]
    await tell_exceptions(tx, found)
    await settle(tx, book, locked, whys_of([event for event, _, _ in new.values()]))


def _give_back(book: OrderChanges, event: Event[ShipmentConfirmed], shipped: ShippedLine) -> None:
    line = book.lines[_name(event, shipped)]
    given = units_stopped(line.owned, min(shipped.units, line.on_the_floor - line.stopping - line.holding))
    units = -sum(change.units for change in given)
    why = Why(f"{shipped.sku} was shipped in its place", event.cause, event.traceparent)
    book.changes[line.placed.key] += given
    book.waits[line.line] += units
    book.whys[line.line] = why
    book.lost += [
        LostUnits(line.line, FreeLot(x.lot, x.expires_on, -x.units), floor_knows=True, why=why) for x in given
    ]
    book.lines[line.line] = replace(line, waiting=line.waiting + units, owned=owned_without(line.owned, given))


def _exception(event: Event[ShipmentConfirmed], line: ShippedLine, sku: str) -> ExceptionChanged:
    body = event.body
    facts = {
        "order": body.order_id, "line": line.line_id, "sku": sku, "shipped": line.sku, "node": line.node,
        "units": str(line.units), "shipment_id": body.shipment_id,
        "todo": f"the line waits for {sku} again: cancel it if the customer keeps what came, and agree a return if not",
    }  # fmt: skip
    return ExceptionChanged(
        exception_id=_exception_id("wrong", event, line), version=1, exception_class="wrong_sku_shipped",
        subject=body.order_id, facts=facts, state="open",
    )  # fmt: skip


def _exception_id(kind: str, event: Event[ShipmentConfirmed], line: ShippedLine) -> str:
    return str(uuid5(NAMES, f"{kind}\n{event.body.shipment_id}\n{line.line_id}\n{line.sku}"))


def _name(event: Event[ShipmentConfirmed], line: ShippedLine) -> LineKey:
    return (event.body.order_id, line.line_id)
