"""One honest range for every waiting line."""

from dataclasses import replace
from datetime import date

import pytest

from services.allocation.domain.promise import (
    PromiseTerms,
    is_affected,
    padded,
    promise,
    ready_for,
    ship_dates,
)
from services.allocation.domain.supply import IN_STOCK, SupplyKey
from services.allocation.domain.window import Window
from shared.testing.builders import a_day
from tests.unit.allocation.queues import (
    EVERY_DAY,
    THE_8TH,
    WEEKDAYS,
    a_truck,
    a_waiting,
    a_window,
    in_line,
    promised,
    promised_from,
    ranges,
)

TERMS = PromiseTerms(EVERY_DAY, THE_8TH)


def test_a_line_is_promised_the_window_of_its_truck() -> None:
    promises = promised(in_line(2, 2), a_truck("first", 2, 16, 17), a_truck("second", 2, 23, 24))
    assert ranges(promises) == {"a": (16, 17), "b": (23, 24)}
    assert promised_from(promises) == ["first", "second"]


def test_truck_a_10th_to_30th_and_truck_b_12th_to_13th() -> None:
    """Whichever comes first: the first line may ship on the 10th and ships by the 13th at the latest."""
    promises = promised(in_line(1, 1), a_truck("A", 1, 10, 30), a_truck("B", 1, 12, 13))
    assert ranges(promises) == {"a": (10, 13), "b": (12, 30)}
    assert promised_from(promises) == ["B", "A"]


def test_a_line_served_by_two_trucks_ships_with_the_later() -> None:
    assert ranges(promised(in_line(3), a_truck("1", 2, 10, 12), a_truck("2", 2, 20, 22))) == {"a": (20, 22)}


def test_a_line_that_trucks_cannot_serve_whole_and_all_behind_it_have_no_date() -> None:
    promises = promised(in_line(2, 9, 1), a_truck(units=10))
    assert ranges(promises) == {"a": (16, 22), "b": None, "c": None}
    assert promised_from(promises) == ["asn-1", None, None]


def test_a_truck_exactly_full_serves_its_last_line() -> None:
    assert ranges(promised(in_line(4, 6), a_truck(units=10))) == {"a": (16, 22), "b": (16, 22)}


def test_a_promise_is_never_in_the_past() -> None:
    (announced,) = promised(in_line(1), a_truck("late", 1, 1, 3))
    assert announced.after == a_window(8, 8)


def test_a_range_that_began_already_begins_with_the_next_day_that_ships() -> None:
    (announced,) = promised(in_line(1), a_truck("near", 1, 1, 12))
    assert announced.after == a_window(8, 12)


def test_ranges_begin_and_end_on_days_that_ship() -> None:
    closed = replace(WEEKDAYS, holidays=frozenset({a_day(22)}))
    (announced,) = promised(in_line(1), a_truck("asn-1", 1, 13, 21), calendar=closed)
    assert announced.after == a_window(15, 23)


@pytest.mark.parametrize("order", [1, -1])
def test_trucks_of_one_day_serve_in_the_order_of_their_names(order: int) -> None:
    trucks = [a_truck("asn-1", 1, 10, 20), a_truck("asn-2", 1, 12, 20)][::order]
    assert promised_from(promised(in_line(1, 1), *trucks)) == ["asn-1", "asn-2"]


def test_a_line_that_joins_without_supply_is_told_so() -> None:
    (announced,) = promised(in_line(1))
    assert (announced.after, announced.supply, announced.told, announced.joined) == (None, None, True, True)


def test_a_line_never_ships_before_its_own_gate() -> None:
    gated = a_waiting(gate_on=a_day(18))
    assert ship_dates(a_window(16, 22), gated, 0, TERMS) == a_window(18, 22)
    assert ship_dates(a_window(9, 10), gated, 0, TERMS) == a_window(18, 18)


def test_a_line_never_ships_before_its_launch() -> None:
    terms = replace(TERMS, launch_on=a_day(13), calendar=WEEKDAYS)
    assert ship_dates(a_window(9, 10), a_waiting(), 0, terms) == a_window(15, 15)
    assert ship_dates(a_window(9, 10), a_waiting(gate_on=a_day(17)), 0, terms) == a_window(17, 17)


def test_a_line_without_supply_has_no_date_whatever_its_gate() -> None:
    assert ship_dates(None, a_waiting(gate_on=a_day(18)), 0, TERMS) is None


@pytest.mark.parametrize(("ahead", "latest"), [(0, 19), (9, 19), (10, 22), (19, 22), (20, 23)])
def test_each_day_load_of_orders_ahead_makes_the_latest_one_working_day_later(ahead: int, latest: int) -> None:
    """From Friday the 19th on, ten orders a day."""
    terms = replace(TERMS, calendar=replace(WEEKDAYS, orders_per_day=10))
    assert ship_dates(a_window(16, 19), a_waiting(), ahead, terms) == a_window(16, latest)


def test_a_line_behind_a_days_load_is_promised_a_day_later() -> None:
    terms = replace(TERMS, calendar=replace(EVERY_DAY, orders_per_day=10))
    assert promise(a_waiting(), a_window(16, 19), 10, ("inbound", "asn-1"), terms).after == a_window(16, 20)


def test_a_floor_without_a_limit_ships_any_number_of_orders_in_a_day() -> None:
    assert ship_dates(a_window(16, 19), a_waiting(), 1_000_000, TERMS) == a_window(16, 19)


