"""A day begins: the oldest of those that wait for the load of a day go to the floor. The leader's work."""

from collections.abc import Collection
from datetime import datetime

from services.allocation.domain.daily_limit import room_today
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.decide import serve
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.store import day_loads, order_changes, positions, settings, timers
from shared.messaging.transaction import Tx


async def next_load(tx: Tx, most: int) -> list[str]:
    """Of the orders that wait for the load of a day those that go to the floor now: so many of each node at most."""
    if not (nodes := await day_loads.nodes_with_loads(tx)):
        return []
    calendars = await settings.calendars(tx, nodes)
    days = {node: calendar.next_shipping_day(tx.now) for node, calendar in calendars.items()}
    released = await day_loads.loads(tx, days)
    left = {node: room_today(calendar, released.get(node, 0), tx.now) for node, calendar in calendars.items()}
    places = {node: most if number is None else min(number, most) for node, number in left.items() if number != 0}
    if not places:
        return []
    return sorted({turn[2] for rows in (await day_loads.next_of_loads(tx, places)).values() for turn in rows})


async def release_load(tx: Tx, order_ids: Collection[str]) -> None:
    """These orders go to the floor."""
    locked = await positions.lock_positions(tx, await order_changes.positions_of(tx, order_ids))
    why = Why("the load of its day goes", tx.source, None)
    loads = dict.fromkeys(order_ids, why)
    await serve(tx, locked, dict.fromkeys(locked, PositionNews(why, by_fact=False)), loads, claims_anew=True)


async def put_off_load(tx: Tx, order_ids: Collection[str], until: datetime) -> None:
    """These orders go to the floor later, when they are looked at as a whole."""
    await positions.lock_positions(tx, await order_changes.positions_of(tx, order_ids))
    await day_loads.put_off(tx, order_ids)
    await timers.add(tx, "order", (((order_id, ""), until) for order_id in order_ids))
