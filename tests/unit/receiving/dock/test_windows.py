"""When a truck's units are ready: the window narrows with what is known of it, and never lies in the past."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.receiving.domain.asns.asns import Asn, Basis
from services.receiving.domain.calendar import Span, ready_window
from services.receiving.domain.dock.appointments import Appointment, Slot
from services.receiving.domain.dock.windows import (
    Truck,
    TruckHistory,
    WindowCause,
    WindowError,
    learned_span,
    look_tomorrow,
    on_time_share,
    overdue_window,
    spans_of,
    window_after,
)
from services.receiving.facts.window import Window
from tests.unit.receiving.scanning.docks import AMS, AMSTERDAM, ASN, NODE, NOTHING_KNOWN, WEEKDAYS, an_asn, at, march

STRANGER = Truck()


def booked(day: int, **fields: Any) -> Truck:
    slot = Slot("D1", at(day, 9), at(day, 10))
    return Truck(replace(Appointment("r1", ASN, AMS, slot), **fields))


def stands(before: Asn, after: Asn, was: Truck = STRANGER, now: Truck = STRANGER, day: int = 8, **fields: Any) -> Asn:
    because = WindowCause("dock/7", **fields)
    return window_after((before, was), (after, now), NODE, NOTHING_KNOWN, at(day), because)


def first(due: tuple[int, int] = (9, 10), now: Truck = STRANGER, day: int = 8) -> Asn:
    """Return what stands after an ASN is heard of for the first time."""
    asn = an_asn(1, due)
    return stands(replace(asn, revision=0), asn, now, now, day)


def days(asn: Asn) -> tuple[int, int]:
    return asn.window.earliest.day, asn.window.latest.day


def test_an_announced_truck_is_ready_one_to_six_working_days_after_its_eta() -> None:
    asn = first()
    assert (days(asn), asn.basis, asn.cause) == ((10, 18), "asn", "dock/7")
    assert asn.reason == "ASN asn-1 revision 1: ETA 9–10 March"


def test_a_booked_truck_is_ready_one_to_four_working_days_after_its_slot() -> None:
    asn = stands(first(), first(), now=booked(11))
    assert (days(asn), asn.basis, asn.reason) == ((12, 17), "appointment", "truck booked for Thu 11 March 09:00")


def test_a_truck_that_is_there_is_ready_from_the_next_working_day_within_the_days_of_the_dock() -> None:
    was = stands(first(), first(), now=booked(11))
    asn = stands(was, was, booked(11), replace(booked(11), arrived_at=at(12, 15)), day=12)
    assert (days(asn), asn.basis, asn.reason) == ((15, 17), "arrived", "arrived Fri 12 March 15:00")


def test_an_arrival_says_more_than_an_appointment_and_an_appointment_more_than_an_eta() -> None:
    there = replace(booked(15), arrived_at=at(11))
    assert first(now=there, day=11).basis == "arrived"
    assert first(now=booked(15)).basis == "appointment"
    assert first(now=booked(15, missed=True)).basis == "asn"


def test_a_withdrawn_truck_is_as_its_eta_says_again() -> None:
    was = stands(first(), first(), now=booked(11))
    asn = stands(was, was, booked(11), saying="appointment withdrawn")
    assert (days(asn), asn.basis) == ((10, 18), "asn")
    assert asn.reason == "appointment withdrawn; ASN asn-1 revision 1: ETA 9–10 March"


def test_a_missed_truck_is_not_ready_before_it_can_come() -> None:
    was = stands(first((9, 9)), first((9, 9)), now=booked(16))
    asn = stands(was, was, booked(16), booked(16, missed=True), day=16)
    assert days(asn) == (17, 24)


def test_a_revision_that_leaves_the_eta_leaves_the_window_and_its_cause() -> None:
    was = replace(first(), window=Window(march(11), march(15)), cause="edi/1", reason="learned long ago")
    asn = stands(was, an_asn(2), day=9)
    assert (asn.revision, asn.window, asn.cause, asn.reason) == (2, was.window, "edi/1", "learned long ago")


def test_a_revision_of_a_booked_truck_leaves_its_window() -> None:
    was = stands(first(), first(), now=booked(11))
    asn = stands(was, an_asn(2, due=(20, 22)), booked(11), booked(11))
    assert (asn.window, asn.basis, asn.cause, asn.eta) == (
        was.window,
        "appointment",
        was.cause,
        Window(march(20), march(22)),
    )


def test_a_truck_that_goes_elsewhere_has_another_window() -> None:
    asn = stands(replace(first(), cause="edi/1"), an_asn(2, node="ber"))
    assert asn.cause == "dock/7"


def test_a_window_that_comes_out_the_same_keeps_its_cause_and_reason() -> None:
    was = replace(first((13, 14)), cause="edi/1", reason="said before")
    asn = stands(was, an_asn(2, due=(12, 14)))
    assert (days(asn), asn.cause, asn.reason, asn.eta.earliest) == ((15, 22), "edi/1", "said before", march(12))


def test_a_late_announcement_is_ready_from_tomorrow() -> None:
    assert days(first((9, 10), day=11)) == (12, 18)
    assert days(first((1, 2), day=11)) == (12, 19)


@pytest.mark.parametrize(("basis", "looked_at"), [("asn", 16), ("appointment", 15), ("arrived", 17)])
def test_a_window_is_looked_at_before_its_dates_are_wrong(basis: Basis, looked_at: int) -> None:
    trucks = {"asn": STRANGER, "appointment": booked(11), "arrived": Truck(arrived_at=at(11))}
    asn = first(now=trucks[basis], day=11 if basis == "arrived" else 8)
    assert asn.overdue_at == datetime(2027, 3, looked_at, tzinfo=AMSTERDAM)


def test_an_overdue_truck_counts_as_due_today() -> None:
    asn = overdue_window(first(), STRANGER, NODE, NOTHING_KNOWN, at(16), "us")
    assert (days(asn), asn.cause) == ((17, 24), "us/overdue/asn-1/2027-03-16")
    assert asn.reason == "not here yet; ASN asn-1 revision 1: ETA 9–10 March"
    there = Truck(arrived_at=at(11))
    late = overdue_window(first(now=there, day=11), there, NODE, NOTHING_KNOWN, at(17), "us")
    assert (days(late), late.reason) == ((18, 22), "not in stock yet; arrived Thu 11 March 08:00")


def test_an_overdue_window_moves_at_most_once_a_day() -> None:
    asn = first()
    for day in range(9, 60):
        now = at(8) + timedelta(days=day - 8)
        if asn.overdue_at and asn.overdue_at <= now:
            asn = overdue_window(asn, STRANGER, replace(NODE, dock_days=9), NOTHING_KNOWN, now, "us")
            assert asn.overdue_at
            assert asn.overdue_at > now
        assert asn.window.latest > now.astimezone(AMSTERDAM).date()


def test_a_truck_that_owes_nothing_is_looked_at_tomorrow() -> None:
    asn = look_tomorrow(first(), NODE, at(18))
    assert asn == replace(first(), overdue_at=datetime(2027, 3, 19, tzinfo=AMSTERDAM))


def test_fewer_than_thirty_trucks_teach_nothing() -> None:
    assert learned_span([2] * 29, [2] * 29) is None
    assert learned_span([2] * 30, [2] * 30) == Span(2, 2)


def test_one_in_ten_is_faster_and_nine_in_ten_are_no_slower() -> None:
    took = [0] * 2 + [2] * 18 + [5] * 7 + [9] * 3
    assert learned_span(took, took) == Span(2, 5)
    assert learned_span([0] * 30, [0] * 30) == Span(1, 1)


def test_learned_windows_are_of_the_whole_way() -> None:
    ways = TruckHistory(eta_earliest=(3,) * 30, eta_latest=(2,) * 30, booked=(1,) * 30, docked=(2,) * 30, due=(4,) * 30)
    assert spans_of(NODE, ways) == {
        "asn": Span(3, 3), "appointment": Span(1, 1), "arrived": Span(2, 2), "purchase_order": Span(4, 4),
    }  # fmt: skip
    announced = an_asn(1)
    asn = window_after(
        (replace(announced, revision=0), STRANGER),
        (announced, STRANGER),
        NODE,
        spans_of(NODE, ways),
        at(8),
        WindowCause("x"),
    )
    assert days(asn) == (12, 15)


def test_a_purchase_order_is_ready_one_to_ten_working_days_after_it_is_due() -> None:
    due = Window(march(12), march(12))
    assert ready_window(due, WEEKDAYS, NOTHING_KNOWN["purchase_order"]) == Window(march(15), march(26))


def test_a_supplier_is_on_time_by_the_window_without_a_history() -> None:
    ordered = [WindowError(10, 99), WindowError(11, 0)]
    announced = [WindowError(None, 6), WindowError(None, 7)]
    assert [on_time_share([truck]) for truck in ordered + announced] == [100, 0, 100, 0]
    assert on_time_share(ordered + announced) == 50


def test_a_share_is_never_rounded_up_to_the_limit() -> None:
    assert on_time_share([WindowError(0, 0)] * 23 + [WindowError(30, 30)] * 6) == 79
    assert on_time_share([WindowError(0, 0)] * 24 + [WindowError(30, 30)] * 6) == 80


def test_a_supplier_who_never_came_has_no_share() -> None:
    assert on_time_share([]) is None
