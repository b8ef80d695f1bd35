"""Handlers that book and free doors."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from services.receiving.domain.asns.asns import Asn, AsnId
from services.receiving.domain.catalogue import Node
from services.receiving.domain.dock import appointments as domain
from services.receiving.domain.dock.appointments import Answer, Appointment, Doors, Request, Slot
from services.receiving.domain.dock.windows import Truck, WindowCause
from services.receiving.handlers.discrepancies import Traces
from services.receiving.handlers.dock.windows import move_windows
from services.receiving.store.asns import asns
from services.receiving.store.dock import appointments
from shared.contracts.dock import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRefused,
    AppointmentRequested,
    AppointmentWithdrawn,
)
from shared.contracts.dock import Slot as SlotTold
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

Asked = TypeVar("Asked", AppointmentRequested, AppointmentWithdrawn)


async def book_appointments(tx: Tx, requested: Sequence[Event[AppointmentRequested]]) -> None:
    """Answer each request once: book a door for the truck, or name the next free slots."""
    known = await asns.lock_asns(tx, {event.body.asn_id for event in requested})
    fresh = await _unanswered(tx, requested, known)
    docks = await appointments.lock_docks(tx, {asn.node for asn in known.values()})
    standing = await appointments.doors_taken(tx, docks, tx.now, known)
    found = domain.answer_requests([_request(event.body) for event in fresh], known, standing, docks, tx.now)
    trucks = await appointments.trucks(tx, known)
    await _keep(tx, found, docks, trucks)
    events = {event.body.request_id: event for event in fresh}
    for answer in found:
        _tell(tx, answer, known[answer.request.asn_id].node, events[answer.request.request_id].traceparent)
    booked = {first.asn_id: first for answer in found if (first := answer.booked)}
    after = {asn_id: replace(trucks[asn_id], appointment=appointment) for asn_id, appointment in booked.items()}
    because = {asn_id: WindowCause(events[appointment.request_id].cause) for asn_id, appointment in booked.items()}
    traces: dict[str, str | None] = {
        asn_id: events[appointment.request_id].traceparent for asn_id, appointment in booked.items()
    }
    await move_windows(tx, known, trucks, after, because, traces)


async def withdraw_appointments(tx: Tx, withdrawn: Sequence[Event[AppointmentWithdrawn]]) -> None:
    """Free the doors of trucks that will not come, once for each request."""
    known = await asns.lock_asns(tx, {event.body.asn_id for event in withdrawn})
    fresh = await _unanswered(tx, withdrawn, known)
    await appointments.add_requests(tx, [(e.body.request_id, e.body.asn_id, "withdrawn") for e in fresh])
    first = {AsnId(event.body.asn_id): event for event in reversed(fresh)}
    because = {asn_id: WindowCause(event.cause, "appointment withdrawn") for asn_id, event in first.items()}
    await free_doors(tx, known, because, {asn_id: event.traceparent for asn_id, event in first.items()})


async def free_doors(tx: Tx, known: Mapping[AsnId, Asn], because: Mapping[AsnId, WindowCause], traces: Traces) -> None:
    """Give up the appointments of locked ASNs, where they have one."""
    trucks = await appointments.trucks(tx, because)
    freed = {asn_id: appointment for asn_id, truck in trucks.items() if (appointment := truck.appointment)}
    await appointments.give_up(tx, freed.values())
    for asn_id, appointment in freed.items():
        tx.announce(_cancelled(appointment), traces.get(asn_id))
    after = {asn_id: replace(trucks[asn_id], appointment=None) for asn_id in freed}
    await move_windows(tx, known, trucks, after, {asn_id: because[asn_id] for asn_id in freed}, traces)


async def _unanswered(tx: Tx, asked: Sequence[Event[Asked]], known: Collection[str]) -> list[Event[Asked]]:
    """Return new requests about known ASNs, the first of each id; park those whose ASN is unknown."""
    answered = await appointments.answered(tx, [event.body.request_id for event in asked])
    fresh: dict[str, Event[Asked]] = {}
    for event in asked:
        if event.body.asn_id not in known:
            tx.park(event, f"asn:{event.body.asn_id}")
        elif event.body.request_id not in answered:
            fresh.setdefault(event.body.request_id, event)
    return list(fresh.values())


async def _keep(tx: Tx, found: Sequence[Answer], docks: Mapping[Node, Doors], trucks: Mapping[AsnId, Truck]) -> None:
    """Store answers; an appointment may be given up in the same set in which it is booked."""
    given_up = [answer.gives_up for answer in found if answer.gives_up]
    over = {appointment.request_id for appointment in given_up}
    there = {asn_id for asn_id, truck in trucks.items() if truck.arrived_at}
    rows = ((a.request.request_id, a.request.asn_id, "booked" if a.booked else "refused") for a in found)
    await appointments.add_requests(tx, rows)
    await appointments.give_up(tx, given_up)
    booked = [appointment for answer in found if (appointment := answer.booked)]
    look_at = {
        appointment.request_id: appointment.slot.starts_at + docks[appointment.node].no_show
        for appointment in booked
        if appointment.request_id not in over and appointment.asn_id not in there
    }
    await appointments.add_appointments(
        tx,
        [(appointment, look_at.get(appointment.request_id), appointment.request_id in over) for appointment in booked],
    )


def _tell(tx: Tx, answer: Answer, node: Node, trace: str | None) -> None:
    owner = {"asn_id": answer.request.asn_id, "request_id": answer.request.request_id, "node": node}
    if answer.booked:
        tx.announce(AppointmentBooked(**owner, slot=slot_in_event(answer.booked.slot)), trace)
    else:
        others = tuple(map(slot_in_event, answer.next_free))
        tx.announce(AppointmentRefused(**owner, reason=answer.reason, next_free=others), trace)
    if answer.gives_up:
        tx.announce(_cancelled(answer.gives_up), trace)


def slot_in_event(slot: Slot) -> SlotTold:
    """Return a slot as events carry it."""
    return SlotTold(door=slot.door, starts_at=slot.starts_at, ends_at=slot.ends_at)


def _cancelled(one: Appointment) -> AppointmentCancelled:
    return AppointmentCancelled(
        asn_id=one.asn_id, request_id=one.request_id, node=one.node, slot=slot_in_event(one.slot)
    )


def _request(body: AppointmentRequested) -> Request:
    return Request(body.request_id, AsnId(body.asn_id), Node(body.node), body.starts_at, body.door)
