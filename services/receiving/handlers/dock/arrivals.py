"""Handlers for trucks that arrive and are unloaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.receiving.domain.asns.asns import Asn, AsnId
from services.receiving.domain.dock.windows import WindowCause
from services.receiving.handlers.dock.windows import move_windows
from services.receiving.store.asns import asns
from services.receiving.store.dock import appointments
from shared.contracts.dock import AsnArrived, TruckArrived, UnloadingBegun
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


@dataclass(frozen=True, slots=True)
class Scanned:
    """The first scan off a truck, and what told of it."""

    at: datetime
    cause: str
    traceparent: str | None


async def note_arrivals(tx: Tx, arrived: Sequence[Event[TruckArrived]]) -> None:
    """Store that trucks arrived; a repeat counts only if its time is earlier, or if the first was assumed."""
    known = await asns.lock_asns(tx, {event.body.asn_id for event in arrived})
    trucks = await appointments.trucks(tx, known)
    first: dict[AsnId, Event[TruckArrived]] = {}
    for event in sorted(arrived, key=lambda e: e.body.arrived_at):
        asn = known.get(AsnId(event.body.asn_id))
        if asn is None or asn.node != event.body.node:
            tx.park(event, f"asn:{event.body.asn_id}")
        elif trucks[asn.asn_id].assumed or _is_earlier(event.body.arrived_at, trucks[asn.asn_id].arrived_at):
            first.setdefault(asn.asn_id, event)
    rows = [(asn_id, e.body.arrived_at, e.body.door, False) for asn_id, e in first.items()]
    await appointments.keep_arrivals(tx, rows)
    for event in first.values():
        tx.announce(AsnArrived(**event.body.model_dump()), event.traceparent)
    after = {
        asn_id: replace(trucks[asn_id], arrived_at=event.body.arrived_at, assumed=False)
        for asn_id, event in first.items()
    }
    because = {asn_id: WindowCause(event.cause) for asn_id, event in first.items()}
    await move_windows(tx, known, trucks, after, because, {asn_id: e.traceparent for asn_id, e in first.items()})


async def assume_arrivals(tx: Tx, known: Mapping[AsnId, Asn], scanned: Mapping[AsnId, Scanned]) -> None:
    """Take the first scan off a truck as its arrival where nobody has told one: it is there, whoever forgot to say so.

    Of a truck that is done already nothing is assumed.
    """
    open_ = {asn_id: scan for asn_id, scan in scanned.items() if not known[asn_id].closed}
    trucks = await appointments.trucks(tx, open_) if open_ else {}
    first = {
        asn_id: scan
        for asn_id, scan in open_.items()
        if trucks[asn_id].arrived_at is None
        or (trucks[asn_id].assumed and _is_earlier(scan.at, trucks[asn_id].arrived_at))
    }
    if not first:
        return
    await appointments.keep_arrivals(tx, [(asn_id, scan.at, None, True) for asn_id, scan in first.items()])
    for asn_id, scan in first.items():
        node = known[asn_id].node
        tx.announce(AsnArrived(asn_id=asn_id, node=node, arrived_at=scan.at, assumed=True), scan.traceparent)
    after = {asn_id: replace(trucks[asn_id], arrived_at=scan.at, assumed=True) for asn_id, scan in first.items()}
    because = {asn_id: WindowCause(scan.cause) for asn_id, scan in first.items()}
    await move_windows(tx, known, trucks, after, because, {asn_id: scan.traceparent for asn_id, scan in first.items()})


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
