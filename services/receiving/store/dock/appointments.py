"""Doors, appointments and trucks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from services.receiving.domain.asns.asns import Asn, AsnId
from services.receiving.domain.calendar import Calendar
from services.receiving.domain.catalogue import Node
from services.receiving.domain.dock.appointments import Appointment, Awaited, Doors, Slot
from services.receiving.domain.dock.windows import Rhythm, Truck
from services.receiving.store import QUERIES, overdue_looks
from shared.db.queries import columns
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment, and its outcome."""

    request_id: str
    asn_id: str
    supplier_id: str
    door: str
    starts_at: datetime
    ends_at: datetime
    missed: bool
    arrived_at: datetime | None
    begun_at: datetime | None
    closed_at: datetime | None


async def rhythms(tx: Tx, nodes: Collection[Node]) -> dict[Node, Rhythm]:
    """Read where and when nodes work; unknown ones are left out."""
    rows = await tx.fetch(QUERIES["rhythms"], list(nodes))
    return {row["node"]: Rhythm(ZoneInfo(row["zone"]), _calendar(row), row["dock_days"]) for row in rows}


async def docks(tx: Tx, nodes: Collection[str]) -> dict[Node, Doors]:
    """Read the doors of nodes; unknown nodes are left out."""
    return {row["node"]: _doors(row) for row in await tx.fetch(QUERIES["docks"], list(nodes))}


async def lock_docks(tx: Tx, nodes: Collection[Node]) -> dict[Node, Doors]:
    """Lock the doors of nodes until the transaction ends."""
    await tx.execute(QUERIES["lock_docks"], list(nodes))
    return await docks(tx, nodes)


async def answered(tx: Tx, request_ids: Collection[str]) -> set[str]:
    """Return which of these requests were answered before."""
    return {row["request_id"] for row in await tx.fetch(QUERIES["answered"], list(request_ids))}


async def doors_taken(
    tx: Tx, nodes: Collection[str], since: datetime, asn_ids: Collection[str] = ()
) -> list[Appointment]:
    """Read appointments that are not over by then, and those of these trucks."""
    rows = await tx.fetch(QUERIES["doors_taken"], list(nodes), since, list(asn_ids))
    return list(map(_appointment, rows))


async def trucks(tx: Tx, asn_ids: Collection[str]) -> dict[AsnId, Truck]:
    """Read what is known of the trucks of locked ASNs."""
    rows = await tx.fetch(QUERIES["appointments_of"], list(asn_ids))
    appointments = {row["asn_id"]: _appointment(row) for row in rows}
    rows = await tx.fetch(QUERIES["arrivals"], list(asn_ids))
    arrivals = {row["asn_id"]: (row["arrived_at"], row["assumed"]) for row in rows}
    return {AsnId(asn_id): Truck(appointments.get(asn_id), *arrivals.get(asn_id, (None, False))) for asn_id in asn_ids}


async def add_requests(tx: Tx, answers: Iterable[tuple[str, str, str]]) -> None:
    """Store (request, ASN, booked | refused | withdrawn)."""
    await tx.execute(QUERIES["add_requests"], *columns(answers, 3))


async def give_up(tx: Tx, appointments: Iterable[Appointment]) -> None:
    """Free doors."""
    await tx.execute(QUERIES["give_up"], [appointment.request_id for appointment in appointments])


async def add_appointments(tx: Tx, booked: Iterable[tuple[Appointment, datetime | None, bool]]) -> None:
    """Store (appointment, when to look whether the truck came, whether it was given up at once)."""
    rows = (
        (
            appointment.request_id,
            appointment.asn_id,
            appointment.node,
            appointment.slot.door,
            appointment.slot.starts_at,
            appointment.slot.ends_at,
            no_show_at,
            given_up,
        )
        for appointment, no_show_at, given_up in booked
    )
    await tx.execute(QUERIES["add_appointments"], *columns(rows, 8))


