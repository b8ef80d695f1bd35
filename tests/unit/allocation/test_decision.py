"""What a change of a position comes to."""

from collections.abc import Sequence
from datetime import datetime

from services.allocation.domain.availability import OpenSupply, PageFacts, page_of
from services.allocation.domain.boundaries import Mark
from services.allocation.domain.decision import Decision
from services.allocation.domain.line import WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import for_sale
from services.allocation.domain.page import Page
from services.allocation.domain.release import releases
from services.allocation.domain.ship_together import allocate
from services.allocation.domain.supply import Supply
from shared.testing.builders import MONDAY
from tests.unit.allocation.kept_queue import Kept
from tests.unit.allocation.queues import EVERY_DAY, a_lot, a_truck, a_waiting, in_line, ranges, still_waiting, who_got

TEES = ("TEE-M", "ams")


def decided(
    queue: Sequence[WaitingLine] = (),
    lots: Sequence[FreeLot] = (),
    *supplies: Supply,
    now: datetime = MONDAY,
    min_life_days: int = 0,
    backorderable: bool = True,
) -> tuple[Decision, Page]:
    """Return all that the handlers decide when these lines join, and what the page shows then."""
    day = EVERY_DAY.next_shipping_day(now)
    grants = allocate(queue, lots, day)
    kept = Kept()
    promises = kept.promises(supplies, *still_waiting(queue, grants), first=day)
    end = kept.mark(None)
    free = for_sale(lots, grants, min_life_days, day)
    coming = [OpenSupply(supply.units, supply.ready) for supply in supplies]
    page = page_of(PageFacts(free, end.units, coming, backorderable), EVERY_DAY, now)
    return Decision(releases({TEES: grants}, {})[TEES], promises, end), page


def got(came_to: Decision) -> list[tuple[str, str, int]]:
    return who_got([grant for release in came_to.releases for grant in release.grants])


def test_free_units_serve_the_queue_trucks_the_rest_and_the_remainder_is_for_sale() -> None:
    came_to, page = decided(in_line(2, 3), [a_lot(units=4)], a_truck(units=5))
    assert got(came_to) == [("a", "L1", 2), ("b", "L1", 2)]
    assert [(promise.line.order_id, promise.line.units) for promise in came_to.promises] == [("b", 1)]
    assert (ranges(came_to.promises), came_to.end) == ({"b": (16, 22)}, Mark(None, 1, 1))
    assert (page.state, page.available_to_sell, page.max_orderable) == ("backorder", 0, 4)


def test_a_lines_units_of_several_lots_are_counted_together() -> None:
    came_to, _ = decided(in_line(2, 3), [a_lot("1", 3), a_lot("2", 1)])
    assert got(came_to) == [("a", "1", 2), ("b", "1", 1), ("b", "2", 1)]
    assert [release.units for release in came_to.releases] == [2, 2]
    assert (came_to.units, came_to.whole) == (4, {("a", "1")})


def test_units_that_nobody_waits_for_are_for_sale() -> None:
    _, page = decided(in_line(1), [a_lot(units=4)])
    assert (page.state, page.available_to_sell) == ("in_stock", 3)


def test_lots_that_a_new_customer_could_not_have_are_not() -> None:
    lots = [a_lot("short", 4, expires=10)]
    assert decided((), lots, min_life_days=5)[1].state == "out_of_stock"
    assert decided((), lots, min_life_days=2)[1].state == "in_stock"


def test_the_next_shipping_day_decides_which_lots_live_long_enough() -> None:
    """On Monday before the cut-off it is Monday."""
    lots, line = [a_lot(expires=9)], a_waiting(min_life_days=1)
    assert decided([line], lots)[0].releases
    assert not decided([line], lots, now=MONDAY.replace(hour=16))[0].releases


def test_a_sku_that_may_not_be_back_ordered_still_serves_waiting_lines() -> None:
    came_to, page = decided(in_line(1), (), a_truck(), backorderable=False)
    assert ranges(came_to.promises) == {"a": (16, 22)}
    assert page.state == "out_of_stock"
