"""What nothing serves yet, but is reliably ordered again, is promised in one honest range until an order is there."""

from datetime import timedelta

from shared.contracts.availability import AvailabilityChanged
from shared.contracts.orders import OrderLineCancelled
from shared.contracts.promises import BackorderPromised, PromiseMoved
from shared.testing.builders import MONDAY, a_line, a_product, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import Desk, set_clock


async def replenished(desk: Desk, *orders: str) -> None:
    """Make a SKU known that takes five working days to come, and place orders for a unit each."""
    await desk.know("TEE-M", lead_time_days=5, supplier_id="mills")
    for n, name in enumerate(orders):
        await desk.hear(an_order(name, completed_at=MONDAY + timedelta(minutes=n)))


async def moved(desk: Desk) -> list[str]:
    return [event.order_id for event in await desk.told(PromiseMoved)]


async def test_a_line_without_a_supply_is_promised_the_lead_time(desk: Desk) -> None:
    await replenished(desk, "o1")
    assert await desk.waiting() == [("o1", 1, (15, 26))], "five working days, and nine more"
    (event,) = await desk.told(BackorderPromised)
    assert (event.lines[0].supply_id, event.lines[0].reason) == (None, "an order was placed")


async def test_the_window_of_a_reorder_is_fixed_when_it_is_first_used(desk: Desk) -> None:
    await replenished(desk, "o1")
    await set_clock(desk.admin, MONDAY + timedelta(days=3))
    await desk.hear(an_order("o2", completed_at=MONDAY + timedelta(days=3)))
    assert await desk.waiting() == [("o1", 1, (15, 26)), ("o2", 1, (15, 26))]
    assert await moved(desk) == []


async def test_a_real_purchase_order_takes_over_its_lines_and_moves_nobody_twice(desk: Desk) -> None:
    await replenished(desk, "o1", "o2", "o3")
    await desk.hear(an_inbound(a_supply("po/1", 2, 12, 24, basis="purchase_order")))
    assert await moved(desk) == ["o1", "o2"]
    assert await desk.waiting() == [("o1", 1, (12, 24)), ("o2", 1, (12, 24)), ("o3", 1, (15, 26))]
    await desk.hear(landed(2, supply_id="po/1"))
    await desk.hear(an_inbound(version=2, after_sequence=1))
    assert await moved(desk) == ["o1", "o2"], "who waits for what is not ordered yet hears nothing of it"
    await desk.hear(an_inbound(a_supply("po/2", 5, 29, 30, basis="purchase_order"), version=3))
    assert await moved(desk) == ["o1", "o2", "o3"]
    assert await desk.admin.fetchval("select count(*) from supplies where kind = 'reorder'") == 0


async def test_a_later_line_is_never_promised_an_earlier_date(desk: Desk) -> None:
    await replenished(desk, "o1", "o2")
    await desk.hear(an_inbound(a_supply("po/1", 1, 22, 30, basis="purchase_order")))
    assert await desk.waiting() == [("o1", 1, (22, 30)), ("o2", 1, (22, 30))]


async def test_a_window_that_nobody_uses_any_more_is_forgotten(desk: Desk) -> None:
    await replenished(desk, "o1")
    await desk.hear(OrderLineCancelled(order_id="o1", change_no=1, changed_at=MONDAY, line_id="1", units=1))
    await set_clock(desk.admin, MONDAY + timedelta(days=1))
    await desk.hear(an_order("o2"))
    assert await desk.waiting() == [("o2", 1, (16, 29))]


async def test_an_overdue_reorder_is_promised_as_if_ordered_today(desk: Desk) -> None:
    await replenished(desk, "o1")
    await set_clock(desk.admin, MONDAY.replace(day=26, hour=15))
    await desk.decide_due()
    assert await moved(desk) == []
    await set_clock(desk.admin, MONDAY.replace(day=26, hour=16))
    await desk.decide_due()
    (event,) = await desk.told(PromiseMoved)
    after = event.lines[0].after
    assert (after.earliest.isoformat(), after.latest.isoformat()) == ("2027-04-02", "2027-04-15")
    assert event.lines[0].reason == "nothing has been ordered yet"


async def test_an_unreliable_supplier_gives_no_date(desk: Desk) -> None:
    await desk.know("TEE-M", lead_time_days=5, supplier_id="mills")
    await desk.hear(a_product("OTHER"), an_inbound(a_supply(on_time_share=79), sku="OTHER"))
    await desk.hear(an_order("o1"))
    assert await desk.waiting() == [("o1", 1, None)]


async def test_a_lead_time_that_becomes_known_dates_waiting_lines_once(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1"))
    assert await desk.waiting() == [("o1", 1, None)]
    await desk.hear(a_product(version=2, lead_time_days=5))
    await desk.decide_due()
    assert await desk.waiting() == [("o1", 1, (15, 26))]
    assert await moved(desk) == ["o1"]


async def test_a_reorder_is_sold_ahead_within_the_longest_wait(desk: Desk) -> None:
    """As any other supply: within the merchant's longest wait."""
    await desk.know("TEE-M", lead_time_days=1)
    await desk.know("FAR", lead_time_days=5)
    await desk.hear(an_order("o1", a_line("1", "TEE-M"), a_line("2", "FAR")))
    near, far = [(await desk.told(AvailabilityChanged, f"{sku}|ams"))[-1] for sku in ("TEE-M", "FAR")]
    assert (near.state, near.max_orderable > 1000, near.ships_by.day) == ("backorder", True, 22)
    assert (far.state, far.max_orderable) == ("out_of_stock", 0)
