"""The doors of a node: when trucks may come, who comes when, and what else is free."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from services.receiving.domain.asns.asns import Asn, AsnId
from services.receiving.domain.calendar import DAY, Calendar
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.facts.window import Window

NEXT_FREE: Final = 5
_FAR: Final = 60  # days ahead in which a free slot is looked for
_YEAR: Final = timedelta(days=366)

Taken: TypeAlias = Mapping[str, Sequence[tuple[datetime, datetime]]]


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors of a node, local hours and how long a truck occupies one; a node without doors has no dock."""

    node: Node
    zone: ZoneInfo
    calendar: Calendar
    doors: tuple[str, ...]
    opens: time
    closes: time
    slot: timedelta
    no_show: timedelta


@dataclass(frozen=True, slots=True)
class Slot:
    """A door, from one instant to another."""

    door: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a door at a time, or for any door."""

    request_id: str
    asn_id: AsnId
    node: Node
    starts_at: datetime
    door: str | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """A door that is kept for a truck; `missed` when the truck did not come."""

    request_id: str
    asn_id: AsnId
    node: Node
    slot: Slot
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a request: an appointment, which may replace another, or the reason why there is none."""

    request: Request
    booked: Appointment | None = None
    gives_up: Appointment | None = None
    reason: str = ""
    next_free: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Awaited:
    """Units of one SKU that a truck still brings, with the units and value (minor units) that wait for that SKU."""

    asn_id: AsnId
    supplier_id: str
    eta_earliest: date
    eta_latest: date
    sku: Sku
    open_units: int
    waiting_units: int
    waiting_value: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A truck that should have a door, with the units and the value that wait for its load."""

    asn_id: AsnId
    supplier_id: str
    eta: Window
    waiting_units: int = 0
    waiting_value: int = 0


def slot_starts(doors: Doors, day: date) -> list[datetime]:
    """Return when the slots of a local day begin: one after the other from opening; none ends after closing.

    A slot lasts its full time, whatever the clock on the wall does: a day on which the clocks change while the dock is
    open has an hour of slots more, or less.
    """
    if not doors.calendar.works_on(day):
        return []
    begin, end = _hours(doors, day)
    return [begin + n * doors.slot for n in range((end - begin) // doors.slot)]


def free_slots(doors: Doors, taken: Taken, after: datetime, limit: int, door: str | None = None) -> list[Slot]:
    """Return the next free slots, by time and then in the order of the doors; at most 60 days ahead."""
    asked = doors.doors if door is None else (door,)
    return list(islice(_free(doors, taken, after, asked), limit))


def taken_slots(appointments: Iterable[Appointment]) -> Taken:
    """Return when each door is taken; standing appointments never overlap."""
    taken: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for slot in (appointment.slot for appointment in appointments):
        insort(taken[slot.door], (slot.starts_at, slot.ends_at))
    return taken


def answer_requests(
    requests: Iterable[Request],
    asns: Mapping[AsnId, Asn],
    standing: Collection[Appointment],
    docks: Mapping[Node, Doors],
    now: datetime,
) -> list[Answer]:
    """Answer requests in turn: the first to ask gets a slot, and a truck keeps one appointment, its newest.

    A truck's own appointment never blocks it, and is given up only for another one. A refused request is told the next
    free slots of the door it asked for, or of all doors.
    """
    held = {appointment.asn_id: appointment for appointment in standing}
    taken = {node: taken_slots(appointment for appointment in standing if appointment.node == node) for node in docks}
    found = list[Answer]()
    for request in requests:
        asn, own = asns[request.asn_id], held.get(request.asn_id)
        others = _without(taken[asn.node], own if own and own.node == asn.node else None)
        answer = _answer(request, asn, docks[asn.node], others, now)
        if booked := answer.booked:
            taken[asn.node] = _with(others, booked.slot)
            held[asn.asn_id] = booked
        found.append(replace(answer, gives_up=own) if booked else answer)
    return found


def _answer(request: Request, asn: Asn, doors: Doors, taken: Taken, now: datetime) -> Answer:
    slot = _slot(request, asn, doors, taken, now)
    if isinstance(slot, Slot):
        return Answer(request, Appointment(request.request_id, asn.asn_id, asn.node, slot))
    door = request.door if request.door in doors.doors else None
    others = free_slots(doors, taken, min(max(now, request.starts_at), now + _YEAR), NEXT_FREE, door)
    return Answer(request, reason=slot, next_free=tuple(others))


def _slot(request: Request, asn: Asn, doors: Doors, taken: Taken, now: datetime) -> Slot | str:
    """Return the slot that a request gets, or why it gets none."""
    if reason := _why_never(request, asn, doors, now) or _why_not_then(request.starts_at, doors):
        return reason
    starts_at = request.starts_at.astimezone(UTC)
    asked = (request.door,) if request.door else doors.doors
    slots = (Slot(door, starts_at, starts_at + doors.slot) for door in asked)
    who = f"door {request.door} is" if request.door else "all doors are"
    return next((slot for slot in slots if _is_free(slot, taken)), f"{who} taken at that time")


def _why_never(request: Request, asn: Asn, doors: Doors, now: datetime) -> str | None:
    if request.node != asn.node:
        return f"ASN {asn.asn_id} goes to {asn.node}, not to {request.node}"[:500]
    if asn.closed:
        return f"ASN {asn.asn_id} is closed: its truck is done"
    if not doors.doors:
        return f"{doors.node} has no dock: its trucks come without an appointment"
    if request.door and request.door not in doors.doors:
        return f"{doors.node} has no door {request.door}: ask for one of {', '.join(doors.doors)[:200]}, or for any"
    if request.starts_at < now:
        return "that time is in the past"
    return "more than a year ahead: ask nearer to the day" if request.starts_at > now + _YEAR else None


def _why_not_then(starts_at: datetime, doors: Doors) -> str | None:
    day = starts_at.astimezone(doors.zone).date()
    if not doors.calendar.works_on(day):
        return f"{doors.node} does not work on {day:%a} {day.day} {day:%B}"
    begin, end = _hours(doors, day)
    if starts_at < begin or starts_at + doors.slot > end:
        return f"outside dock hours: {doors.opens:%H:%M} to {doors.closes:%H:%M}"
    if (starts_at - begin) % doors.slot:
        minutes = doors.slot // timedelta(minutes=1)
        return f"not the beginning of a slot: they begin every {minutes} minutes from {doors.opens:%H:%M}"
    return None


def _hours(doors: Doors, day: date) -> tuple[datetime, datetime]:
    """Return opening and closing in UTC; an hour that comes twice counts twice."""
    opens = datetime.combine(day, doors.opens.replace(fold=0), doors.zone)
    closes = datetime.combine(day, doors.closes.replace(fold=1), doors.zone)
    return opens.astimezone(UTC), closes.astimezone(UTC)


def _free(doors: Doors, taken: Taken, after: datetime, asked: Sequence[str]) -> Iterator[Slot]:
    today = after.astimezone(doors.zone).date()
    for starts_at in (at for n in range(_FAR) for at in slot_starts(doors, today + n * DAY) if at >= after):
        slots = (Slot(door, starts_at, starts_at + doors.slot) for door in asked)
        yield from (slot for slot in slots if _is_free(slot, taken))


def _is_free(slot: Slot, taken: Taken) -> bool:
    there = taken.get(slot.door, [])
    before = bisect_left(there, (slot.ends_at,)) - 1
    return before < 0 or there[before][1] <= slot.starts_at


def _without(taken: Taken, mine: Appointment | None) -> Taken:
    if mine is None:
        return taken
    there = taken.get(mine.slot.door, [])
    return {**taken, mine.slot.door: [ats for ats in there if ats != (mine.slot.starts_at, mine.slot.ends_at)]}


def _with(taken: Taken, slot: Slot) -> Taken:
    return {**taken, slot.door: sorted([*taken.get(slot.door, []), (slot.starts_at, slot.ends_at)])}


def day_at(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a local day."""
    return datetime.combine(day, time(), zone)


def rank_trucks(awaited: Iterable[Awaited], limit: int) -> list[Suggestion]:
    """Rank trucks by the value of the backorders that they would serve, highest first.

    For each SKU, the value that waits counts in the share of its waiting units that the truck still brings. Two trucks
    with the same SKU count the same customers: whichever comes first serves them. Money is in minor units, rounded
    down.
    """
    trucks: dict[AsnId, Suggestion] = {}
    for sku_awaited in awaited:
        units = min(sku_awaited.open_units, sku_awaited.waiting_units)
        value = units * sku_awaited.waiting_value // sku_awaited.waiting_units if units else 0
        eta = Window(sku_awaited.eta_earliest, sku_awaited.eta_latest)
        so_far = trucks.get(sku_awaited.asn_id, Suggestion(sku_awaited.asn_id, sku_awaited.supplier_id, eta))
        trucks[sku_awaited.asn_id] = replace(
            so_far, waiting_units=so_far.waiting_units + units, waiting_value=so_far.waiting_value + value
        )
    return sorted(trucks.values(), key=lambda s: (-s.waiting_value, -s.waiting_units, s.eta.latest, s.asn_id))[:limit]
