"""What will serve those who wait: each supply in its turn, none on a day that has passed."""

from dataclasses import replace
from datetime import datetime

from services.allocation.domain.boundaries import Boundaries, Boundary, Mark
from services.allocation.domain.facts import PositionFacts, days_of
from services.allocation.domain.outlook import Outlook, outlook
from services.allocation.domain.position import Position
from services.allocation.domain.product import Product
from services.allocation.domain.promise import IN_STOCK
from services.allocation.domain.reorder import REORDER, UNLIMITED
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window
from shared.testing.builders import MONDAY, a_day
from tests.unit.allocation.queues import WEEKDAYS, a_truck, a_window

TEES = ("TEE", "ams")
TUESDAY = MONDAY.replace(day=9)
NOWHERE: Boundaries = {"latest": [], "earliest": []}
LATE = "it is overdue, and nobody has said when it comes"


def comes(
    *announced: Supply,
    waiting: int = 0,
    idle: int = 0,
    lead_time_days: int | None = None,
    on_time_share: int | None = None,
    reorder: Window | None = None,
    before: Boundaries = NOWHERE,
    now: datetime = MONDAY,
) -> Outlook:
    """Return what comes for tees at a node that works on weekdays."""
    product = Product("TEE", "acme", True, 0, lead_time_days=lead_time_days, on_time_share=on_time_share)
    position = Position("TEE", "ams", 1, 0, 0, 0, None, (0, 0, 0), 0, reorder=reorder)
    calendars = {"ams": WEEKDAYS}
    known = PositionFacts({TEES: position}, {"TEE": product}, calendars, {}, days_of(calendars, now))
    return outlook(known, TEES, now, "us", announced, Mark(None, waiting, waiting), idle, before)


def test_supplies_that_are_in_time_stay_as_they_were_announced() -> None:
    truck = a_truck("asn-1", 5, 16, 22)
    assert comes(truck, waiting=5, lead_time_days=3) == Outlook([truck], [], None)


def test_a_window_that_has_passed_is_given_again_and_says_who_moved_it_and_why() -> None:
    late, on_time = a_truck("asn-1", 5, 4, 5), a_truck("asn-2", 5, 16, 22)
    moved = replace(late, ready=a_window(8, 15), reason=LATE, cause="us/overdue/asn-1/2027-03-08")
    assert comes(late, on_time) == Outlook([moved, on_time], [moved], None)


def test_rework_that_takes_long_says_so() -> None:
    assert comes(a_truck("rework/2027-03-01", 5, 2, 5)).moved[0].reason == "rework takes longer than it should"


def test_what_has_landed_may_be_as_late_as_it_likes() -> None:
    landed = a_truck("asn-1", 0, 4, 5)
    assert comes(landed) == Outlook([landed], [], None)


def test_units_in_stock_for_lines_that_may_not_have_them_yet_are_ready_since_they_were_kept() -> None:
    (kept,) = comes(idle=3, now=TUESDAY).supplies
    assert kept == Supply(IN_STOCK, 3, a_window(9, 9), "", "it is in stock")
    ends = Boundary(IN_STOCK, a_day(10), 3, Mark(None, 3, 1))
    before: Boundaries = {"latest": [ends], "earliest": [Boundary(IN_STOCK, a_day(8), 3, Mark(None, 3, 1))]}
    assert comes(idle=3, before=before, now=TUESDAY).supplies[0].ready == a_window(8, 10)


def test_units_in_stock_that_could_not_ship_yet_are_given_other_days() -> None:
    ends = [Boundary(IN_STOCK, a_day(5), 3, Mark(None, 3, 1))]
    (kept,) = comes(idle=3, before={"latest": ends, "earliest": ends}).moved
    assert (kept.ready, kept.reason) == (a_window(8, 15), "it is in stock, but could not ship yet")


def test_what_nothing_serves_will_be_ordered_and_comes_last() -> None:
    truck = a_truck("asn-1", 5, 16, 30)
    came = comes(truck, waiting=6, lead_time_days=3)
    assert came.reorder == a_window(11, 24)
    assert came.supplies == [
        truck, Supply(REORDER, UNLIMITED, a_window(16, 30), "", "it will be ordered again"),
    ]  # fmt: skip
    assert comes(truck, waiting=6).supplies == [truck], "nobody knows how long it takes"
    assert comes(truck, waiting=6, lead_time_days=3, on_time_share=79).supplies == [truck], "its supplier is late"
    assert comes(truck, waiting=8, idle=3, lead_time_days=3).reorder is None, "what is in stock serves them"


def test_a_reorder_keeps_the_days_that_were_said_first_until_they_have_passed() -> None:
    first = a_window(10, 23)
    assert comes(waiting=1, lead_time_days=3, reorder=first).reorder == first
    late = comes(waiting=1, lead_time_days=3, reorder=a_window(1, 5))
    assert late.reorder == a_window(11, 24)
    assert [supply.reason for supply in late.moved] == ["nothing has been ordered yet"]
    forgotten = comes(waiting=1, reorder=a_window(1, 5))
    assert forgotten.reorder == a_window(8, 15), "its lead time is not known any more"
