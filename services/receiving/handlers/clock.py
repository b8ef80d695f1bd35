"""Work by the clock: trucks that did not come, windows that can no longer be kept, trucks that are all in stock."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final

from services.receiving.domain.calendar import moment_in_words
from services.receiving.domain.dock import windows
from services.receiving.domain.dock.windows import WindowCause
from services.receiving.handlers.dock.appointments import free_doors, slot_in_event
from services.receiving.handlers.dock.lead_times import observe_trucks
from services.receiving.handlers.dock.overdue import name_overdue
from services.receiving.handlers.dock.windows import keep_windows, move_windows
from services.receiving.handlers.purchase_orders.purchase_orders import move_overdue_lines
from services.receiving.store.asns import asns
from services.receiving.store.dock import appointments, lead_times
from shared.contracts.dock import NoShow
from shared.messaging.faults import retried
from shared.messaging.transaction import Tx, begin
from shared.messaging.worker import Worker

_EVERY: Final = 1.0
_AT_ONCE: Final = 100


async def watch_trucks(worker: Worker) -> None:
    """Look at trucks each second, for as long as this process leads."""
    while True:
        if not await look_around(worker):
            await asyncio.sleep(_EVERY)


async def look_around(worker: Worker) -> bool:
    """Look at trucks once; return whether there may be more to do."""
    looks = (
        tell_no_shows, free_needless_doors, move_overdue_windows, move_overdue_lines, name_overdue, observe_trucks,
    )  # fmt: skip
    more = [await retried(partial(_look, worker, look)) for look in looks]
    return any(more)


async def _look(worker: Worker, look: Callable[[Tx, int], Awaitable[int]]) -> bool:
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        return await look(tx, _AT_ONCE) == _AT_ONCE


async def tell_no_shows(tx: Tx, at_once: int) -> int:
    """Name each truck once that is not there long after its slot began; its ETA counts again."""
    if not (waiting := await appointments.no_shows(tx, at_once)):
        return 0
    known = await asns.lock_asns(tx, waiting)
    trucks = await appointments.trucks(tx, known)
    there = await appointments.begun(tx, known)
    await appointments.came(tx, there)
    due = set(await appointments.no_shows(tx, at_once)) - there
    missed = {asn_id: first for asn_id in known if asn_id in due and (first := trucks[asn_id].appointment)}
    await appointments.miss(tx, missed.values())
    zones = await appointments.rhythms(tx, {appointment.node for appointment in missed.values()})
    because = {}
    for asn_id, first in missed.items():
        tx.announce(NoShow(asn_id=asn_id, node=first.node, slot=slot_in_event(first.slot)), None)
        saying = f"did not come {moment_in_words(first.slot.starts_at, zones[first.node].zone)}"
        because[asn_id] = WindowCause(f"{tx.source}/no-show/{first.request_id}", saying)
    after = {
        asn_id: replace(trucks[asn_id], appointment=replace(appointment, missed=True))
        for asn_id, appointment in missed.items()
    }
    await move_windows(tx, known, trucks, after, because, {})
    return len(known)


async def free_needless_doors(tx: Tx, at_once: int) -> int:
    """Free the doors of trucks that are done already, or that go to another node by now."""
    if not (waiting := await appointments.needless(tx, at_once)):
        return 0
    known = await asns.lock_asns(tx, waiting)
    needless = set(await appointments.needless(tx, at_once))
    because = {
        asn_id: WindowCause(f"{tx.source}/needless/{asn_id}", "appointment given up")
        for asn_id in known
        if asn_id in needless
    }
    await free_doors(tx, known, because, {})
    return len(known)


async def move_overdue_windows(tx: Tx, at_once: int) -> int:
    """Move windows before their dates are wrong; look tomorrow at trucks that owe nothing."""
    if not (waiting := await appointments.overdue(tx, at_once)):
        return 0
    known = await asns.lock_asns(tx, waiting)
    due = set(await appointments.overdue(tx, at_once))
    owed = await appointments.owed(tx, known)
    trucks = await appointments.trucks(tx, known)
    rhythms = await appointments.rhythms(tx, {asn.node for asn in known.values()})
    ways = await lead_times.ways(tx, {(asn.supplier_id, asn.node) for asn in known.values()})
    moved = {}
    for asn_id, asn in known.items():
        node = rhythms[asn.node]
        if asn_id not in due:
            continue
        if asn_id not in owed:
            moved[asn_id] = windows.look_tomorrow(asn, node, tx.now)
            continue
        spans = windows.spans_of(node, ways[asn.supplier_id, asn.node])
        moved[asn_id] = windows.overdue_window(asn, trucks[asn_id], node, spans, tx.now, tx.source)
    await keep_windows(tx, moved, {})
    return len(known)