def test_a_latest_a_day_after_the_told_one_is_padded_by_two_working_days() -> None:
    terms, told_range = PromiseTerms(WEEKDAYS, THE_8TH), a_window(10, 17)
    assert padded(a_window(10, 18), told_range, terms) == a_window(10, 22)
    assert padded(a_window(10, 18), told_range, replace(terms, padding_days=0)) == a_window(10, 18)


def test_padding_ends_thirty_days_after_the_day_shown_and_a_date_beyond_them_gets_none() -> None:
    told_range, shown_ship_by = a_window(10, 17), date(2027, 2, 17)  # 30 days on is Friday the 19th of March
    assert padded(a_window(10, 17), told_range, TERMS, shown_ship_by) == a_window(10, 17)
    assert padded(a_window(10, 18), told_range, TERMS, shown_ship_by) == a_window(10, 19)
    assert padded(a_window(10, 22), told_range, TERMS, shown_ship_by) == a_window(10, 22)


@pytest.mark.parametrize("unpadded", [a_window(10, 17), a_window(12, 16), a_window(16, 17), a_window(2, 3)])
def test_a_date_within_the_told_range_or_earlier_is_not_padded(unpadded: Window) -> None:
    assert padded(unpadded, a_window(10, 17), TERMS) == unpadded


def test_a_line_never_told_or_without_a_date_gets_no_padding() -> None:
    assert padded(a_window(16, 30), None, TERMS) == a_window(16, 30)
    assert padded(None, a_window(10, 17), TERMS) is None


def test_a_promise_holds_the_range_before_the_range_now_and_the_unpadded_one() -> None:
    line = a_waiting(promised=a_window(9, 17), told=a_window(9, 17))
    moved = promise(line, a_window(16, 18), 0, ("inbound", "asn-1"), TERMS)
    assert (moved.before, moved.after, moved.unpadded) == (a_window(9, 17), a_window(16, 20), a_window(16, 18))
    assert (moved.supply, moved.line.line, moved.line.told) == (("inbound", "asn-1"), line.line, a_window(9, 17))


def test_a_line_with_the_same_range_is_told_only_if_it_joined_or_waits_for_other_units() -> None:
    line, ready = a_waiting(promised=a_window(16, 22)), a_window(16, 22)
    assert not promise(line, ready, 0, ("inbound", "asn-1"), TERMS).told
    assert promise(line, ready, 0, ("inbound", "asn-1"), TERMS, joined=True).told
    assert promise(line, ready, 0, ("inbound", "asn-1"), TERMS, other_units=True).told
    assert promise(line, a_window(17, 22), 0, ("inbound", "asn-1"), TERMS).told


@pytest.mark.parametrize(
    ("gate", "launch", "supply", "latest"),
    [
        (10, None, IN_STOCK, 10),
        (None, 10, IN_STOCK, 10),
        (9, 10, IN_STOCK, 10),
        (8, None, IN_STOCK, 8),
        (25, None, IN_STOCK, 20),
        (7, None, IN_STOCK, 20),
        (None, None, IN_STOCK, 20),
        (10, None, ("inbound", "asn-1"), 20),
    ],
)
def test_units_in_stock_are_not_late_for_a_line_whose_day_is_to_come(
    gate: int | None, launch: int | None, supply: SupplyKey, latest: int
) -> None:
    line = a_waiting(gate_on=a_day(gate) if gate else None)
    terms = replace(TERMS, launch_on=a_day(launch) if launch else None)
    assert ready_for(line, a_window(8, 20), supply, terms) == a_window(8, latest)
    assert promise(line, a_window(8, 20), 0, supply, terms).unpadded == a_window(
        max(8, gate or 8, launch or 8), max(latest, gate or 8)
    )


def test_a_line_is_never_ready_before_its_stock_is() -> None:
    assert ready_for(a_waiting(gate_on=a_day(9)), a_window(12, 20), IN_STOCK, TERMS) == a_window(12, 12)
    assert ready_for(a_waiting(gate_on=a_day(9)), None, IN_STOCK, TERMS) is None


@pytest.mark.parametrize(
    ("ready", "affected"),
    [(a_window(16, 17), True), (a_window(18, 30), True), (a_window(23, 24), False), (None, False)],
)
def test_a_later_launch_affects_the_lines_that_would_ship_before_it(ready: Window | None, affected: bool) -> None:
    later = replace(TERMS, launch_on=a_day(20))
    assert is_affected(a_waiting(), ready, 0, ("inbound", "asn-1"), TERMS, later) is affected
    assert not is_affected(a_waiting(), ready, 0, ("inbound", "asn-1"), later, later)


def test_a_slower_floor_affects_the_lines_behind_a_days_load() -> None:
    slower = replace(TERMS, calendar=replace(TERMS.calendar, orders_per_day=5))
    assert is_affected(a_waiting(), a_window(16, 17), 5, ("inbound", "asn-1"), TERMS, slower)
    assert not is_affected(a_waiting(), a_window(16, 17), 4, ("inbound", "asn-1"), TERMS, slower)


def test_stock_of_a_gated_line_is_compared_by_its_gate() -> None:
    gated, another = a_waiting(gate_on=a_day(12)), replace(TERMS, launch_on=a_day(10))
    assert not is_affected(gated, a_window(8, 11), 0, IN_STOCK, TERMS, another)
    assert is_affected(a_waiting(), a_window(8, 20), 0, IN_STOCK, TERMS, another)


def test_padding_of_a_promise_ends_thirty_days_after_the_day_shown() -> None:
    line = a_waiting(told=a_window(10, 17), shown_ship_by=date(2027, 2, 17))
    assert promise(line, a_window(10, 18), 0, ("inbound", "asn-1"), TERMS).after == a_window(10, 19)
