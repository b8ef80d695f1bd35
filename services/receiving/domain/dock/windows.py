"""Windows of trucks: when their units are ready to ship, by ETA, appointment, arrival and experience."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from services.receiving.domain.asns.asns import Asn, Basis
from services.receiving.domain.calendar import (
    DAY,
    OF_AN_ASN,
    Calendar,
    Span,
    add_working_days,
    dates_in_words,
    moment_in_words,
    ready_window,
)
from services.receiving.domain.dock.appointments import Appointment
from services.receiving.domain.dock.lead_times import percentile
from services.receiving.facts.window import Window

Spans: TypeAlias = Mapping[Basis, Span]
ENOUGH: Final = 30
OF_AN_APPOINTMENT: Final = Span(1, 4)
OF_A_PURCHASE_ORDER: Final = Span(1, 10)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A node's place and working days, and the working days in which it wants to have a truck in stock."""

    zone: ZoneInfo
    calendar: Calendar
    dock_days: int


@dataclass(frozen=True, slots=True)
class Truck:
    """The known facts of the truck of an ASN; its arrival is `assumed` where nobody told it: as of the first scan."""

    appointment: Appointment | None = None
    arrived_at: datetime | None = None
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class TruckHistory:
    """The working days that a supplier's trucks took to be ready at a node, from each date that was given for them.

    `due` is that of purchase orders, and counts their lines.
    """

    eta_earliest: tuple[int, ...] = ()
    eta_latest: tuple[int, ...] = ()
    booked: tuple[int, ...] = ()
    docked: tuple[int, ...] = ()
    due: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class WindowError:
    """The working days by which a truck was ready after the dates given for it: the day due, and the end of its ETA.

    `due` is that of purchase orders: of the most overdue one that the truck brought; None if unknown.
    """

    due: int | None
    eta_latest: int


@dataclass(frozen=True, slots=True)
class WindowCause:
    """The event that may move a window, and the words besides its dates."""

    cause: str
    saying: str = ""


@dataclass(frozen=True, slots=True)
class _DaysAtDock:
    """The days on which the truck is at the dock, and how they are known."""

    basis: Basis
    due: Window
    reason: str


def learned_span(soonest: Collection[int], slowest: Collection[int]) -> Span | None:
    """Return the working days that a supplier's trucks took until ready: 1 in 10 was faster, 9 in 10 were no slower.

    Both figures are of the whole way, measured from the first and the last date that was given. Fewer than 30 trucks
    give no figures. Never less than one day: nobody is promised the day on which a truck comes.
    """
    if min(len(soonest), len(slowest)) < ENOUGH:
        return None
    at_best = max(1, percentile(Counter(soonest), 10))
    return Span(at_best, max(at_best, percentile(Counter(slowest), 90)))


def on_time_share(last: Collection[WindowError]) -> int | None:
    """Return how many of a supplier's last trucks were ready in time, in percent rounded down; None without any.

    In time is by the last day that is promised without a history: ten working days after the order's due date where it
    is known, else six after the ETA. Learned windows are no measure, since they forgive a supplier who is always late.
    """
    in_time = [
        error.eta_latest <= OF_AN_ASN.slowest if error.due is None else error.due <= OF_A_PURCHASE_ORDER.slowest
        for error in last
    ]
    return 100 * sum(in_time) // len(in_time) if in_time else None


def spans_of(node: Rhythm, ways: TruckHistory) -> dict[Basis, Span]:
    """Return the span from the known day until units are ready: by experience, else by rule."""
    return {
        "asn": learned_span(ways.eta_earliest, ways.eta_latest) or OF_AN_ASN,
        "appointment": learned_span(ways.booked, ways.booked) or OF_AN_APPOINTMENT,
        "arrived": learned_span(ways.docked, ways.docked) or Span(1, node.dock_days),
        "purchase_order": learned_span(ways.due, ways.due) or OF_A_PURCHASE_ORDER,
    }


