"""One honest range for every waiting line."""

from dataclasses import replace

import pytest

from services.allocation.domain.matching import Supply, Waiting
from services.allocation.domain.promising import Promise, promise
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
    ranges,
)


def holding(queue: list[Waiting], *supplies: Supply) -> list[Waiting]:
    """The lines with what they are promised by these supplies."""
    return [one.line for one in promised(queue, *supplies)]


def again(queue: list[Waiting], *supplies: Supply, first: int = 8) -> list[Promise]:
    """What changes for lines that already hold a promise."""
    return promise(queue, iter(supplies), set(), EVERY_DAY, a_day(first))


def test_a_line_is_promised_the_window_of_the_truck_that_serves_it() -> None:
    promises = promised(in_line(2, 2), a_truck("first", 2, 16, 17), a_truck("second", 2, 23, 24))
    assert ranges(promises) == {"a": (16, 17), "b": (23, 24)}
    assert [p.supply and p.supply.supply_id for p in promises] == ["first", "second"]


def test_truck_a_10th_to_30th_and_truck_b_12th_to_13th() -> None:
    """Whichever comes first: the first line may ship on the 10th and ships by the 13th at the latest."""
    promises = promised(in_line(1, 1), a_truck("A", 1, 10, 30), a_truck("B", 1, 12, 13))
    assert ranges(promises) == {"a": (10, 13), "b": (12, 30)}
    assert [p.supply and p.supply.supply_id for p in promises] == ["B", "A"]


def test_a_line_served_by_two_trucks_ships_with_the_later() -> None:
    assert ranges(promised(in_line(3), a_truck("1", 2, 10, 12), a_truck("2", 2, 20, 22))) == {"a": (20, 22)}


def test_a_line_that_trucks_cannot_serve_whole_has_no_date_nor_has_any_behind_it() -> None:
    promises = promised(in_line(2, 9, 1), a_truck(units=10))
    assert ranges(promises) == {"a": (16, 22), "b": None, "c": None}
    assert [p.supply and p.supply.supply_id for p in promises] == ["asn-1", None, None]


def test_a_truck_exactly_full_serves_its_last_line() -> None:
    assert ranges(promised(in_line(4, 6), a_truck(units=10))) == {"a": (16, 22), "b": (16, 22)}


def test_who_joins_without_supply_is_told_so_once() -> None:
    (told,) = promised(in_line(1))
    assert (told.after, told.supply, told.told, told.joined) == (None, None, True, True)
    assert again([told.line], a_truck(units=0)) == []


def test_the_first_date_of_a_line_that_had_none_is_a_move() -> None:
    (moved,) = again(holding(in_line(1)), a_truck())
    assert (moved.before, moved.after, moved.told, moved.joined) == (None, a_window(16, 22), True, False)


def test_a_line_whose_supplies_are_gone_loses_its_range() -> None:
    (withdrawn,) = again(holding(in_line(1), a_truck()))
    assert (withdrawn.before, withdrawn.after, withdrawn.told) == (a_window(16, 22), None, True)


def test_a_promise_is_never_in_the_past() -> None:
    (told,) = promised(in_line(1), a_truck("late", 1, 1, 3))
    assert told.after == a_window(8, 8)


def test_a_range_that_began_already_begins_with_the_next_day_that_ships() -> None:
    (told,) = promised(in_line(1), a_truck("near", 1, 1, 12))
    assert told.after == a_window(8, 12)


def test_days_that_pass_move_nobody() -> None:
    queue = holding(in_line(1, 1), a_truck(units=1), a_truck("asn-2", 5, 23, 26))
    assert again(queue, a_truck(units=1), a_truck("asn-2", 5, 23, 26), first=25) == []


def test_a_window_that_moves_moves_exactly_the_lines_it_serves() -> None:
    queue = holding(in_line(1, 1, 1), a_truck(units=1), a_truck("asn-2", 2, 23, 24))
    moved = again(queue, a_truck(units=1), a_truck("asn-2", 2, 26, 29))
    assert ranges(moved) == {"b": (26, 29), "c": (26, 29)}
    assert {m.before for m in moved} == {a_window(23, 24)}
    assert all(m.told for m in moved)


def test_a_truck_that_slips_behind_another_moves_only_whose_dates_change() -> None:
    queue = holding(in_line(1, 1), a_truck("1", 1, 10, 12), a_truck("2", 1, 20, 22))
    moved = again(queue, a_truck("1", 1, 25, 27), a_truck("2", 1, 20, 22))
    assert ranges(moved) == {"a": (20, 22), "b": (25, 27)}


def test_a_supply_pulled_in_moves_the_oldest_lines_first() -> None:
    queue = holding(in_line(1, 1), a_truck("1", 1, 10, 12), a_truck("2", 1, 20, 22))
    assert ranges(again(queue, a_truck("1", 1, 10, 12), a_truck("2", 1, 9, 9))) == {"a": (9, 9), "b": (10, 12)}


def test_another_truck_with_the_same_window_moves_nobody() -> None:
    """A purchase order is replaced by its ASN with the same dates."""
    assert again(holding(in_line(3), a_truck("po-1/1")), a_truck("asn-1")) == []


def test_a_window_that_moves_within_a_closed_weekend_tells_nobody() -> None:
    (told,) = promised(in_line(1), a_truck("asn-1", 5, 12, 13), calendar=WEEKDAYS)
    (kept,) = promise([told.line], [a_truck("asn-1", 5, 12, 14)], set(), WEEKDAYS, THE_8TH)
    assert (kept.before, kept.after, kept.told) == (a_window(12, 15), a_window(12, 15), False)
    assert kept.line.ready == a_window(12, 14)


def test_a_unit_that_lands_damaged_moves_only_the_last_line_that_its_truck_no_longer_covers() -> None:
    queue = holding(in_line(1, 1, 1), a_truck(units=3), a_truck("asn-2", 5, 25, 26))
    assert ranges(again(queue, a_truck(units=2), a_truck("asn-2", 5, 25, 26))) == {"c": (25, 26)}


def test_a_line_served_by_its_truck_leaves_the_promises_behind_it_alone() -> None:
    queue = holding(in_line(2, 2), a_truck(units=3), a_truck("asn-2", 5, 25, 26))
    assert again(queue[1:], a_truck(units=1), a_truck("asn-2", 5, 25, 26)) == []


def test_who_joins_before_others_moves_those_whose_units_it_takes() -> None:
    queue = holding(in_line(1, 1), a_truck(units=2), a_truck("asn-2", 5, 25, 26))
    first = a_waiting("first", 1, -1)
    told = promise([first, *queue], [a_truck(units=2), a_truck("asn-2", 5, 25, 26)], {first.line}, EVERY_DAY, THE_8TH)
    assert ranges(told) == {"first": (16, 22), "b": (25, 26)}
    assert [p.joined for p in told] == [True, False]


def test_ranges_begin_and_end_on_days_that_ship() -> None:
    closed = replace(WEEKDAYS, holidays=frozenset({a_day(22)}))
    (told,) = promised(in_line(1), a_truck("asn-1", 1, 13, 21), calendar=closed)
    assert told.after == a_window(15, 23)


@pytest.mark.parametrize("order", [1, -1])
def test_trucks_of_one_day_serve_in_the_order_of_their_names(order: int) -> None:
    trucks = [a_truck("asn-1", 1, 10, 20), a_truck("asn-2", 1, 12, 20)][::order]
    assert [p.supply and p.supply.supply_id for p in promised(in_line(1, 1), *trucks)] == ["asn-1", "asn-2"]
