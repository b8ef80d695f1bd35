"""When a page shows something else, and when its state may change."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from services.allocation.domain.page import (
    Break,
    Page,
    ShownPage,
    State,
    as_of,
    look_again_at,
    must_announce,
    page_from_text,
    page_to_text,
    settle,
)
from shared.testing.builders import MONDAY, a_day
from tests.unit.allocation.queues import EVERY_DAY, WEEKDAYS, a_window

DAY = timedelta(hours=24)
FIRST = a_day(8)


def a_page(state: State = "backorder", *breaks: tuple[int, int, int]) -> Page:
    page_breaks = tuple(Break(units, a_window(earliest, latest)) for units, earliest, latest in breaks)
    free = 3 if state == "in_stock" else 0
    return Page(state, free, page_breaks, max(free, page_breaks[-1].up_to_units if page_breaks else 0))


def settled(before: State, after: State, *, age: timedelta, by_fact: bool = False) -> ShownPage:
    page = ShownPage(a_page(before, (5, 9, 10)), MONDAY - age)
    return settle(page, a_page(after, (7, 20, 21)), MONDAY, FIRST, by_fact=by_fact)


def test_a_page_never_shown_is_announced() -> None:
    assert must_announce(None, a_page(), FIRST)


@pytest.mark.parametrize(
    "other",
    [
        {"state": "out_of_stock"},
        {"available_to_sell": 1},
        {"max_orderable": 6},
        {"alternatives": ("TEE-L",)},
        {"breaks": (Break(6, a_window(9, 10)),)},
        {"breaks": (Break(5, a_window(8, 10)),)},
        {"breaks": (Break(5, a_window(9, 11)),)},
    ],
)
def test_every_change_of_a_page_is_announced(other: dict[str, object]) -> None:
    page = a_page("backorder", (5, 9, 10))
    assert not must_announce(page, structs.replace(page), FIRST)
    assert must_announce(page, structs.replace(page, **other), FIRST)


def test_time_alone_tells_nothing() -> None:
    """What shipped on the 8th ships on the 9th a day later: the reader knows that themselves."""
    assert not must_announce(a_page("in_stock", (3, 8, 8)), a_page("in_stock", (3, 9, 9)), a_day(9))
    assert must_announce(a_page("in_stock", (3, 8, 8)), a_page("in_stock", (3, 9, 9)), FIRST)


def test_breaks_that_time_made_one_are_one() -> None:
    page = as_of(a_page("backorder", (3, 8, 8), (5, 8, 9), (7, 12, 13)), a_day(9))
    assert page == a_page("backorder", (5, 9, 9), (7, 12, 13))


def test_a_page_ships_one_unit_by_its_first_break() -> None:
    assert a_page("backorder", (3, 9, 10), (5, 11, 12)).ships_by == a_day(10)
    assert a_page("out_of_stock").ships_by is None


def test_a_first_page_stands_from_now_on() -> None:
    assert settle(None, a_page(), MONDAY, FIRST, by_fact=False) == ShownPage(a_page(), MONDAY)


def test_a_page_of_the_same_state_keeps_the_age_of_its_state() -> None:
    assert settled("backorder", "backorder", age=DAY) == ShownPage(a_page("backorder", (7, 20, 21)), MONDAY - DAY)


def test_a_fact_changes_a_state_at_once() -> None:
    assert settled("backorder", "out_of_stock", age=timedelta(0), by_fact=True).page.state == "out_of_stock"
    assert settled("backorder", "out_of_stock", age=timedelta(0), by_fact=True).since == MONDAY


def test_time_alone_changes_a_state_that_is_24_hours_old_and_none_that_is_younger() -> None:
    young = settled("out_of_stock", "backorder", age=DAY - timedelta(microseconds=1))
    assert (young.page.state, young.page.max_orderable) == ("out_of_stock", 5)
    old = settled("out_of_stock", "backorder", age=DAY)
    assert (old.page.state, old.since) == ("backorder", MONDAY)


def test_a_page_that_has_to_wait_stays_whole_as_of_today_and_is_looked_at_again() -> None:
    page = ShownPage(a_page("backorder", (5, 6, 10)), MONDAY - timedelta(hours=1))
    wanted = a_page("out_of_stock")
    stays = settle(page, wanted, MONDAY, FIRST, by_fact=False)
    assert stays == ShownPage(a_page("backorder", (5, 8, 10)), page.since)
    assert look_again_at(stays, wanted) == page.since + DAY
    assert look_again_at(ShownPage(wanted, MONDAY), wanted) is None


def test_units_that_can_be_had_at_once_never_wait() -> None:
    assert settled("in_stock", "backorder", age=timedelta(0)).page.state == "backorder"
    assert settled("out_of_stock", "in_stock", age=timedelta(0)).page.state == "in_stock"


def test_a_pre_order_ends_with_the_launch() -> None:
    assert settled("preorder", "backorder", age=timedelta(0)).page.state == "backorder"


def test_a_page_holds_until_the_next_cut_off_of_a_working_day() -> None:
    four = MONDAY.replace(hour=16)
    assert WEEKDAYS.day_at(MONDAY).cuts_off_at == four
    assert WEEKDAYS.day_at(four - timedelta(microseconds=1)).cuts_off_at == four
    assert WEEKDAYS.day_at(four).cuts_off_at == four + DAY
    saturday = MONDAY + timedelta(days=5)
    assert WEEKDAYS.day_at(saturday).cuts_off_at == four + timedelta(days=7)


def test_the_cut_off_is_local_time_given_in_utc() -> None:
    amsterdam = replace(EVERY_DAY, zone=ZoneInfo("Europe/Amsterdam"))
    assert amsterdam.day_at(MONDAY).cuts_off_at == datetime(2027, 3, 8, 15, tzinfo=UTC)
    assert amsterdam.day_at(MONDAY).cuts_off_at.tzinfo is UTC


@pytest.mark.parametrize("now", [datetime(2027, 3, 28, 0, 45, tzinfo=UTC), datetime(2027, 10, 31, 1, 15, tzinfo=UTC)])
def test_a_cut_off_in_the_night_when_clocks_change_is_not_in_the_past(now: datetime) -> None:
    at_night = replace(EVERY_DAY, zone=ZoneInfo("Europe/Amsterdam"), cut_off=time(2, 30))
    assert timedelta(0) < at_night.day_at(now).cuts_off_at - now < timedelta(hours=1)


def test_a_page_is_read_as_written() -> None:
    page = structs.replace(a_page("backorder", (3, 9, 10), (5, 11, 12)), alternatives=("TEE-L", "TEE-S"))
    assert page_from_text(page_to_text(page)) == page
    assert page_from_text(page_to_text(a_page("out_of_stock"))) == a_page("out_of_stock")
