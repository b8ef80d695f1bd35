"""What of a position is accepted, and when it would ship. It is Monday the 8th of March, 8:00."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.allocation.domain.availability import UNLIMITED, OpenSupply, PageFacts, page_of
from services.allocation.domain.calendar import Calendar
from services.allocation.domain.page import Page
from services.allocation.domain.policy import AcceptancePolicy
from shared.testing.builders import MONDAY, a_day
from tests.unit.allocation.queues import EVERY_DAY, WEEKDAYS, a_window


def coming(units: int | None = 10, earliest: int = 16, latest: int = 22, **fields: Any) -> OpenSupply:
    return OpenSupply(units, a_window(earliest, latest), **fields)


def page(*supplies: OpenSupply, free: int = 0, waiting: int = 0, calendar: Calendar = EVERY_DAY, **fields: Any) -> Page:
    terms = {name: fields.pop(name) for name in ("backorderable", "launch_on", "load_days") if name in fields}
    return page_of(PageFacts(free, waiting, supplies, policy=AcceptancePolicy(**fields), **terms), calendar, MONDAY)


def breaks(shown: Page) -> list[tuple[int, int, int]]:
    return [(b.up_to_units, b.ships.earliest.day, b.ships.latest.day) for b in shown.breaks]


NOTHING = Page("out_of_stock", 0, (), 0)


def test_free_units_are_in_stock_and_ship_today() -> None:
    shown = page(free=3)
    assert (shown.state, shown.available_to_sell, shown.max_orderable) == ("in_stock", 3, 3)
    assert (breaks(shown), shown.ships_by) == ([(3, 8, 8)], a_day(8))


def test_units_that_the_merchant_keeps_from_sale_are_on_no_page() -> None:
    assert breaks(page(free=8, buffer_units=5)) == [(3, 8, 8)]
    assert page(free=5, buffer_units=5) == page(free=2, buffer_units=5) == NOTHING
    shown = page(coming(4), free=5, buffer_units=5)
    assert (shown.state, shown.available_to_sell, breaks(shown)) == ("backorder", 0, [(4, 16, 22)])
    launch = page(free=8, launch_on=a_day(9), buffer_units=5)
    assert (launch.state, launch.max_orderable) == ("preorder", 3)


def test_a_sku_without_stock_and_supply_is_out_of_stock() -> None:
    assert page() == NOTHING
    assert page().ships_by is None
    assert page(coming(0)) == NOTHING


def test_units_that_nobody_waits_for_can_be_back_ordered_and_units_that_others_wait_for_cannot() -> None:
    shown = page(coming(10), waiting=7)
    assert (shown.state, breaks(shown), shown.max_orderable) == ("backorder", [(3, 16, 22)], 3)
    assert page(coming(10), waiting=9).max_orderable == 1
    assert page(coming(10), waiting=10) == NOTHING
    assert page(coming(10), waiting=99) == NOTHING


@pytest.mark.parametrize(("latest", "state"), [(22, "backorder"), (23, "out_of_stock")])
def test_no_customer_is_asked_to_wait_longer_than_14_days(latest: int, state: str) -> None:
    assert page(coming(latest=latest)).state == state


def test_the_longest_wait_is_counted_from_today_even_after_the_cut_off() -> None:
    outlook = PageFacts(0, 0, [coming(latest=23)])
    assert page_of(outlook, EVERY_DAY, MONDAY + timedelta(hours=15)).state == "out_of_stock"
    assert page_of(outlook, EVERY_DAY, MONDAY + timedelta(hours=16)).state == "backorder"


def test_a_merchant_may_say_another_longest_wait() -> None:
    assert page(coming(latest=10), longest_wait_days=2).state == "backorder"
    assert page(coming(latest=11), longest_wait_days=2).state == "out_of_stock"


@pytest.mark.parametrize(("share", "state"), [(80, "backorder"), (79, "out_of_stock"), (None, "backorder")])
def test_a_supplier_is_on_time_four_times_of_five_or_not_known(share: int | None, state: str) -> None:
    assert page(coming(on_time_share=share)).state == state


def test_a_merchant_may_ask_more_of_suppliers() -> None:
    assert page(coming(on_time_share=94), on_time_limit=95) == NOTHING
    assert page(coming(on_time_share=95), on_time_limit=95).state == "backorder"


def test_units_of_an_unreliable_supplier_are_promised_but_not_sold() -> None:
    """The three who wait are matched to the late truck's units first; two of its five are left and not relied on."""
    shown = page(coming(5, 9, 10, on_time_share=10), coming(4, 11, 12), waiting=3)
    assert (shown.max_orderable, breaks(shown)) == (4, [(2, 9, 12), (4, 11, 12)])
    assert page(coming(5, 9, 10, on_time_share=10), coming(4, 11, 12), waiting=7).max_orderable == 2


