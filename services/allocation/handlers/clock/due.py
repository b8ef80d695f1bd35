"""Time passes: gates open, and orders that ship together are looked at as a whole. The leader's work."""

import asyncio
from collections.abc import Collection
from functools import partial
from typing import Final

from services.allocation.domain.position import PositionKey
from services.allocation.domain.renewal import why_terms_changed
from services.allocation.domain.why import Why
from services.allocation.handlers.clock import daily_release
from services.allocation.handlers.clock.deadlines import look_at_lines
from services.allocation.handlers.clock.retry import DueWork, decide_some, timed
from services.allocation.handlers.decision.decide import serve
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.handlers.decision.facts import know
from services.allocation.handlers.orders import payments
from services.allocation.store import order_changes, positions, renewals, timers
from shared.messaging.faults import retried
from shared.messaging.transaction import Tx
from shared.messaging.worker import Worker

_EVERY: Final = 1.0


async def decide_due(worker: Worker) -> None:
    """Decides what is due for as long as this process leads."""
    while True:
        if not await decide_once(worker):
            await asyncio.sleep(_EVERY)


async def decide_once(worker: Worker) -> int:
    """Decides one set of each thing whose time has come; how many."""
    if not await retried(partial(timers.is_anything_due, worker.pool)):
        return 0
    return sum([await decide_some(worker, work) for work in _DUE])


async def decide_positions(tx: Tx, keys: Collection[PositionKey]) -> None:
    """Gates open, and what pages show changes."""
    locked = await positions.lock_positions(tx, keys)
    known = await know(tx, locked)
    await timers.open_eligible(tx, {key: known.today(key) for key in locked})
    facts = await timers.by_fact(tx, "position", keys)
    await timers.done(tx, "position", keys)
    at_large = Why("its day has come", tx.source, None)
    left = await renewals.take(tx, locked)
    news = {
        key: PositionNews(
            facts.get(key) or why_terms_changed(left.get(key, ())) or at_large, by_fact=key in facts,
            renewals=left.get(key, ()), of_settings=key in facts,
        )
        for key in locked
    }  # fmt: skip
    await serve(tx, locked, news)


async def look_at_orders(tx: Tx, found: Collection[timers.Subject]) -> None:
    """Orders that stock covers whole are released; those whose rest is not ready leave what is free to the next."""
    order_ids = {order_id for order_id, _ in found}
    locked = await positions.lock_positions(tx, await order_changes.positions_of(tx, order_ids))
    facts = await timers.by_fact(tx, "order", found)
    await timers.done(tx, "order", found)
    whole = Why("the rest of the order is looked at", tx.source, None)
    asked = {order_id: facts.get((order_id, "")) or whole for order_id in order_ids}
    await serve(tx, locked, dict.fromkeys(locked, PositionNews(whole)), asked)


_DUE: Final = (
    timed("position", decide_positions),
    timed("payment", payments.look_at_payments),
    timed("order", look_at_orders),
    timed("deadline", look_at_lines),
    DueWork(daily_release.next_load, daily_release.release_load, daily_release.put_off_load),
)
