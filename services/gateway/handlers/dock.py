"""Read models of the doors. Such facts have no version: the time of each stands for it."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from services.gateway.domain.versions import newest_versions
from services.gateway.store import read_models as store
from shared.contracts.dock import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRefused,
    AsnArrived,
    NoShow,
    ReceivingClosed,
    Slot,
)
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def show_bookings(tx: Tx, booked: Sequence[Event[AppointmentBooked]]) -> None:
    """Show that a door is kept for a truck."""
    await _keep(tx, [_row(e, "appointment", e.body.request_id, "booked", _at(e.body.slot)) for e in booked])


async def show_cancellations(tx: Tx, cancelled: Sequence[Event[AppointmentCancelled]]) -> None:
    """Show that a kept door is free again."""
    await _keep(tx, [_row(e, "appointment", e.body.request_id, "cancelled", _at(e.body.slot)) for e in cancelled])


async def show_refusals(tx: Tx, refused: Sequence[Event[AppointmentRefused]]) -> None:
    """Show that there was no door, with the next free slots."""
    await _keep(tx, [_row(e, "appointment", e.body.request_id, "refused", _NO_TIME) for e in refused])


async def show_no_shows(tx: Tx, missed: Sequence[Event[NoShow]]) -> None:
    """Show that a truck did not come in its slot."""
    starts = [event.body.slot.starts_at.astimezone(UTC).isoformat() for event in missed]
    rows = [_row(e, "no_show", at, "no_show", _at(e.body.slot)) for e, at in zip(missed, starts, strict=True)]
    await _keep(tx, rows)


async def show_arrivals(tx: Tx, arrived: Sequence[Event[AsnArrived]]) -> None:
    """Show that a truck is here."""
    await _keep(tx, [_row(e, "arrival", "", "arrived", (e.body.arrived_at, None, e.body.door)) for e in arrived])


async def show_closes(tx: Tx, closed: Sequence[Event[ReceivingClosed]]) -> None:
    """Show that a truck is done, with its figures."""
    await _keep(tx, [_row(e, "close", "", "closed", (e.body.closed_at, None, None)) for e in closed])


_Time = tuple[datetime | None, datetime | None, str | None]
_NO_TIME: _Time = (None, None, None)
_Told = (
    Event[AppointmentBooked]
    | Event[AppointmentCancelled]
    | Event[AppointmentRefused]
    | Event[NoShow]
    | Event[AsnArrived]
    | Event[ReceivingClosed]
)
_SHOWN_BESIDE = frozenset({"asn_id", "node", "slot", "arrived_at", "closed_at", "door"})


def _at(slot: Slot) -> _Time:
    return slot.starts_at, slot.ends_at, slot.door


def _row(event: _Told, kind: str, subject: str, state: str, time: _Time) -> store.DockRow:
    details = event.body.model_dump(mode="json", exclude=set(_SHOWN_BESIDE), exclude_none=True)
    return (event.body.asn_id, kind, subject, event.at, event.body.node, state, *time, json.dumps(details))


async def _keep(tx: Tx, rows: Iterable[store.DockRow]) -> None:
    await store.keep_dock(tx, newest_versions(rows, lambda row: row[:3], lambda row: row[3]))
