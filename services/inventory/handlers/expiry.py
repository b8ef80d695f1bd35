"""Removal of lots from sellable before they are too old. The leader's work."""

import asyncio
from functools import partial
from typing import Final

from services.inventory.domain.expiry import expire
from services.inventory.handlers.post import announce_discrepancies, write
from services.inventory.store import ledger
from shared.messaging.faults import retried
from shared.messaging.transaction import begin
from shared.messaging.worker import Worker

_AT_ONCE: Final = 200
_EVERY: Final = 1.0


async def take_out_past_life(worker: Worker) -> None:
    """Take lots past their life out of sellable for as long as this process leads."""
    while True:
        if not await retried(partial(take_out_due, worker)):
            await asyncio.sleep(_EVERY)


async def take_out_due(worker: Worker) -> int:
    """Take one set of lots past their life out of sellable; return how many."""
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        due = await ledger.past_life(tx, _AT_ONCE)
        if not due:
            return 0
        traces = dict.fromkeys(((sku, node) for sku, node, _, _ in (lot.place for lot in due)))
        locked = await ledger.lock_positions(tx, traces)
        still = await ledger.still_past_life(tx, due)
        before = await ledger.read_ledger(tx, locked, {(*lot.place[:2], lot.place[3]) for lot in still})
        journal, discrepancies = expire(before, still, tx.now, worker.source)
        await write(tx, journal, traces)
        await announce_discrepancies(tx, discrepancies, traces)
        return len(discrepancies)
