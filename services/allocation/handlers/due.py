"""Time passes: gates open, and orders that ship together are looked at as a whole. The leader's work."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from services.allocation.domain.allocating import Group, Open, ready
from services.allocation.domain.changing import give_back
from services.allocation.domain.leaving import Change
from services.allocation.domain.matching import LineKey
from services.allocation.domain.positions import Key
from services.allocation.handlers import days, lapsing, payment
from services.allocation.handlers.changed_terms import by_terms_before
from services.allocation.handlers.knowing import Known, know
from services.allocation.handlers.putting_off import Due, decide_some
from services.allocation.handlers.served import News, Why, lost_by
from services.allocation.handlers.serving import serve
from services.allocation.store import changes, due, law, orders, owning, positions
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
    return sum([await decide_some(worker, one) for one in _DUE])


async def decide_positions(tx: Tx, keys: Collection[Key]) -> None:
    """Gates open, and what pages show changes."""
    locked = await positions.lock_positions(tx, keys)
    known = await know(tx, locked)
    await due.open_eligible(tx, {key: tx.now.astimezone(known.calendar(key).zone).date() for key in locked})
    facts = await due.by_fact(tx, keys)
    await due.done_positions(tx, keys)
    why = Why("its day has come", tx.source, None)
    news = {key: News(why, by_fact=key in facts) for key in locked}
    await serve(tx, locked, news | await by_terms_before(tx, known))


async def look_at_orders(tx: Tx, order_ids: Collection[str]) -> None:
    """Orders that are whole are released; those that own units for a rest that is not ready give them back."""
    locked = await positions.lock_positions(tx, await changes.positions_of(tx, order_ids))
    await due.done_orders(tx, order_ids)
    whole = Why("the rest of the order is looked at", tx.source, None)
    await serve(tx, locked, dict.fromkeys(locked, News(whole)), order_ids)
    known = await know(tx, locked)
    late = _late(await orders.together(tx, order_ids, known.days(tx.now)), known, tx)
    ahead = await orders.unreleased(tx, {line[0] for line in late})
    given = {key: give_back([one for one in some if one.line in late]) for key, some in ahead.items()}
    if given := {key: some for key, some in given.items() if some}:
        again = await positions.lock_positions(tx, given)
        await owning.give_back(tx, given, again)
        why = Why("the rest of the order is not ready", tx.source, None)
        await serve(tx, again, {key: _news(some, why) for key, some in given.items()})


_DUE: Final = (
    Due(due.positions, decide_positions, due.put_off_positions),
    Due(orders.payments_due, payment.look_at_payments, orders.put_off_payments),
    Due(due.orders, look_at_orders, due.put_off_orders),
    Due(law.due, lapsing.look_at_lines, law.put_off),
    Due(days.next_load, days.release_load, days.put_off_load),
)


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
