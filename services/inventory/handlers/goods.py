"""Goods that come and go: receipts, returns and shipments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from services.inventory.domain.discrepancies import settled
from services.inventory.domain.ledger import (
    Ledger,
    LotKey,
    LotPlace,
    Movement,
    Node,
    Position,
    QuarantinedLot,
    Sku,
    limited_to,
    natural_id,
)
from services.inventory.domain.post_movements import post
from services.inventory.domain.shipments import is_late, not_on_hand
from services.inventory.handlers.post import F, Wanted, announce_discrepancies, of_known_positions, units_at, write
from services.inventory.store import discrepancies, ledger
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.returns import ReturnReceived
from shared.contracts.shipments import ShipmentConfirmed
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

Posting: TypeAlias = tuple[list[Wanted[F, list[Movement]]], list[tuple[Event[F], LotPlace, int]]]


async def add_receipts_to_stock(tx: Tx, receipts: Sequence[Event[ReceiptPosted]]) -> None:
    """Add units accepted at the dock to stock, in the status that the dock gave them.

    A receipt that takes another one back says that its units never came: it happened when that receipt did.
    """
    corrected = {event.body.corrects for event in receipts if event.body.corrects}
    happened = {event.body.receipt_id: event.body.scanned_at for event in receipts}
    happened |= await ledger.happened_of(tx, corrected)
    await post_events(tx, receipts, lambda event: _receipt(event, happened.get(event.body.corrects or "")))


async def put_returns_in_quarantine(tx: Tx, returns: Sequence[Event[ReturnReceived]]) -> None:
    """Add returned units to quarantine, until somebody has looked at them."""
    await post_events(tx, returns, _return)


async def take_shipments_from_stock(tx: Tx, shipments: Sequence[Event[ShipmentConfirmed]]) -> None:
    """Subtract units handed to the carrier; name for a person the units that the ledger does not have."""
    rows, short = await post_events(tx, shipments, _shipment)
    waiting = {event.cause for event, _, _ in short}
    traces = {movement.position: event.traceparent for event, movements in rows for movement in movements}
    found = [
        not_on_hand(event.body.shipment_id, place, there, min(event.body.handed_over_at, tx.now))
        for event, place, there in short
        if is_late(event.record.waited)
    ]
    late = [(event, movements) for event, movements in rows if event.record.parked_at]
    if late:
        posted = {event.body.shipment_id for event, _ in late if event.cause not in waiting}
        open_ = await discrepancies.open_discrepancies(tx, traces, "shipped_not_on_hand")
        found += [settled(discrepancy) for discrepancy in open_ if discrepancy.subject in posted]
    await announce_discrepancies(tx, found, traces)


async def post_events(
    tx: Tx, events: Sequence[Event[F]], translate: Callable[[Event[F]], list[Movement]]
) -> Posting[F]:
    """Post what events mean, each movement once for ever.

    Events by which units would leave before they came wait until more units of their position have come. Return the
    events of known positions with what they mean, and those that wait, with the lot and the units that it has.
    """
    rows = [(event, [limited_to(movement, tx.now) for movement in translate(event)]) for event in events]
    wanted = await of_known_positions(tx, rows, _positions)
    every = [movement for _, movements in wanted for movement in movements]
    locked = await ledger.lock_positions(tx, {movement.position for movement in every})
    known = await ledger.known_movements(tx, [movement.movement_id for movement in every])
    fresh = _each_once(wanted, known)
    before = await ledger.read_ledger(tx, locked, {movement.lot_key for movement in every})
    if others := await _renamed(tx, before, fresh):
        fresh = [(event, [_as_named_now(movement, others) for movement in movements]) for event, movements in fresh]
        before = await ledger.read_ledger(tx, locked, {m.lot_key for _, movements in fresh for m in movements})
    before = replace(before, kept=await _kept(tx, fresh))
    journal, short = post(before, [movements for _, movements in fresh])
    for entry in short:
        tx.park(fresh[entry.event][0], units_at(entry.lot[:2]))
    await write(tx, journal, {m.position: event.traceparent for event, movements in fresh for m in movements})
    return wanted, [(fresh[row.event][0], row.lot, journal.after.units(row.lot)) for row in short]


async def _renamed(tx: Tx, before: Ledger, fresh: Sequence[Wanted[F, list[Movement]]]) -> dict[LotKey, str]:
    """Return the names that lots of shipments have now: the floor ships under the one it was told."""
    ships = [m for _, movements in fresh for m in movements if _leaves(m)]
    gone = {movement.lot_key for movement in ships if before.units(movement.lot_place) < -movement.delta}
    return await ledger.renamed(tx, gone) if gone else {}


def _as_named_now(movement: Movement, others: Mapping[LotKey, str]) -> Movement:
    return replace(movement, lot=others.get(movement.lot_key, movement.lot)) if _leaves(movement) else movement


def _leaves(movement: Movement) -> bool:
    return movement.reason in ("ship", "transfer")


async def _kept(tx: Tx, fresh: Sequence[Wanted[F, list[Movement]]]) -> dict[LotKey, QuarantinedLot]:
    """Return how many quarantined units late events may take back of their lots."""
    late = {m.lot_key for event, movements in fresh if is_late(event.record.waited) for m in movements}
    return await ledger.kept(tx, late) if late else {}


def _positions(movements: Sequence[Movement]) -> list[Position]:
    return [movement.position for movement in movements]


def _each_once(wanted: Sequence[Wanted[F, list[Movement]]], known: set[str]) -> list[Wanted[F, list[Movement]]]:
    """Return the movements that are neither in the ledger nor named by an earlier event."""
    seen = set(known)
    fresh: list[Wanted[F, list[Movement]]] = []
    for event, movements in wanted:
        own = [movement for movement in movements if movement.movement_id not in seen]
        seen.update(movement.movement_id for movement in own)
        if own:
            fresh.append((event, own))
    return fresh


def _receipt(event: Event[ReceiptPosted], corrected_at: datetime | None) -> list[Movement]:
    body = event.body
    return [
        Movement(
            body.receipt_id, Sku(body.sku), Node(body.node), "receipt", body.disposition, body.units,
            corrected_at or body.scanned_at, event.cause, body.lot or "", body.expires_on, body.supply_id,
            lane=body.lane,
        )
    ]  # fmt: skip


def _return(event: Event[ReturnReceived]) -> list[Movement]:
    body = event.body
    return [
        Movement(
            natural_id("return", body.return_id, str(place)), Sku(line.sku), Node(line.node), "return", "quarantine",
            line.units, body.received_at, event.cause, line.lot or "", line.expires_on, order_id=body.order_id,
            line_id=line.line_id,
        )
        for place, line in enumerate(body.lines, 1)
    ]  # fmt: skip


def _shipment(event: Event[ShipmentConfirmed]) -> list[Movement]:
    body = event.body
    return [
        Movement(
            natural_id(body.shipment_id, str(place)), Sku(line.sku), Node(line.node), "ship", "sellable", -line.units,
            body.handed_over_at, event.cause, line.lot or "", order_id=body.order_id, line_id=line.line_id,
        )
        for place, line in enumerate(body.lines, 1)
    ]  # fmt: skip
