"""Handlers for trucks that arrive and are unloaded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.dock.windows import WindowCause
from services.receiving.handlers.dock.windows import move_windows
from services.receiving.store.asns import asns
from services.receiving.store.dock import appointments
from shared.contracts.dock import AsnArrived, TruckArrived, UnloadingBegun
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def note_arrivals(tx: Tx, arrived: Sequence[Event[TruckArrived]]) -> None:
    """Store that trucks arrived; a repeat counts only if its time is earlier."""
    known = await asns.lock_asns(tx, {event.body.asn_id for event in arrived})
    trucks = await appointments.trucks(tx, known)
    first: dict[AsnId, Event[TruckArrived]] = {}
    for event in sorted(arrived, key=lambda e: e.body.arrived_at):
        asn = known.get(AsnId(event.body.asn_id))
        if asn is None or asn.node != event.body.node:
            tx.park(event, f"asn:{event.body.asn_id}")
        elif _is_earlier(event.body.arrived_at, trucks[asn.asn_id].arrived_at):
            first.setdefault(asn.asn_id, event)
    await appointments.keep_arrivals(tx, [(asn_id, e.body.arrived_at, e.body.door) for asn_id, e in first.items()])
    for event in first.values():
        tx.announce(AsnArrived(**event.body.model_dump()), event.traceparent)
    after = {asn_id: replace(trucks[asn_id], arrived_at=event.body.arrived_at) for asn_id, event in first.items()}
    because = {asn_id: WindowCause(event.cause) for asn_id, event in first.items()}
    await move_windows(tx, known, trucks, after, because, {asn_id: e.traceparent for asn_id, e in first.items()})


async def note_unloading(tx: Tx, begun: Sequence[Event[UnloadingBegun]]) -> None:
    """Store when the first pallet came off; the earliest time counts."""
    known = await asns.lock_asns(tx, {event.body.asn_id for event in begun})
    for event in begun:
        if event.body.asn_id not in known:
            tx.park(event, f"asn:{event.body.asn_id}")
    ours = [event.body for event in begun if event.body.asn_id in known]
    latest_first = sorted(ours, key=lambda body: body.begun_at, reverse=True)
    await appointments.keep_unloading(tx, {body.asn_id: body.begun_at for body in latest_first})


def _is_earlier(told: datetime, known: datetime | None) -> bool:
    return known is None or told < known