async def keep_arrivals(tx: Tx, arrivals: Iterable[tuple[str, datetime, str | None, bool]]) -> None:
    """Store (ASN, when its truck came, to which door, whether that is assumed); it need not be looked for any more."""
    rows = columns(arrivals, 4)
    await tx.execute(QUERIES["keep_arrivals"], *rows)
    await came(tx, rows[0])
    await overdue_looks.look_again(tx, rows[0])


async def came(tx: Tx, asn_ids: Collection[str]) -> None:
    """Mark trucks as come, so that no look for them is needed any more."""
    await tx.execute(QUERIES["came"], list(asn_ids))


async def keep_unloading(tx: Tx, begun: Mapping[str, datetime]) -> None:
    """Store when unloading of trucks began."""
    await tx.execute(QUERIES["keep_unloading"], list(begun), list(begun.values()))


async def keep_windows(tx: Tx, asns: Iterable[Asn]) -> None:
    """Store when the units of locked ASNs are ready."""
    rows = [
        (x.asn_id, x.window.earliest, x.window.latest, x.basis, x.cause, x.reason, x.overdue_at) for x in asns
    ]  # fmt: skip
    await tx.execute(QUERIES["keep_windows"], *columns(rows, 7))


async def no_shows(tx: Tx, at_once: int) -> list[str]:
    """Read ASNs whose trucks should have been there by now."""
    return [row["asn_id"] for row in await tx.fetch(QUERIES["no_shows"], tx.now, at_once)]


async def needless(tx: Tx, at_once: int) -> list[str]:
    """Read ASNs whose coming appointment nobody needs: they are done, or go to another node."""
    return [row["asn_id"] for row in await tx.fetch(QUERIES["needless"], tx.now, at_once)]


async def overdue(tx: Tx, at_once: int) -> list[str]:
    """Read ASNs whose windows can no longer be kept."""
    return [row["asn_id"] for row in await tx.fetch(QUERIES["overdue"], tx.now, at_once)]


async def owed(tx: Tx, asn_ids: Collection[str]) -> set[str]:
    """Return which ASNs are to bring units that are not in stock yet."""
    return {row["supply_id"] for row in await tx.fetch(QUERIES["owed"], list(asn_ids))}


async def begun(tx: Tx, asn_ids: Collection[str]) -> set[str]:
    """Return which trucks must be there whatever the dock says: units of them were received, or they are done."""
    return {row["asn_id"] for row in await tx.fetch(QUERIES["begun"], list(asn_ids))}


async def miss(tx: Tx, appointments: Iterable[Appointment]) -> None:
    """Mark appointments as missed."""
    await tx.execute(QUERIES["miss"], [appointment.request_id for appointment in appointments])


async def appointments_on(tx: Tx, node: str, begin: datetime, end: datetime, limit: int) -> list[Visit]:
    """Read the standing appointments at a node between two moments, by time and door."""
    return [Visit(**row) for row in await tx.fetch(QUERIES["appointments_on"], node, begin, end, limit)]


async def waiting_for(tx: Tx, node: str, *, booked_too: bool) -> list[Awaited]:
    """Read the units and value that wait for what open trucks of a node still bring, SKU by SKU."""
    return [Awaited(**row) for row in await tx.fetch(QUERIES["waiting_for"], node, booked_too)]


def _appointment(row: asyncpg.Record) -> Appointment:
    slot = Slot(row["door"], row["starts_at"], row["ends_at"])
    return Appointment(row["request_id"], row["asn_id"], row["node"], slot, row["missed"])


def _calendar(row: asyncpg.Record) -> Calendar:
    return Calendar(frozenset(row["working_days"]), frozenset(row["holidays"]))


def _doors(row: asyncpg.Record) -> Doors:
    times = (timedelta(minutes=row["slot_minutes"]), timedelta(minutes=row["no_show_minutes"]))
    zone, hours = ZoneInfo(row["zone"]), (row["opens"], row["closes"])
    return Doors(row["node"], zone, _calendar(row), tuple(row["doors"]), *hours, *times)
