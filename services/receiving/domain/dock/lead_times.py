"""Lead times of supplies from order to sellable, and the time that each step at the dock took."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.calendar import Calendar, working_days_between
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.facts.window import Window

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """A movement of the ledger: units that became sellable, and units that went into rework, or left it (below 0)."""

    movement_id: str
    sku: Sku
    node: Node
    supply_id: AsnId | None
    sequence: int
    at: datetime
    ready_units: int
    rework_units: int


@dataclass(frozen=True, slots=True)
class Ready:
    """Units of a supply that became sellable at once, or out of rework."""

    supply_id: AsnId
    sku: Sku
    at: datetime
    units: int
    reworked: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A truck of which nothing more is to come, with everything known of its way."""

    asn_id: AsnId
    supplier_id: str
    node: Node
    eta: Window
    shipped_at: datetime | None = None
    booked_for: datetime | None = None
    arrived_at: datetime | None = None
    begun_at: datetime | None = None
    first_scan_at: datetime | None = None
    last_scan_at: datetime | None = None
    ordered_at: Mapping[Sku, datetime] = field(default_factory=dict)
    due_on: Mapping[Sku, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeadTime:
    """The working days that one supply took until its last unit was sellable; unknown legs are None."""

    asn_id: AsnId
    sku: Sku
    node: Node
    supplier_id: str
    units: int
    ordered_at: datetime | None
    shipped_at: datetime | None
    docked_at: datetime | None
    ready_at: datetime
    ordered_to_shipped: int | None
    shipped_to_docked: int | None
    docked_to_ready: int | None
    ordered_to_ready: int | None
    due_to_ready: int | None


@dataclass(frozen=True, slots=True)
class TruckTime:
    """The working days that a truck took until its last unit was sellable, and the minutes of each step at the dock.

    `eta_error` is how many working days it came after its ETA, or before when negative; `due_to_ready` is that of its
    most overdue purchase order; `ready_days` counts units by the working days after which they were sellable.
    """

    asn_id: AsnId
    node: Node
    supplier_id: str
    ready_at: datetime
    eta_earliest_to_ready: int
    eta_latest_to_ready: int
    booked_to_ready: int | None
    docked_to_ready: int | None
    due_to_ready: int | None
    eta_error: int | None
    waiting_minutes: int | None
    unloading_minutes: int | None
    counting_minutes: int | None
    rework_minutes: int | None
    ready_days: Mapping[int, int]


def percentile(weights: Mapping[int, int], percent: int) -> int:
    """Return the smallest value such that at least `percent` of all the weight is at it or below (nearest rank).

    The inverse of the empirical distribution: definition 1 of Hyndman and Fan, "Sample Quantiles in Statistical
    Packages" (1996), PostgreSQL's percentile_disc. It is always a value that was seen, so days stay whole.
    """
    need, seen = percent * sum(weights.values()), 0
    for value in sorted(weights):
        seen += 100 * weights[value]
        if seen >= need and seen:
            return value
    raise ValueError("there is nothing to take a percentile of")


def units_by_supply(steps: Iterable[Step]) -> tuple[list[Ready], set[AsnId]]:
    """Attribute the sellable units of one position to supplies; return also the supplies with units still in rework.

    The ledger does not say whose units leave rework: those that went in first are taken to leave first.
    """
    ready, rework = list[Ready](), deque[tuple[AsnId | None, int]]()
    for step in sorted(steps, key=lambda step: step.sequence):
        if step.supply_id and step.ready_units:
            ready.append(Ready(step.supply_id, step.sku, step.at, step.ready_units))
        if step.rework_units > 0:
            rework.append((step.supply_id, step.rework_units))
        elif step.rework_units:
            ready += _reworked(rework, step)
    return ready, {supply_id for supply_id, _ in rework if supply_id}


def _reworked(rework: deque[tuple[AsnId | None, int]], step: Step) -> list[Ready]:
    """Take units out of rework, oldest first; those that are sellable now are ready."""
    leaving, sellable, ready = -step.rework_units, step.ready_units, list[Ready]()
    while leaving and rework:
        supply_id, units = rework.popleft()
        taken = min(units, leaving)
        if units > taken:
            rework.appendleft((supply_id, units - taken))
        if supply_id and (number := min(taken, sellable)):
            ready.append(Ready(supply_id, step.sku, step.at, number, reworked=True))
        leaving, sellable = leaving - taken, sellable - min(taken, sellable)
    return ready


def lead_times(done: Done, ready: Iterable[Ready], calendar: Calendar, zone: ZoneInfo) -> list[LeadTime]:
    """Return what each supply of a truck took, leg by leg; a supply without a sellable unit has no lead time."""
    by_sku: dict[Sku, list[Ready]] = defaultdict(list)
    for ready_units in ready:
        by_sku[ready_units.sku].append(ready_units)

    def days(first: datetime | None, last: datetime | None) -> int | None:
        return _days(first, last, calendar, zone)

    found = []
    for sku, readies in sorted(by_sku.items()):
        units, ready_at = sum(ready.units for ready in readies), max(ready.at for ready in readies)
        ordered, shipped, docked = done.ordered_at.get(sku), done.shipped_at, done.arrived_at
        due_on = done.due_on.get(sku)
        legs = (days(ordered, shipped), days(shipped, docked), days(docked, ready_at), days(ordered, ready_at))
        late = working_days_between(due_on, ready_at.astimezone(zone).date(), calendar) if due_on else None
        if units > 0:
            owner = (done.asn_id, sku, done.node, done.supplier_id, units)
            found.append(LeadTime(*owner, ordered, shipped, docked, ready_at, *legs, late))
    return found


def truck_time(done: Done, ready: Sequence[Ready], calendar: Calendar, zone: ZoneInfo) -> TruckTime | None:
    """Return what a truck took until its last unit was sellable; none if no unit of it became sellable."""
    if sum(ready_units.units for ready_units in ready) <= 0:
        return None
    ready_at = max(ready_units.at for ready_units in ready)
    last = ready_at.astimezone(zone).date()
    units: Counter[int] = Counter()
    for entry in ready:
        if (after := _days(done.arrived_at, entry.at, calendar, zone)) is not None:
            units[after] += entry.units
    reworked = [ready_units.at for ready_units in ready if ready_units.reworked]
    belated = [time.due_to_ready for time in lead_times(done, ready, calendar, zone) if time.due_to_ready is not None]
    return TruckTime(
        done.asn_id, done.node, done.supplier_id, ready_at,
        working_days_between(done.eta.earliest, last, calendar), working_days_between(done.eta.latest, last, calendar),
        _days(done.booked_for, ready_at, calendar, zone), _days(done.arrived_at, ready_at, calendar, zone),
        max(belated, default=None), _eta_error(done, calendar, zone),
        _minutes(done.arrived_at, done.begun_at), _minutes(done.begun_at or done.arrived_at, done.first_scan_at),
        _minutes(done.first_scan_at, done.last_scan_at),
        _minutes(done.last_scan_at, max(reworked)) if reworked else None,
        {day: number for day, number in units.items() if number > 0},
    )  # fmt: skip


def _eta_error(done: Done, calendar: Calendar, zone: ZoneInfo) -> int | None:
    if done.arrived_at is None:
        return None
    day = done.arrived_at.astimezone(zone).date()
    due = min(max(day, done.eta.earliest), done.eta.latest)
    return working_days_between(due, day, calendar)


def _days(first: datetime | None, last: datetime | None, calendar: Calendar, zone: ZoneInfo) -> int | None:
    if first is None or last is None:
        return None
    return working_days_between(first.astimezone(zone).date(), last.astimezone(zone).date(), calendar)


def _minutes(first: datetime | None, last: datetime | None) -> int | None:
    """Return whole minutes, at least 0: clocks of scanners may differ, but no step ends before it began."""
    return max(0, (last - first) // _MINUTE) if first and last else None
