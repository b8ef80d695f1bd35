"""Time passes: gates open, and orders that ship together are looked at as a whole. The leader's work."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

from services.allocation.domain.allocating import Group, Open, ready
from services.allocation.domain.changing import give_back
from services.allocation.domain.leaving import Change
from services.allocation.domain.matching import LineKey
from services.allocation.handlers.knowing import Known, know
from services.allocation.handlers.served import News, Why, lost_by
from services.allocation.handlers.serving import serve
from services.allocation.store import changes, due, orders, owning, positions
from shared.messaging.faults import patiently
from shared.messaging.transaction import Tx, begin
from shared.messaging.worker import Worker

_AT_ONCE: Final = 100
_EVERY: Final = 1.0


async def decide_due(worker: Worker) -> None:
    """Decides what is due for as long as this process leads."""
    while True:
        if not await patiently(partial(decide_once, worker)):
            await asyncio.sleep(_EVERY)


async def decide_once(worker: Worker) -> int:
    """Decides one set of positions and one of orders whose time has come; how many."""
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        keys = await _open_gates(tx)
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        return keys + await _look_at_orders(tx)


async def _open_gates(tx: Tx) -> int:
    keys = await due.positions(tx, _AT_ONCE)
    if keys:
        locked = await positions.lock_positions(tx, keys)
        known = await know(tx, locked)
        await due.open_eligible(tx, {key: tx.now.astimezone(known.calendar(key).zone).date() for key in locked})
        facts = await due.by_fact(tx, keys)
        await due.done_positions(tx, keys)
        why = Why("its day has come", tx.source, None)
        await serve(tx, locked, {key: News(why, by_fact=key in facts) for key in locked})
    return len(keys)


async def _look_at_orders(tx: Tx) -> int:
    """Orders that are whole are released; those that own units for a rest that is not ready give them back."""
    order_ids = await due.orders(tx, _AT_ONCE)
    if order_ids:
        locked = await positions.lock_positions(tx, await changes.positions_of(tx, order_ids))
        await due.done_orders(tx, order_ids)
        whole = Why("the rest of the order is looked at", tx.source, None)
        await serve(tx, locked, dict.fromkeys(locked, News(whole)), order_ids)
        late = _late(await orders.together(tx, order_ids), await know(tx, locked), tx)
        ahead = await orders.unreleased(tx, {line[0] for line in late})
        given = {key: give_back([one for one in some if one.line in late]) for key, some in ahead.items()}
        if given := {key: some for key, some in given.items() if some}:
            again = await positions.lock_positions(tx, given)
            await owning.give_back(tx, given, again)
            why = Why("the rest of the order is not ready", tx.source, None)
            await serve(tx, again, {key: _news(some, why) for key, some in given.items()})
    return len(order_ids)


def _late(together: Mapping[Group, Sequence[Open]], known: Known, tx: Tx) -> set[LineKey]:
    """Lines that ship with one that is neither owned whole nor promised soon, though it could have had what is free."""
    return {
        one.line
        for some in together.values()
        if any(not ready(one, known.terms(one.position, tx.now)) for one in some)
        for one in some
    }


def _news(given: Collection[Change], why: Why) -> News:
    waits: dict[tuple[str, str], int] = defaultdict(int)
    for change in given:
        waits[change.line] -= change.units
    lost = [lost_by(change, why) for change in given]
    return News(why, waits=waits, whys=dict.fromkeys(waits, why), changes=list(given), lost=lost)
