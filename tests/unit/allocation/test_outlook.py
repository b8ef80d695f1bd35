"""What will serve those who wait: each supply in its turn, none on a day that has passed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.allocation.domain.boundaries import Boundaries, Boundary, Mark
from services.allocation.domain.facts import PositionFacts, days_of
from services.allocation.domain.outlook import FreeUnits, Outlook, outlook
from services.allocation.domain.position import Position
from services.allocation.domain.product import Product
from services.allocation.domain.reorder import UNLIMITED
from services.allocation.domain.supply import IN_STOCK, REORDER, Supply
from services.allocation.domain.window import Window
from shared.testing.builders import MONDAY, a_day
from tests.unit.allocation.queues import WEEKDAYS, a_truck, a_window

TEES = ("TEE", "ams")
TUESDAY = MONDAY.replace(day=9)
NOWHERE: Boundaries = {"latest": [], "earliest": []}
LATE = "it is overdue, and nobody has said when it comes"


def in_stock(units: int, ready: Window) -> Supply:
    return Supply("stock", units, ready, "", "it is in stock", kind="stock")


def a_reorder(ready: Window) -> Supply:
    return Supply("reorder", UNLIMITED, ready, "", "it will be ordered again", kind="reorder")


def comes(
    *found: Supply,
    waiting: int = 0,
    idle: int = 0,
    left: int = 0,
    lead_time_days: int | None = None,
    on_time_share: int | None = None,
    before: Sequence[Boundary] = (),
    now: datetime = MONDAY,
) -> Outlook:
    """Return what comes for tees at a node that works on weekdays."""
    product = Product("TEE", "acme", True, 0, lead_time_days=lead_time_days, on_time_share=on_time_share)
    position = Position("TEE", "ams", 1, 0, 0, 0, None, (0, 0, 0), 0)
    calendars = {"ams": WEEKDAYS}
    known = PositionFacts({TEES: position}, {"TEE": product}, calendars, {}, days_of(calendars, now))
    ends: Boundaries = {"latest": before, "earliest": before}
    return outlook(known, TEES, now, "us", found, Mark(None, waiting, waiting), FreeUnits(idle, left), ends)


def test_supplies_that_are_in_time_stay_as_they_were_announced() -> None:
    truck = a_truck("asn-1", 5, 16, 22)
    assert comes(truck, waiting=5, lead_time_days=3) == Outlook([truck], [], [], set(), [])


def test_a_window_that_has_passed_is_given_again_and_says_who_moved_it_and_why() -> None:
    late, on_time = a_truck("asn-1", 5, 4, 5), a_truck("asn-2", 5, 16, 22)
    moved = replace(late, ready=a_window(8, 15), reason=LATE, cause="us/overdue/asn-1/2027-03-08")
    assert comes(late, on_time) == Outlook([moved, on_time], [moved], [], set(), [])


def test_rework_that_takes_long_says_so() -> None:
    mending = replace(a_truck("rework/2027-03-01", 5, 2, 5), kind="rework")
    assert comes(mending).moved[0].reason == "rework takes longer than it should"


def test_what_has_landed_may_be_as_late_as_it_likes() -> None:
    landed = a_truck("asn-1", 0, 4, 5)
    assert comes(landed) == Outlook([landed], [], [], set(), [])


def test_units_in_stock_for_lines_that_may_not_have_them_yet_are_ready_since_they_were_kept() -> None:
    kept = in_stock(3, a_window(9, 9))
    assert comes(idle=3, waiting=3, now=TUESDAY) == Outlook([kept], [], [kept], set(), [])
    since_monday = in_stock(3, a_window(8, 10))
    assert comes(since_monday, idle=3, waiting=3, now=TUESDAY) == Outlook([since_monday], [], [], set(), [])
    fewer = in_stock(2, a_window(8, 10))
    assert comes(since_monday, idle=2, waiting=3, now=TUESDAY) == Outlook([fewer], [], [fewer], set(), [])


def test_units_in_stock_that_nobody_waits_for_are_no_supply() -> None:
    assert comes(idle=3) == Outlook([], [], [], set(), [])
    assert comes(in_stock(3, a_window(8, 10)), idle=3) == Outlook([], [], [], {IN_STOCK}, [])


def test_units_in_stock_that_could_not_ship_yet_are_given_other_days() -> None:
    came = comes(in_stock(3, a_window(5, 5)), idle=3, waiting=3)
    (moved,) = came.moved
    assert (moved.ready, moved.reason) == (a_window(8, 15), "it is in stock, but could not ship yet")
    assert came.kept == [moved]


def test_units_left_for_the_next_slice_count_with_the_supply_that_brought_them_or_as_in_stock() -> None:
    truck, stock = a_truck("asn-1", 2, 16, 22), in_stock(3, a_window(8, 10))
    ends = [Boundary(truck.key, a_day(22), 9, Mark(None, 9, 9))]
    assert comes(truck, stock, waiting=9, left=4, idle=7, before=ends).supplies == [replace(truck, units=3), stock]
    assert comes(truck, waiting=9, left=4, idle=7, before=ends).supplies == [replace(truck, units=6)]
    assert comes(truck, stock, waiting=9, left=3, idle=7, before=ends).supplies == [truck, stock]


def test_what_nothing_serves_will_be_ordered_and_comes_last() -> None:
    truck = a_truck("asn-1", 5, 16, 30)
    came = comes(truck, waiting=6, lead_time_days=3)
    assert came.kept == [a_reorder(a_window(11, 24))]
    assert came.supplies == [truck, a_reorder(a_window(16, 30))]
    assert comes(truck, waiting=6).supplies == [truck], "nobody knows how long it takes"
    assert comes(truck, waiting=6, lead_time_days=3, on_time_share=79).supplies == [truck], "its supplier is late"
    served = comes(truck, a_reorder(a_window(11, 24)), waiting=8, idle=3, lead_time_days=3)
    assert ([supply.kind for supply in served.supplies], served.gone) == (["inbound", "stock"], {REORDER})


def test_a_reorder_keeps_the_days_that_were_said_first_until_they_have_passed() -> None:
    first = a_reorder(a_window(10, 23))
    assert comes(first, waiting=1, lead_time_days=3) == Outlook([first], [], [], set(), [])
    late = comes(a_reorder(a_window(1, 5)), waiting=1, lead_time_days=3)
    (moved,) = late.moved
    assert (moved.ready, moved.reason) == (a_window(11, 24), "nothing has been ordered yet")
    assert late.kept == late.moved
    forgotten = comes(a_reorder(a_window(1, 5)), waiting=1)
    assert forgotten.kept[0].ready == a_window(8, 15), "its lead time is not known any more"


def test_a_truck_may_be_called_what_allocation_calls_its_own() -> None:
    trucks = [a_truck("stock", 2, 16, 22), a_truck("reorder", 2, 17, 23), a_truck("rework/2027-03-01", 1, 18, 24)]
    assert comes(*trucks, waiting=5) == Outlook(trucks, [], [], set(), [])