def window_after(
    known: tuple[Asn, Truck], now: tuple[Asn, Truck], node: Rhythm, spans: Spans, at: datetime, because: WindowCause
) -> Asn:
    """Return the window of an ASN after a fact about it, with its reason.

    The arrival of the truck counts first, then an appointment that was not missed, then its ETA. While that basis stays
    the same the window does, whatever was learned in between; a window whose dates and basis are the same keeps its
    cause and its reason. Days in the past count as today.
    """
    (before, _), (asn, truck) = known, now
    first, dock = before.revision == 0, _said(asn, truck, node.zone)
    known_said = _said(*known, node.zone)
    if not first and (before.node, known_said.basis, known_said.due) == (asn.node, dock.basis, dock.due):
        return replace(
            asn, window=before.window, basis=before.basis, cause=before.cause, reason=before.reason,
            overdue_at=before.overdue_at,
        )  # fmt: skip
    moved = _ready(asn, dock, at, node, spans[dock.basis])
    if not first and (before.node, before.basis, before.window) == (asn.node, moved.basis, moved.window):
        return replace(moved, cause=before.cause, reason=before.reason)
    reason = f"{because.saying}; {dock.reason}" if because.saying else dock.reason
    return replace(moved, cause=because.cause, reason=reason)


def ready_by(due: Window, at: datetime, node: Rhythm, span: Span, *, there: bool = False) -> tuple[Window, datetime]:
    """Return when units that are due between two days are ready to ship, and when that can no longer be kept.

    Days in the past count as today. Units that are not at the node yet need the dock's own days once they come, so
    `overdue_at` is that many working days before the window's end; units at the node have until the end of its last
    day.
    """
    today, needs = _local_day(at, node.zone), 0 if there else min(node.dock_days, span.slowest)
    window = ready_window(Window(max(due.earliest, today), due.latest), node.calendar, span)
    if add_working_days(today, needs, node.calendar) > window.latest:
        window = ready_window(Window(today, today), node.calendar, span)
    lies_on = _last_day(window.latest, needs, node.calendar) + DAY
    return window, _midnight(lies_on, node.zone)


def overdue_window(asn: Asn, truck: Truck, node: Rhythm, spans: Spans, at: datetime, source: str) -> Asn:
    """Return the window of a truck that was not heard of in time: as if its dates were those of today.

    It moves before its dates are wrong (`overdue_at`), so at most once a day.
    """
    dock, today = _said(asn, truck, node.zone), _local_day(at, node.zone)
    moved = _ready(asn, replace(dock, due=Window(today, today)), at, node, spans[dock.basis])
    missing = "in stock" if dock.basis == "arrived" else "here"
    return replace(moved, cause=f"{source}/overdue/{asn.asn_id}/{today}", reason=f"not {missing} yet; {dock.reason}")


def due_of(asn: Asn, truck: Truck, zone: ZoneInfo) -> Window:
    """Return the days on which a truck is due, by its appointment or else its ETA."""
    return _said(asn, truck, zone).due


def look_tomorrow(asn: Asn, node: Rhythm, at: datetime) -> Asn:
    """Return a truck that owes nothing with its next look tomorrow, since a revision may yet add to it."""
    return replace(asn, overdue_at=_midnight(_local_day(at, node.zone) + DAY, node.zone))


def _said(asn: Asn, truck: Truck, zone: ZoneInfo) -> _DaysAtDock:
    if truck.arrived_at:
        verb = "first scanned" if truck.assumed else "arrived"
        return _DaysAtDock("arrived", _on(truck.arrived_at, zone), f"{verb} {moment_in_words(truck.arrived_at, zone)}")
    if truck.appointment and not truck.appointment.missed:
        starts_at = truck.appointment.slot.starts_at
        return _DaysAtDock("appointment", _on(starts_at, zone), f"truck booked for {moment_in_words(starts_at, zone)}")
    estimated = f", estimated from {asn.eta_estimated_from}" if asn.eta_estimated_from else ""
    reason = f"{asn.name}: ETA {dates_in_words(asn.eta)}{estimated}"
    return _DaysAtDock("asn", asn.eta, reason)


def _ready(asn: Asn, said: _DaysAtDock, at: datetime, node: Rhythm, span: Span) -> Asn:
    """Return the window of a truck that is due between two days, and when to look at it again."""
    window, overdue_at = ready_by(said.due, at, node, span, there=said.basis == "arrived")
    return replace(asn, window=window, basis=said.basis, overdue_at=overdue_at)


def _last_day(latest: date, needs: int, calendar: Calendar) -> date:
    """Return the last day on which `needs` working days still end by `latest`."""
    day = latest
    while add_working_days(day, needs, calendar) > latest:
        day -= DAY
    return day


def _on(at: datetime, zone: ZoneInfo) -> Window:
    return Window(_local_day(at, zone), _local_day(at, zone))


def _local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