def test_the_earliest_of_a_page_is_that_of_the_promise() -> None:
    """Both ends on the truck that nobody relies on would be sooner; only the latest is not read off it."""
    assert breaks(page(coming(5, 9, 10, on_time_share=10), coming(4, 11, 12))) == [(4, 9, 12)]


@pytest.mark.parametrize(("waiting", "most"), [(6, 4), (9, 1), (10, 0), (11, 0)])
def test_no_more_may_wait_than_the_cap(waiting: int, most: int) -> None:
    shown = page(coming(50), waiting=waiting, cap_units=10)
    assert (shown.max_orderable, shown.state) == (most, "backorder" if most else "out_of_stock")


def test_a_cap_limits_waiting_units_not_units_at_hand() -> None:
    shown = page(coming(50), free=7, cap_units=2)
    assert (shown.state, shown.max_orderable, breaks(shown)) == ("in_stock", 9, [(7, 8, 8), (9, 16, 22)])
    assert page(coming(50), free=7, cap_units=0).max_orderable == 7


def test_supplies_beyond_the_cap_are_no_break() -> None:
    shown = page(coming(5, 9, 10), coming(5, 11, 12), cap_units=5)
    assert breaks(shown) == [(5, 9, 10)]


@pytest.mark.parametrize(
    ("product", "policy", "may"), [(True, None, True), (True, True, True), (True, False, False), (False, True, False)]
)
def test_the_product_and_the_policy_must_both_allow_backorders(product: bool, policy: bool | None, may: bool) -> None:
    shown = page(coming(), backorderable=product)
    assert (shown.state == "backorder") == product
    outlook = PageFacts(2, 0, [coming()], backorderable=product, policy=AcceptancePolicy(backorderable=policy))
    assert page_of(outlook, EVERY_DAY, MONDAY).max_orderable == (12 if may else 2)
    none_free = replace(outlook, free_units=0)
    assert page_of(none_free, EVERY_DAY, MONDAY).state == ("backorder" if may else "out_of_stock")


def test_reliable_replenishment_without_a_named_supply_brings_as_many_as_are_asked_for() -> None:
    shown = page(coming(None), waiting=1000)
    assert (shown.state, shown.max_orderable, breaks(shown)) == ("backorder", UNLIMITED, [(UNLIMITED, 16, 22)])
    assert page(coming(None), waiting=1000, cap_units=1005).max_orderable == 5
    assert page(coming(None), free=3).max_orderable == UNLIMITED


def test_one_unit_may_ship_on_day_9_and_fifty_on_day_21() -> None:
    shown = page(coming(49, 20, 21), coming(1, 9, 10))
    assert breaks(shown) == [(1, 9, 10), (50, 20, 21)]
    assert (shown.ships_by, shown.max_orderable) == (a_day(10), 50)


def test_a_page_reads_both_ends_as_a_promise_does() -> None:
    """Truck A 10th–21st and truck B 12th–13th."""
    assert breaks(page(coming(1, 10, 21), coming(1, 12, 13))) == [(1, 10, 13), (2, 12, 21)]


def test_an_order_that_may_ship_sooner_than_a_larger_one_says_so_though_both_ship_by_one_day() -> None:
    assert breaks(page(coming(1, 8, 10), coming(2, 9, 9))) == [(1, 8, 9), (2, 9, 9), (3, 9, 10)]


def test_waiting_lines_take_the_first_truck_of_each_ranking() -> None:
    assert breaks(page(coming(1, 10, 21), coming(2, 12, 13), waiting=1)) == [(1, 12, 13), (2, 12, 21)]


def test_trucks_that_ship_on_the_same_days_are_one_break() -> None:
    """The 13th is a Saturday."""
    shown = page(coming(2, 13, 13), coming(3, 14, 14), calendar=WEEKDAYS)
    assert breaks(shown) == [(5, 15, 15)]


def test_a_page_shows_no_day_that_has_passed() -> None:
    assert breaks(page(coming(5, 3, 4))) == [(5, 8, 8)]


