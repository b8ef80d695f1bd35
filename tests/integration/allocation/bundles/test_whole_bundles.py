"""A line of several bundles gets the whole ones that the parts make, before any later order, and never half of one."""

from datetime import timedelta
from typing import Any

from shared.contracts.allocations import BackorderReleased, LineAllocated
from shared.contracts.orders import LinePriorityChanged, OrderLineCancelled
from shared.contracts.promises import PromiseMoved, PromiseWithdrawn
from shared.testing.builders import MONDAY, a_line, a_node, a_product, an_order, landed
from shared.testing.stock import a_movement, adjusted
from tests.integration.allocation.bundles.test_bundles import a_bundle, a_kit, camp, comes, promised, released, said
from tests.integration.allocation.conftest import Desk, set_clock
from tests.integration.allocation.orders.test_exceptions import DAY

__all__ = ["camp"]
LATER: dict[str, Any] = {"completed_at": MONDAY + timedelta(minutes=1)}


def lands(sku: str, units: int, number: int = 1) -> Any:
    return landed(units, number, sku=sku, supply_id=None)


async def kits_gone(desk: Desk) -> list[tuple[str, int]]:
    """Return order and kits of every release."""
    events = [*await desk.told(LineAllocated), *await desk.told(BackorderReleased)]
    return [(event.order_id, max(line.bundle.units for line in event.lines)) for event in events]


async def test_as_many_kits_as_the_parts_make_go_at_once_and_the_rest_keeps_its_place(camp: Desk) -> None:
    await camp.hear(a_kit("o1", 3), a_kit("o2", 1, **LATER))
    await camp.hear(lands("MAT", 9), lands("TENT", 2))
    await camp.decide_due()
    assert await released(camp) == [{"1/TENT": 2, "1/MAT": 4}]
    assert await kits_gone(camp) == [("o1", 2)]

    await camp.hear(lands("TENT", 2, 2))
    await camp.decide_due()
    assert await kits_gone(camp) == [("o1", 2), ("o1", 1), ("o2", 1)]
    await camp.check()


async def test_a_new_order_gets_the_whole_kits_that_are_in_stock_and_waits_for_the_others(camp: Desk) -> None:
    await camp.hear(comes("TENT", 5, 30))
    await camp.hear(lands("MAT", 9), lands("TENT", 2))
    await camp.hear(a_kit("o1", 3))
    (event,) = await camp.told(LineAllocated)
    assert {line.line_id: (line.units, line.bundle.units) for line in event.lines} == {
        "1/TENT": (2, 2), "1/MAT": (4, 2),
    }  # fmt: skip
    assert [(units, day) for _, _, units, day in await promised(camp)] == [(1, 30)]


async def test_parts_that_make_no_kit_go_to_the_next_in_line(camp: Desk) -> None:
    await camp.hear(comes("TENT", 5, 30))
    await camp.hear(a_kit("o1", 3), an_order("o2", a_line("1", "MAT", 4), **LATER))
    await camp.hear(lands("TENT", 1), lands("MAT", 6))
    await camp.decide_due()
    gone = [
        (event.order_id, line.line_id, line.units)
        for event in await camp.told(BackorderReleased)
        for line in event.lines
    ]
    assert sorted(gone) == [("o1", "1/MAT", 2), ("o1", "1/TENT", 1), ("o2", "1", 4)]


async def test_parts_are_kept_for_kits_whose_rest_is_promised_soon(camp: Desk) -> None:
    await camp.hear(comes("TENT", 3, 10))
    await camp.hear(a_kit("o1", 3), an_order("o2", a_line("1", "MAT", 6), **LATER))
    await camp.hear(lands("TENT", 1), lands("MAT", 6))
    await camp.decide_due()
    assert await kits_gone(camp) == [("o1", 1)]
    assert await camp.covered() == [("o1", 4, "rest")]

    await camp.hear(landed(2, 2, sku="TENT", supply_id="TENT-truck"))
    await camp.decide_due()
    assert await kits_gone(camp) == [("o1", 1), ("o1", 2)]
    assert await camp.covered() == []
    await camp.check()


async def test_a_part_that_the_floor_does_not_find_is_all_that_its_kit_waits_for(camp: Desk) -> None:
    await camp.hear(a_kit("o1", 3))
    await camp.hear(lands("MAT", 6), lands("TENT", 2))
    await camp.decide_due()
    short = a_movement(-1, "short", order_id="o1", line_id="1/TENT", lot=None)
    await camp.hear(adjusted(2, short, sku="TENT"))
    await camp.hear(lands("TENT", 1, 3))
    await camp.decide_due()
    assert await released(camp) == [{"1/TENT": 2, "1/MAT": 4}, {"1/TENT": 1}]
    assert await kits_gone(camp) == [("o1", 2), ("o1", 1)]
    await camp.check()


