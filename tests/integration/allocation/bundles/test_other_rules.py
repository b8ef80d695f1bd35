"""A bundle takes part in all else that orders do: support hears of it, day loads release it whole, swaps lead to it."""

from shared.contracts.allocations import BackorderReleased, LineCancelled
from shared.contracts.orders import LineSwapped, OrderSplit
from shared.testing.builders import MONDAY, a_line, a_node, a_product, an_order, landed
from tests.integration.allocation.bundles.test_bundles import a_bundle, a_kit, released, said
from tests.integration.allocation.conftest import Desk, set_clock
from tests.integration.allocation.orders.test_exceptions import DAY, exceptions
from tests.integration.allocation.orders.test_ship_together import minutes


async def know_kits(desk: Desk) -> None:
    await desk.know("TENT", "MAT")
    await desk.hear(a_bundle())


async def test_a_kit_passed_over_twice_is_offered_a_split_which_settles_it(desk: Desk) -> None:
    await know_kits(desk)
    await desk.hear(a_kit())
    for n in (1, 2):
        await desk.hear(an_order(f"x{n}", a_line("1", "TENT"), completed_at=MONDAY + minutes(n)))
        await desk.hear(landed(1, n, sku="TENT", supply_id=None))
    assert await exceptions(desk, "passed_over") == [("o1", 1, "open")]
    await desk.hear(OrderSplit(**said(), max_shipments=None))

    assert await exceptions(desk, "passed_over") == [("o1", 1, "open"), ("o1", 2, "settled")]


async def test_a_kit_that_is_whole_counts_as_one_order_of_a_days_load(desk: Desk) -> None:
    await know_kits(desk)
    await desk.hear(a_node(zone="UTC", version=2, orders_per_day=1))
    await desk.hear(a_kit("o1"), a_kit("o2", completed_at=MONDAY + minutes(1)))
    await desk.hear(landed(2, sku="TENT", supply_id=None), landed(4, sku="MAT", supply_id=None))
    await desk.decide_due()
    assert {event.order_id for event in await desk.told(BackorderReleased)} == {"o1"}
    await set_clock(desk.admin, MONDAY + DAY)
    await desk.decide_due()

    assert await released(desk) == [{"1/TENT": 1, "1/MAT": 2}] * 2
    await desk.check()


async def test_swaps_from_and_to_a_kit_name_the_lines(
    desk: Desk,
) -> None:
    await know_kits(desk)
    await desk.hear(a_product("HAT"), an_order("o1", a_line("1", "HAT", 2)))
    await desk.hear(LineSwapped(**said(1), line_id="1", new_line_id="2", sku="KIT", unit_price=5))
    await desk.hear(LineSwapped(**said(2), line_id="2", new_line_id="3", sku="HAT", unit_price=5))

    announced = [(x.line_id, x.units, x.new_line_id) for event in await desk.told(LineCancelled) for x in event.lines]
    assert announced == [("1", 2, "2"), ("2", 2, "3")]
    assert [row[:2] for row in await desk.waiting()] == [("o1", 2)]
