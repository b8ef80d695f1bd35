"""A day begins: the oldest of those that wait for the load of a day go to the floor. The leader's work."""

from typing import Final

from services.allocation.domain.loading import room
from services.allocation.handlers.served import News, Why
from services.allocation.handlers.serving import serve
from services.allocation.store import changes, loads, positions, settings
from shared.messaging.transaction import Tx

_AT_ONCE: Final = 100


async def release_loads(tx: Tx) -> int:
    """Orders that waited for the load of a day go to the floor once it has begun; how many."""
    if not (nodes := await loads.nodes_unloaded(tx)):
        return 0
    calendars = await settings.calendars(tx, nodes)
    days = {node: calendar.next_shipping_day(tx.now) for node, calendar in calendars.items()}
    released = await loads.loads(tx, days)
    left = {node: room(calendar, released.get(node, 0), tx.now) for node, calendar in calendars.items()}
    most = {node: _AT_ONCE if some is None else min(some, _AT_ONCE) for node, some in left.items() if some != 0}
    if not most:
        return 0
    await loads.forget(tx, most)
    order_ids = {turn[2] for some in (await loads.next_unloaded(tx, most)).values() for turn in some}
    if order_ids:
        locked = await positions.lock_positions(tx, await changes.positions_of(tx, order_ids))
        await loads.take(tx, order_ids)
        why = Why("the load of its day goes", tx.source, None)
        await serve(tx, locked, dict.fromkeys(locked, News(why, by_fact=False)), order_ids)
    return len(order_ids)