async def test_kits_that_wait_are_cancelled_first_and_those_on_the_floor_are_asked_for(camp: Desk) -> None:
    await camp.hear(comes("TENT", 5, 30), comes("MAT", 5, 30))
    await camp.hear(a_kit("o1", 3))
    await camp.hear(lands("MAT", 4), lands("TENT", 2))
    await camp.decide_due()
    await camp.hear(OrderLineCancelled(**said(), line_id="1", units=1))
    assert await camp.waiting() == []
    await camp.check()


async def test_a_slip_after_a_part_release_moves_the_kits_that_still_wait(camp: Desk) -> None:
    await camp.hear(comes("TENT", 5, 20))
    await camp.hear(a_kit("o1", 3))
    await camp.hear(lands("MAT", 9), lands("TENT", 2))
    await camp.decide_due()
    await camp.hear(comes("TENT", 5, 25, version=2))
    await camp.decide_due()
    assert [(line, units, day) for line, _, units, day in await promised(camp, PromiseMoved)][-1] == ("1", 1, 25)


async def test_whole_kits_wait_for_the_load_of_the_next_day(camp: Desk) -> None:
    await camp.hear(a_node(zone="UTC", version=2, orders_per_day=1))
    await camp.hear(a_kit("o1", 1), a_kit("o2", 3, **LATER))
    await camp.hear(lands("TENT", 3), lands("MAT", 8))
    await camp.decide_due()
    assert await kits_gone(camp) == [("o1", 1)]
    await set_clock(camp.admin, MONDAY + DAY)
    await camp.decide_due()
    assert await kits_gone(camp) == [("o1", 1), ("o2", 2)]
    await camp.check()


async def pairs(desk: Desk) -> None:
    """Make kits of one tent and one mat known."""
    await desk.know("TENT", "MAT")
    await desk.hear(a_bundle(TENT=1, MAT=1))


async def ranges(desk: Desk) -> list[tuple[str, str, int]]:
    """Return order, line and last day of every promise that moved or was withdrawn."""
    events = [*await desk.told(PromiseMoved), *await desk.told(PromiseWithdrawn)]
    return [(e.order_id, x.line_id, x.after.latest.day if x.after else 0) for e in events for x in e.lines]


async def test_what_is_left_of_a_part_and_covered_keeps_the_days_of_its_rest(desk: Desk) -> None:
    """A mat is not found, and another is in stock: one goes, one is kept for the tent that comes soon."""
    await pairs(desk)
    await desk.hear(comes("TENT", 3, 10))
    await desk.hear(a_kit("o1", 3))
    await desk.hear(lands("TENT", 2), lands("MAT", 5))
    await desk.decide_due()
    assert (await kits_gone(desk), await desk.covered()) == ([("o1", 2)], [("o1", 1, "rest")])
    before = await ranges(desk)
    short = a_movement(-1, "short", order_id="o1", line_id="1/MAT", lot=None)
    await desk.hear(adjusted(2, short, sku="MAT"))
    await desk.decide_due()
    assert (await released(desk))[-1] == {"1/MAT": 1}
    assert await desk.covered() == [("o1", 1, "rest")]
    assert await ranges(desk) == before
    await desk.check()


async def test_a_bundle_that_a_person_moves_ahead_takes_what_was_kept_for_others(desk: Desk) -> None:
    await pairs(desk)
    await desk.hear(a_product("HAT"), comes("HAT", 1, 10), comes("TENT", 9, 10), comes("MAT", 9, 15))
    older = an_order("o0", a_line("1", "MAT", 2), a_line("2", "TENT", 1), a_line("3", "HAT", 1), max_shipments=1)
    await desk.hear(older, a_kit("o1", 2, **LATER))
    await desk.hear(lands("MAT", 2), lands("TENT", 1))
    await desk.decide_due()
    assert {order for order, *_ in await desk.covered()} == {"o0"}
    at = MONDAY - timedelta(hours=1)
    await desk.hear(LinePriorityChanged(**said(), line_id="1", queue_at=at, by="kim", reason="a call"))
    await desk.decide_due()
    assert await desk.dead() == []
    assert ("o1", 1) in await kits_gone(desk)
    await desk.check()


async def test_a_part_that_stock_no_longer_covers_is_promised_from_what_comes(desk: Desk) -> None:
    """A count finds a mat less in the moment in which one of two tents lands."""
    await pairs(desk)
    await desk.hear(comes("TENT", 2, 10), comes("MAT", 9, 25))
    await desk.hear(a_kit("o1", 2))
    await desk.hear(an_order("o2", a_line("1", "MAT"), **LATER))
    await desk.hear(lands("MAT", 2))
    await desk.decide_due()
    assert await desk.covered() == [("o1", 2, "rest")]
    await desk.hear(adjusted(2, a_movement(-1, "count"), sku="MAT"), landed(1, sku="TENT", supply_id="TENT-truck"))
    await desk.decide_due()
    assert await kits_gone(desk) == [("o1", 1)]
    assert (await ranges(desk))[-1] == ("o1", "1", 25)
    await desk.check()
