"""What changes of an ordered bundle changes for all its components; its page shows what all of them allow."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.allocations import AllocationRevoked, LineCancelled, LineDeclined, StopRequested
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import (
    LinePriorityChanged,
    LineSwapped,
    OrderHeld,
    OrderLineCancelled,
    OrderLineChanged,
    OrderUnheld,
    Shown,
)
from shared.contracts.promises import BackorderPromised, PromiseWithdrawn
from shared.contracts.shipments import StopAnswered
from shared.testing.builders import MONDAY, a_line, a_product, an_order, landed
from tests.integration.allocation.bundles.test_bundles import a_bundle, a_kit, comes, promised, released, said
from tests.integration.allocation.conftest import Desk


@pytest.fixture
async def camp(desk: Desk) -> Desk:
    """Return a desk that knows kits of a tent and two mats."""
    await desk.know("TENT", "MAT")
    await desk.hear(a_bundle())
    return desk


async def lines(desk: Desk) -> dict[str, int]:
    """Return units that wait, by order and line."""
    return {
        f"{row['order_id']}:{row['line_id']}": row["units"]
        for row in await desk.admin.fetch("select order_id, line_id, units from queue order by order_id, line_id")
    }


async def page(desk: Desk, sku: str = "KIT") -> tuple[Any, ...]:
    """Return state, units for sale, most that may be ordered, and the last day of each break."""
    await desk.decide_due()
    announced = (await desk.told(AvailabilityChanged, f"{sku}|ams"))[-1]
    breaks = [(row.up_to_units, row.ships.latest.day) for row in announced.breaks]
    return (announced.state, announced.available_to_sell, announced.max_orderable, breaks)


async def test_more_bundles_wait_as_a_line_of_their_own(camp: Desk) -> None:
    await camp.hear(a_kit())
    await camp.hear(OrderLineChanged(**said(), line_id="1", units=3, new_line_id="1b"))
    assert await lines(camp) == {"o1:1/MAT": 2, "o1:1/TENT": 1, "o1:1b/MAT": 4, "o1:1b/TENT": 2}
    assert await promised(camp) == [("1", 1, 1, None), ("1b", 1, 2, None)]


async def test_fewer_bundles_are_a_cancel(camp: Desk) -> None:
    await camp.hear(a_kit(units=3))
    await camp.hear(OrderLineChanged(**said(), line_id="1", units=1))
    assert await lines(camp) == {"o1:1/MAT": 2, "o1:1/TENT": 1}
    (event,) = await camp.told(LineCancelled)
    assert [(line.line_id, line.units, line.left) for line in event.lines] == [("1", 2, 1)]


async def test_a_bundle_is_swapped_for_a_plain_article_and_back(camp: Desk) -> None:
    await camp.hear(a_product("HAT"), a_kit(units=2))
    await camp.hear(LineSwapped(**said(1), line_id="1", new_line_id="2", sku="HAT", unit_price=5))
    assert await lines(camp) == {"o1:2": 2}
    await camp.hear(LineSwapped(**said(2), line_id="2", new_line_id="3", sku="KIT", unit_price=5))
    assert await lines(camp) == {"o1:3/MAT": 4, "o1:3/TENT": 2}
    assert [line for line, *_ in await promised(camp)] == ["1", "2", "3"]


async def test_a_swap_for_a_bundle_waits_until_its_component_is_known(camp: Desk) -> None:
    await camp.hear(a_bundle("PAN", POT=1), an_order("o1", a_line("1", "TENT")))
    await camp.hear(LineSwapped(**said(), line_id="1", new_line_id="2", sku="PAN", unit_price=5))
    assert await camp.parked() == ["sku:POT", "sku:PAN"]
    await camp.hear(a_product("POT"))
    await camp.retry()
    await camp.retry()
    assert await lines(camp) == {"o1:2/POT": 1}


async def test_all_components_of_a_moved_bundle_move(camp: Desk) -> None:
    await camp.hear(a_kit("o1"), a_kit("o2", completed_at=MONDAY + timedelta(minutes=1)))
    earlier = MONDAY - timedelta(hours=1)
    await camp.hear(LinePriorityChanged(**said(order="o2"), line_id="1", queue_at=earlier, by="kim", reason="a call"))
    assert [order for order, *_ in await camp.waiting()] == ["o2", "o1", "o2", "o1"]


async def test_a_component_is_not_cancelled_without_its_bundle(camp: Desk) -> None:
    await camp.hear(a_kit())
    await camp.hear(OrderLineCancelled(**said(), line_id="1/MAT", units=1))
    (event,) = await camp.told(ExceptionChanged)
    assert event.facts["todo"] == "line 1/MAT is a component of line 1: name that"
    assert await lines(camp) == {"o1:1/MAT": 2, "o1:1/TENT": 1}


async def test_a_held_bundle_keeps_its_place_and_ships_whole_later(camp: Desk) -> None:
    await camp.hear(a_kit(), OrderHeld(**said(1), kind="fraud"))
    await camp.hear(landed(5, sku="TENT", supply_id=None), landed(5, sku="MAT", supply_id=None))
    assert await released(camp) == []
    await camp.hear(OrderUnheld(**said(2), kind="fraud"))
    await camp.decide_due()
    assert await released(camp) == [{"1/TENT": 1, "1/MAT": 2}]


async def test_a_released_bundle_is_cancelled_once_the_floor_stopped_every_component(camp: Desk) -> None:
    await camp.hear(a_kit())
    await camp.hear(landed(5, sku="TENT", supply_id=None), landed(5, sku="MAT", supply_id=None))
    await camp.decide_due()
    await camp.hear(OrderLineCancelled(**said(), line_id="1", units=1))
    stops = {stop.lines[0].line_id: stop for stop in await camp.told(StopRequested)}
    assert {line: stop.lines[0].units for line, stop in stops.items()} == {"1/TENT": 1, "1/MAT": 2}

    for line, stop in stops.items():
        assert await camp.told(LineCancelled) == []
        answer = {"order_id": "o1", "stop_id": stop.stop_id, "line_id": line, "units": stop.lines[0].units}
        await camp.hear(StopAnswered(**answer, stopped=True, answered_at=MONDAY))
    (event,) = await camp.told(LineCancelled)
    assert [(line.line_id, line.units, line.left) for line in event.lines] == [("1", 1, 0)]


async def test_a_lost_component_makes_the_bundle_wait_again(camp: Desk) -> None:
    await camp.hear(a_kit())
    await camp.hear(landed(1, sku="TENT", supply_id=None), landed(2, sku="MAT", supply_id=None))
    await camp.decide_due()
    await camp.hear(landed(-1, 2, sku="TENT", supply_id=None, reason="count"))

    (event,) = await camp.told(AllocationRevoked)
    (lost,) = event.lines
    assert (lost.line_id, lost.bundle.line_id, lost.bundle.line_version, lost.bundle.units) == ("1/TENT", "1", 3, 1)
    assert await promised(camp, PromiseWithdrawn) == [("1", 4, 1, None)]
    await camp.hear(landed(1, 3, sku="TENT", supply_id=None))
    await camp.decide_due()
    assert await released(camp) == [{"1/TENT": 1, "1/MAT": 2}, {"1/TENT": 1}]


async def test_a_bundle_shown_out_of_stock_is_declined_as_one_line(camp: Desk) -> None:
    await camp.hear(landed(5, sku="MAT", supply_id=None))
    shown = Shown(state="out_of_stock")
    await camp.hear(an_order("o1", a_line("1", "KIT", shown=shown)))
    (event,) = await camp.told(LineDeclined)
    assert [(line.line_id, line.sku, line.units) for line in event.lines] == [("1", "KIT", 1)]
    assert (await camp.told(BackorderPromised), await lines(camp)) == ([], {})

    await camp.hear(landed(1, sku="TENT", supply_id=None))
    await camp.hear(an_order("o2", a_line("1", "KIT", shown=shown)))
    assert len(await camp.told(LineDeclined)) == 1


async def test_as_many_bundles_are_for_sale_as_every_component_has(camp: Desk) -> None:
    await camp.hear(landed(5, sku="MAT", supply_id=None))
    assert await page(camp) == ("out_of_stock", 0, 0, [])
    await camp.hear(landed(3, sku="TENT", supply_id=None))
    assert await page(camp) == ("in_stock", 2, 2, [(2, 8)])
    await camp.hear(an_order("o1", a_line("1", "MAT", 4)))
    assert await page(camp) == ("out_of_stock", 0, 0, [])


async def test_a_bundle_that_must_wait_ships_when_its_latest_component_does(camp: Desk) -> None:
    await camp.hear(comes("TENT", 2, 10), comes("MAT", 8, 12))
    assert await page(camp) == ("backorder", 0, 2, [(2, 12)])
    await camp.hear(comes("MAT", 8, 16, version=2))
    assert await page(camp) == ("backorder", 0, 2, [(2, 16)])
    await camp.hear(a_product("KIT", version=2, packs=(), backorderable=False, components=a_bundle().components))
    assert await page(camp) == ("out_of_stock", 0, 0, [])


async def test_a_bundle_shows_over_all_nodes_as_at_its_node(camp: Desk) -> None:
    await camp.hear(landed(4, sku="MAT", supply_id=None), landed(1, sku="TENT", supply_id=None))
    await camp.decide_due()
    rolled = (await camp.told(AvailabilityChanged, "KIT"))[-1]
    assert (rolled.state, rolled.available_to_sell) == ("in_stock", 1)


async def test_a_bundle_that_is_new_has_a_page_as_soon_as_its_components_have(desk: Desk) -> None:
    await desk.know("TENT", "MAT")
    await desk.hear(landed(4, sku="MAT", supply_id=None), landed(4, sku="TENT", supply_id=None))
    await desk.hear(a_bundle())
    assert await page(desk) == ("in_stock", 2, 2, [(2, 8)])


async def test_components_that_move_and_land_at_once_leave_one_range_and_one_release(camp: Desk) -> None:
    """Two transactions, of which neither sees what the other wrote before it has the bundle to itself."""
    await camp.hear(comes("TENT", 9, 10), comes("MAT", 18, 10))
    await camp.hear(*(a_kit(f"o{n}") for n in range(5)))
    for version in range(2, 8):
        days = (10 + version, 18 - version)
        trucks = (comes("TENT", 9, days[0], version=version), comes("MAT", 18, days[1], version=version))
        await asyncio.gather(*(camp.hear(truck) for truck in trucks))
        await camp.check()
    await asyncio.gather(
        *(camp.hear(landed(9 * n, sku=sku, supply_id=None)) for n, sku in enumerate(("TENT", "MAT"), 1))
    )
    await camp.decide_due()
    assert await released(camp) == [{"1/TENT": 1, "1/MAT": 2}] * 5
