"""Units that go to another node: kept back when they are asked for, gone when they are sent."""

from collections.abc import Collection, Mapping, Sequence

from services.inventory.domain.discrepancies import settled
from services.inventory.domain.ledger import LotKey, Movement, Position
from services.inventory.domain.shipments import is_late, not_on_hand
from services.inventory.domain.transfers import (
    KeptBack,
    KnownTransfer,
    Transfer,
    keep_back,
    leave,
    lots_of,
    put_back,
    refused_transfer,
    still_kept,
    withdrawn_too_late,
)
from services.inventory.handlers.goods import post_events
from services.inventory.handlers.post import announce_discrepancies, of_known_positions, write
from services.inventory.store import discrepancies, ledger, transfers
from shared.contracts.transfers import TransferRequested, TransferShipped, TransferWithdrawn
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_NEW = KnownTransfer()


async def keep_units_back(tx: Tx, requests: Sequence[Event[TransferRequested]]) -> None:
    """Keep sellable units back that shall be sent, or refuse the whole transfer and name why, each once for ever."""
    known = await of_known_positions(tx, [(event, _requested(event)) for event in requests], _positions)
    traces = {position: event.traceparent for event, transfer in known for position in _positions(transfer)}
    before = await transfers.lock_transfers(tx, {transfer.transfer_id for _, transfer in known})
    locked = await ledger.lock_positions(tx, traces)
    first = {transfer.transfer_id: transfer for _, transfer in reversed(known)}
    fresh = [transfer for name, transfer in first.items() if name not in before]
    lots = await ledger.read_ledger(tx, locked, {lot for transfer in fresh for lot in transfer.units})
    journal, refused = keep_back(lots, fresh)
    await write(tx, journal, traces)
    refused_ids = {transfer.transfer_id for transfer, _ in refused}
    await transfers.keep_transfers(
        tx,
        (
            (name, "refused", {}) if name in refused_ids else (name, "requested", transfer.units)
            for name, transfer in ((transfer.transfer_id, transfer) for transfer in fresh)
        ),
    )
    await announce_discrepancies(tx, [refused_transfer(*row) for row in refused], traces)
    tx.arrived(*(f"transfer:{transfer.transfer_id}" for transfer in fresh))


async def take_transfers_from_stock(tx: Tx, shipped: Sequence[Event[TransferShipped]]) -> None:
    """Subtract units that were sent to another node; name for a person those that the ledger does not have."""
    meant = {event.body.transfer_id: _shipped(event) for event in shipped}
    known = await transfers.lock_transfers(tx, meant)
    kept = await _still_kept(tx, {name: transfer.waits for name, transfer in known.items()})

    def movements(event: Event[TransferShipped]) -> list[Movement]:
        return leave(_shipped(event), kept.get(event.body.transfer_id, {}))

    fresh = [event for event in shipped if known.get(event.body.transfer_id, _NEW).state != "sent"]
    posted, short = await post_events(tx, fresh, movements)
    waiting = {event.body.transfer_id for event, _, _ in short}
    gone = {event.body.transfer_id for event, _ in posted} - waiting
    await transfers.keep_transfers(tx, ((name, "sent", meant[name].units) for name in gone))
    traces = {movement.position: event.traceparent for event, rows in posted for movement in rows}
    found = [
        not_on_hand(event.body.transfer_id, place, there, min(event.body.shipped_at, tx.now))
        for event, place, there in short
        if is_late(event.record.waited)
    ]
    if late := {event.body.transfer_id for event, _ in posted if event.record.parked_at} & gone:
        named = await discrepancies.open_discrepancies(tx, traces, "shipped_not_on_hand")
        found += [settled(discrepancy) for discrepancy in named if discrepancy.subject in late]
    await announce_discrepancies(tx, found, traces)
    tx.arrived(*(f"transfer:{name}" for name in gone))


async def _still_kept(tx: Tx, kept: Mapping[str, KeptBack]) -> dict[str, KeptBack]:
    """Read what is kept back for each transfer, under the names that lots have now."""
    lots = {lot for units in kept.values() for lot in units}
    if not lots:
        return {}
    renamed = await ledger.renamed(tx, lots)
    locked = await ledger.lock_positions(tx, {lot[:2] for lot in lots})
    before = await ledger.read_ledger(tx, locked, _under_both_names(lots, renamed))
    return {name: still_kept(before, units, renamed) for name, units in kept.items()}


def _under_both_names(lots: Collection[LotKey], renamed: Mapping[LotKey, str]) -> set[LotKey]:
    return {*lots, *((*lot[:2], name) for lot, name in renamed.items())}


async def put_units_back(tx: Tx, withdrawn: Sequence[Event[TransferWithdrawn]]) -> None:
    """Let units be sold again that were kept back for a transfer; one that has been sent is named for a person."""
    known = await transfers.lock_transfers(tx, {event.body.transfer_id for event in withdrawn})
    first = {event.body.transfer_id: event for event in reversed(withdrawn)}
    for name, event in first.items():
        if name not in known:
            tx.park(event, f"transfer:{name}")
    asked = {name: _withdrawn(first[name], transfer) for name, transfer in known.items()}
    traces = {
        position: first[name].traceparent for name, transfer in asked.items() for position in _positions(transfer)
    }
    locked = await ledger.lock_positions(tx, traces)
    waiting = [transfer for name, transfer in asked.items() if known[name].waits]
    lots = {lot for transfer in waiting for lot in transfer.units}
    renamed = await ledger.renamed(tx, lots) if lots else {}
    before = await ledger.read_ledger(tx, locked, _under_both_names(lots, renamed))
    await write(tx, put_back(before, waiting, renamed), traces)
    await transfers.keep_transfers(tx, ((transfer.transfer_id, "withdrawn", {}) for transfer in waiting))
    late = [transfer for name, transfer in asked.items() if known[name].state == "sent"]
    await announce_discrepancies(tx, [withdrawn_too_late(transfer) for transfer in late], traces)


def _withdrawn(event: Event[TransferWithdrawn], known: KnownTransfer) -> Transfer:
    return Transfer(event.body.transfer_id, known.units, event.body.withdrawn_at, event.cause)


def _requested(event: Event[TransferRequested]) -> Transfer:
    body = event.body
    units = lots_of(((line.sku, line.lot, line.units) for line in body.lines), body.origin)
    return Transfer(body.transfer_id, units, body.requested_at, event.cause)


def _shipped(event: Event[TransferShipped]) -> Transfer:
    body = event.body
    lines = ((line.sku, line.lot, line.units) for carton in body.cartons for line in carton.lines)
    return Transfer(body.transfer_id, lots_of(lines, body.origin), body.shipped_at, event.cause)


def _positions(transfer: Transfer) -> list[Position]:
    return list(dict.fromkeys((sku, node) for sku, node, _ in transfer.units))
