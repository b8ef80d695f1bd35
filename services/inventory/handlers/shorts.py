"""Units that a picker did not find."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.inventory.domain.discrepancies import discrepancy_id
from services.inventory.domain.ledger import Node, Sku
from services.inventory.domain.shorts import PickShort, take_shorts
from services.inventory.handlers.post import announce_discrepancies, of_known_positions, write
from services.inventory.store import discrepancies, ledger
from shared.contracts.shipments import PickShorted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def keep_back_shorts(tx: Tx, shorts: Sequence[Event[PickShorted]]) -> None:
    """Put units that were not found in quarantine until somebody has counted, each short once for ever."""
    wanted = [(event, _short(event, tx.now)) for event in shorts]
    known = await of_known_positions(tx, wanted, lambda short: [(short.sku, short.node)])
    traces = {(short.sku, short.node): event.traceparent for event, short in known}
    locked = await ledger.lock_positions(tx, traces)
    first = {_name(short): short for _, short in reversed(known)}
    asked = await discrepancies.discrepancies(tx, first)
    fresh = [short for _, short in known if first[_name(short)] is short and _name(short) not in asked]
    before = await ledger.read_ledger(tx, locked, {short.lot_key for short in fresh})
    others = await ledger.renamed(tx, {short.lot_key for short in fresh if not before.units(short.place)})
    if others:
        fresh = [replace(short, lot=others.get(short.lot_key, short.lot)) for short in fresh]
        before = await ledger.read_ledger(tx, locked, {short.lot_key for short in fresh})
    journal, counts = take_shorts(before, fresh)
    await write(tx, journal, traces)
    await announce_discrepancies(tx, counts, traces)


def _name(short: PickShort) -> str:
    return discrepancy_id("pick_short", short.short_id)


def _short(event: Event[PickShorted], now: datetime) -> PickShort:
    body = event.body
    return PickShort(
        body.short_id, Sku(body.sku), Node(body.node), body.lot or "", body.units, body.order_id, body.line_id,
        min(body.shorted_at, now), event.cause,
    )  # fmt: skip