def test_breaks_from_the_fifth_on_are_merged_into_a_range_that_holds_for_all() -> None:
    five = [coming(1, day, day) for day in range(10, 15)]
    assert breaks(page(*five))[-1] == (5, 14, 14)
    shown = page(*five, coming(1, 15, 15), coming(1, 16, 17))
    assert breaks(shown) == [(1, 10, 10), (2, 11, 11), (3, 12, 12), (4, 13, 13), (7, 14, 17)]
    assert shown.max_orderable == 7


def test_the_floor_takes_its_days_for_the_orders_ahead() -> None:
    """The 12th is a Friday: two working days later is Tuesday."""
    loaded = page(coming(1, 11, 12, load_days=2), calendar=WEEKDAYS)
    assert breaks(loaded) == [(1, 11, 16)]
    assert breaks(page(free=4, load_days=1)) == [(4, 8, 9)]


def test_a_larger_order_never_ships_before_a_smaller_one() -> None:
    shown = page(coming(1, 9, 10, load_days=5), coming(1, 11, 12))
    assert breaks(shown) == [(1, 9, 15), (2, 11, 15)]
    assert breaks(page(coming(1, 8, 8), free=1, load_days=3)) == [(2, 8, 11)]


def test_a_sku_before_its_launch_is_pre_ordered_and_ships_from_then_on() -> None:
    shown = page(coming(5, 9, 10), coming(5, 11, 25), launch_on=a_day(20))
    assert (shown.state, shown.max_orderable, breaks(shown)) == ("preorder", 10, [(5, 20, 20), (10, 20, 25)])


def test_a_product_is_launched_on_its_day() -> None:
    assert page(coming(), launch_on=a_day(9)).state == "preorder"
    assert page(coming(), launch_on=a_day(8)).state == "backorder"


def test_a_launch_on_a_closed_day_ships_on_the_next_working_day() -> None:
    """The 13th is a Saturday."""
    assert breaks(page(coming(5, 9, 10), launch_on=a_day(13), calendar=WEEKDAYS)) == [(5, 15, 15)]


def test_units_at_hand_before_the_launch_are_for_pre_orders() -> None:
    shown = page(free=5, waiting=3, launch_on=a_day(20))
    assert (shown.state, shown.available_to_sell, shown.max_orderable) == ("preorder", 0, 2)
    assert breaks(shown) == [(2, 20, 20)]
    assert page(free=5, waiting=5, launch_on=a_day(20)) == NOTHING


def test_the_floor_needs_its_days_after_the_launch_too() -> None:
    assert breaks(page(free=5, launch_on=a_day(20), load_days=2)) == [(5, 20, 22)]


def test_a_pre_order_asks_neither_for_a_near_supply_nor_for_a_proven_supplier() -> None:
    far = coming(5, 28, 30, on_time_share=0)
    assert page(far, launch_on=a_day(20), backorderable=False).max_orderable == 5
    assert page(far) == NOTHING


def test_the_cap_alone_limits_pre_orders_without_a_supply_and_no_date_is_given() -> None:
    shown = page(waiting=3, launch_on=a_day(20), cap_units=10)
    assert shown == Page("preorder", 0, (), 7)
    assert page(launch_on=a_day(20)).max_orderable == UNLIMITED
    assert page(waiting=10, launch_on=a_day(20), cap_units=10) == NOTHING


def test_a_merchant_may_forbid_pre_orders() -> None:
    assert page(coming(), free=2, launch_on=a_day(20), preorders=False) == NOTHING
    assert page(launch_on=a_day(20), preorders=False) == NOTHING


def test_pre_orders_stop_at_the_cap() -> None:
    assert page(coming(50), waiting=6, launch_on=a_day(20), cap_units=10).max_orderable == 4


def test_the_floors_load_delays_nothing_without_free_units() -> None:
    assert breaks(page(coming(10, 9, 10), load_days=30)) == [(10, 9, 10)]


def test_a_launch_begins_with_the_nodes_own_day() -> None:
    """At noon UTC it is Tuesday in Auckland."""
    auckland = replace(EVERY_DAY, zone=ZoneInfo("Pacific/Auckland"))
    states = [
        page_of(PageFacts(1, 0, [], launch_on=a_day(9)), auckland, MONDAY.replace(hour=h)).state for h in (10, 12)
    ]
    assert states == ["preorder", "in_stock"]
