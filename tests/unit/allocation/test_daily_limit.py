"""How many orders the floor gets on a day, and which."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.allocation.domain.daily_limit import Turn, orders_that_fit, room_today
from shared.testing.builders import MONDAY
from tests.unit.allocation.queues import WEEKDAYS

FLOOR = replace(WEEKDAYS, orders_per_day=5)


def turns(*names: str) -> list[Turn]:
    """Return orders that were complete in the order of their names."""
    return [(MONDAY + timedelta(minutes=ord(name[0])), MONDAY, name) for name in names]


def test_the_oldest_go_first() -> None:
    assert orders_that_fit(turns("c", "a", "b"), (), 2) == {"a", "b"}


def test_orders_that_wait_since_an_earlier_day_keep_their_room() -> None:
    assert orders_that_fit(turns("c", "d"), turns("a", "b"), 3) == {"c"}
    assert orders_that_fit(turns("a"), turns("b", "c"), 1) == {"a"}, "unless who asks is older"
    assert orders_that_fit(turns("z"), turns("a", "b"), 2) == set()


def test_an_order_of_several_lines_counts_once_at_the_place_of_its_first() -> None:
    later = (MONDAY + timedelta(days=1), MONDAY, "a")
    assert orders_that_fit([later, *turns("a"), *turns("b")], (), 2) == {"a", "b"}
    assert orders_that_fit([later], turns("a", "b"), 1) == {"a"}


def test_a_full_day_takes_nobody() -> None:
    assert orders_that_fit(turns("a"), (), 0) == set()


def test_a_covered_order_goes_on_a_day_that_has_begun_and_is_not_full() -> None:
    def at(day: int, hour: int) -> datetime:
        return MONDAY.replace(day=day, hour=hour)

    assert room_today(FLOOR, 2, at(9, 0)) == 3
    assert room_today(FLOOR, 7, at(9, 0)) == 0, "the limit was lowered"
    assert room_today(FLOOR, 0, at(9, 16)) == 0, "after the cut-off it is tomorrow's load"
    assert room_today(FLOOR, 0, at(13, 12)) == 0, "on Saturday it is Monday's"
    assert room_today(WEEKDAYS, 9, at(13, 12)) is None
