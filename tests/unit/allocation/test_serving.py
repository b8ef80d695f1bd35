"""What a change of a position comes to."""

from typing import Any

from services.allocation.domain.serving import Decision, Facts, decide
from shared.testing.builders import MONDAY
from tests.unit.allocation.queues import EVERY_DAY, a_lot, a_truck, a_waiting, a_window, in_line, ranges, who_got


def decided(**said: Any) -> Decision:
    facts = {"queue": (), "lots": (), "supplies": (), "calendar": EVERY_DAY, **said}
    facts["joined"] = frozenset(line.line for line in facts["queue"])
    return decide(Facts(**facts), MONDAY)


def test_free_units_serve_the_queue_the_trucks_serve_the_rest_and_what_is_left_is_for_sale() -> None:
    came_to = decided(queue=in_line(2, 3), lots=[a_lot(units=4)], supplies=[a_truck(units=5)])
    assert who_got(came_to.grants) == [("a", "L1", 2), ("b", "L1", 2)]
    assert [(line.order_id, line.units, line.promised) for line in came_to.waiting] == [("b", 1, a_window(16, 22))]
    assert ranges(came_to.promises) == {"b": (16, 22)}
    page = came_to.availability
    assert (page.state, page.available_to_sell, page.max_orderable) == ("backorder", 0, 4)


def test_units_that_nobody_waits_for_are_for_sale() -> None:
    page = decided(queue=in_line(1), lots=[a_lot(units=4)]).availability
    assert (page.state, page.available_to_sell) == ("in_stock", 3)


def test_lots_that_a_new_customer_could_not_have_are_not() -> None:
    lots = [a_lot("short", 4, expires=10)]
    assert decided(lots=lots, min_life_days=5).availability.state == "out_of_stock"
    assert decided(lots=lots, min_life_days=2).availability.state == "in_stock"


def test_the_day_that_ships_next_decides_what_lives_long_enough() -> None:
    """On Monday before the cut-off it is Monday."""
    lots, line = [a_lot(expires=9)], a_waiting(min_life_days=1)
    assert decided(queue=[line], lots=lots).grants
    after = decide(Facts([line], lots, [], EVERY_DAY), MONDAY.replace(hour=16))
    assert not after.grants


def test_what_may_not_be_back_ordered_still_serves_who_waits() -> None:
    came_to = decided(queue=in_line(1), supplies=[a_truck()], backorderable=False)
    assert ranges(came_to.promises) == {"a": (16, 22)}
    assert came_to.availability.state == "out_of_stock"
