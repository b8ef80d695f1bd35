"""Ranges are in the order of the queue: what those before a line hold, it holds, too."""

from dataclasses import replace
from typing import Final

import pytest

from services.allocation.domain.boundaries import Boundary, Mark
from services.allocation.domain.held import HeldDays
from services.allocation.domain.promise import HeldRange, PromiseTerms, promise
from services.allocation.domain.supply import IN_STOCK, SupplyKey
from shared.testing.builders import a_day
from tests.unit.allocation.queues import THE_8TH, WEEKDAYS, a_waiting, a_window

TERMS = PromiseTerms(WEEKDAYS, THE_8TH)
NEAR: Final[SupplyKey] = ("inbound", "near")
FAR: Final[SupplyKey] = ("inbound", "far")


def ending(supply: SupplyKey, ready: int, units: int, lines: int, *, last: bool = False) -> Boundary:
    """Return a supply that ends after so many lines of one unit, or at the end of the queue."""
    place = None if last else a_waiting(minute=lines).place
    return Boundary(supply, a_day(ready), units, Mark(place, lines, lines))


def held(*rows: Boundary, terms: PromiseTerms = TERMS) -> HeldDays:
    return HeldDays({"latest": rows, "earliest": []}, terms)


def test_padding_of_a_truck_is_held_by_its_lines_and_by_all_behind_it() -> None:
    days = held(ending(NEAR, 16, 1, 1), ending(FAR, 17, 9, 3, last=True))
    days.pad(NEAR)
    assert days.of(NEAR).padding == 2
    assert days.of(FAR) == HeldRange(a_day(18))
    line = promise(a_waiting(), a_window(15, 17), 0, FAR, TERMS, days.of(FAR))
    assert (line.after, line.unpadded) == (a_window(15, 18), a_window(15, 17))


def test_the_floors_loads_of_a_truck_are_held_by_who_waits_for_the_next() -> None:
    terms = replace(TERMS, calendar=replace(WEEKDAYS, orders_per_day=10))
    days = held(ending(NEAR, 15, 25, 25), ending(FAR, 16, 9, 30, last=True), terms=terms)
    assert days.of(FAR).until == a_day(17), "the 25th order of Monday's truck"


@pytest.mark.parametrize(("units", "until"), [(1, 16), (2, None)])
def test_who_joins_ships_after_those_whose_truck_is_used_up(units: int, until: int | None) -> None:
    days = held(ending(NEAR, 16, units, 1, last=True), ending(FAR, 17, 9, 1, last=True))
    assert days.at_the_end == (a_day(until) if until else HeldRange().until)


def test_units_in_stock_and_lines_without_supply_hold_up_nobody() -> None:
    days = held(ending(IN_STOCK, 16, 1, 1), ending(FAR, 17, 9, 3, last=True))
    days.pad(IN_STOCK)
    days.pad(None)
    assert days.of(IN_STOCK).padding == 0
    assert days.of(FAR) == days.of(None) == HeldRange()


def test_nobody_is_made_to_say_yes_by_what_others_hold() -> None:
    line = a_waiting(shown_ship_by=a_day(17).replace(month=2))
    held_longer = promise(line, a_window(15, 17), 0, FAR, TERMS, HeldRange(a_day(26)))
    assert held_longer.after == a_window(15, 19), "thirty days after the day shown"
