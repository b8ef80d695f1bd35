"""Time passes: gates open, and orders that ship together are looked at as a whole. The leader's work."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from services.allocation.domain.cancel import give_back
from services.allocation.domain.line import LineKey
from services.allocation.domain.position import PositionKey
from services.allocation.domain.ship_together import Group, OpenLine, ready
from services.allocation.domain.stock_loss import OwnershipChange
from services.allocation.handlers.clock import daily_release
from services.allocation.handlers.clock.deadlines import look_at_lines
from services.allocation.handlers.clock.retry import DueWork, decide_some
from services.allocation.handlers.decision.decide import serve
from services.allocation.handlers.decision.decided_position import PositionNews, Why, lost_by
from services.allocation.handlers.decision.facts import PositionFacts, know
from services.allocation.handlers.decision.terms import by_terms_before
from services.allocation.handlers.orders import payments
from services.allocation.store import allocations, mail_order_rule, order_changes, orders, positions, timers
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
    return sum([await decide_some(worker, work) for work in _DUE])


async def decide_positions(tx: Tx, keys: Collection[PositionKey]) -> None:
    """Gates open, and what pages show changes."""
    locked = await positions.lock_positions(tx, keys)
    known = await know(tx, locked)
    await timers.open_eligible(tx, {key: tx.now.astimezone(known.calendar(key).zone).date() for key in locked})
    facts = await timers.by_fact(tx, keys)
    await timers.done_positions(tx, keys)
    why = Why("its day has come", tx.source, None)
    news = {key: PositionNews(why, by_fact=key in facts) for key in locked}
    await serve(tx, locked, news | await by_terms_before(tx, known))


async def look_at_orders(tx: Tx, order_ids: Collection[str]) -> None:
    """Orders that are whole are released; those that own units for a rest that is not ready give them back."""
    locked = await positions.lock_positions(tx, await order_changes.positions_of(tx, order_ids))
    await timers.done_orders(tx, order_ids)
    whole = Why("the rest of the order is looked at", tx.source, None)
    await serve(tx, locked, dict.fromkeys(locked, PositionNews(whole)), order_ids)
    known = await know(tx, locked)
    late = _late(await orders.together(tx, order_ids, known.days(tx.now)), known, tx)
    ahead = await orders.unreleased(tx, {line[0] for line in late})
    given = {
        key: give_back([owned for owned in owned_units if owned.line in late]) for key, owned_units in ahead.items()
    }
    if given := {key: changes for key, changes in given.items() if changes}:
        again = await positions.lock_positions(tx, given)
        await allocations.give_back(tx, given, again)
        why = Why("the rest of the order is not ready", tx.source, None)
        await serve(tx, again, {key: _news(changes, why) for key, changes in given.items()})


_DUE: Final = (
    DueWork(timers.positions, decide_positions, timers.put_off_positions),
    DueWork(orders.payments_due, payments.look_at_payments, orders.put_off_payments),
    DueWork(timers.orders, look_at_orders, timers.put_off_orders),
    DueWork(mail_order_rule.due, look_at_lines, mail_order_rule.put_off),
    DueWork(daily_release.next_load, daily_release.release_load, daily_release.put_off_load),
)


def _late(together: Mapping[Group, Sequence[OpenLine]], known: PositionFacts, tx: Tx) -> set[LineKey]:
    """Lines that ship with one that is neither owned whole nor promised soon, though it could have had what is free."""
    return {
        line.line
        for lines in together.values()
        if any(not ready(line, known.terms(line.position, tx.now)) for line in lines)
        for line in lines
    }


def _news(given: Collection[OwnershipChange], why: Why) -> PositionNews:
    waits: dict[tuple[str, str], int] = defaultdict(int)
    for change in given:
        waits[change.line] -= change.units
    lost = [lost_by(change, why) for change in given]
    return PositionNews(why, waits=waits, whys=dict.fromkeys(waits, why), changes=list(given), lost=lost)
