"""What a product page shows."""

from services.allocation.domain.availability import Availability, availability
from services.allocation.domain.calendar import Calendar
from services.allocation.domain.matching import Supply
from shared.testing.builders import a_day
from tests.unit.allocation.queues import EVERY_DAY, WEEKDAYS, a_truck, a_window


def page(
    *supplies: Supply,
    free: int = 0,
    waiting: int = 0,
    backorderable: bool = True,
    calendar: Calendar = EVERY_DAY,
    first: int = 1,
) -> Availability:
    return availability(free, waiting, supplies, backorderable, calendar, a_day(first))


def breaks(shown: Availability) -> list[tuple[int, int, int]]:
    return [(b.up_to_units, b.ships.earliest.day, b.ships.latest.day) for b in shown.breaks]


def test_free_units_are_in_stock() -> None:
    assert page(free=3) == Availability("in_stock", 3, (), 3)


def test_units_on_their_way_that_nobody_waits_for_can_be_back_ordered() -> None:
    shown = page(a_truck(units=10), waiting=7)
    assert (shown.state, breaks(shown), shown.max_orderable) == ("backorder", [(3, 16, 22)], 3)


def test_units_that_others_wait_for_cannot() -> None:
    assert page(a_truck(units=10), waiting=10) == Availability("out_of_stock", 0, (), 0)
    assert page(a_truck(units=10), waiting=99).state == "out_of_stock"


def test_nothing_at_hand_and_nothing_coming_is_out_of_stock() -> None:
    assert page() == Availability("out_of_stock", 0, (), 0)
    assert page(a_truck(units=0)).state == "out_of_stock"


def test_what_may_not_be_back_ordered_is_sold_from_stock_only() -> None:
    assert page(a_truck(), backorderable=False) == Availability("out_of_stock", 0, (), 0)
    assert page(a_truck(), backorderable=False, free=2) == Availability("in_stock", 2, (), 2)


def test_one_unit_may_ship_on_day_5_and_fifty_on_day_40() -> None:
    shown = page(a_truck("near", 1, 4, 5), a_truck("far", 49, 30, 31))
    assert breaks(shown) == [(1, 4, 5), (50, 30, 31)]
    assert shown.max_orderable == 50


def test_the_waiting_take_the_first_truck() -> None:
    shown = page(a_truck("near", 5, 4, 5), a_truck("far", 10, 20, 21), waiting=7)
    assert breaks(shown) == [(8, 20, 21)]


def test_free_units_come_before_those_on_the_truck() -> None:
    """An order of 12 gets 10 now and its last unit with the truck."""
    shown = page(a_truck(units=40), free=10)
    assert (shown.state, shown.available_to_sell) == ("in_stock", 10)
    assert (breaks(shown), shown.max_orderable) == ([(50, 16, 22)], 50)


def test_trucks_with_one_window_are_one_break() -> None:
    assert breaks(page(a_truck("1", 2), a_truck("2", 3))) == [(5, 16, 22)]


def test_trucks_that_ship_on_the_same_days_are_one_break() -> None:
    saturday, sunday = a_truck("1", 2, 13, 13), a_truck("2", 3, 14, 14)
    assert breaks(page(saturday, sunday, calendar=WEEKDAYS)) == [(5, 15, 15)]


def test_a_page_shows_five_breaks_and_sells_no_more_than_they_show() -> None:
    trucks = [a_truck(f"{day}", 1, day, day) for day in range(10, 17)]
    shown = page(*trucks)
    assert breaks(shown) == [(n, 9 + n, 9 + n) for n in range(1, 6)]
    assert shown.max_orderable == 5


def test_a_page_reads_both_ends_as_a_promise_does() -> None:
    """Truck A 10th–30th and truck B 12th–13th."""
    assert breaks(page(a_truck("A", 1, 10, 30), a_truck("B", 1, 12, 13))) == [(1, 10, 13), (2, 12, 30)]


def test_a_page_shows_no_day_in_the_past() -> None:
    assert page(a_truck("late", 5, 3, 4), first=9).breaks[0].ships == a_window(9, 9)


def test_a_truck_with_nothing_left_on_it_breaks_nothing() -> None:
    assert breaks(page(a_truck("1", 2, 4, 5), a_truck("2", 0, 9, 9), a_truck("3", 1, 12, 12))) == [
        (2, 4, 5),
        (3, 12, 12),
    ]
    assert breaks(page(a_truck("1", 2, 4, 5), a_truck("2", 0, 9, 9))) == [(2, 4, 5)]
