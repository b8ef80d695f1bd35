"""What is accepted of new customers, what their page shows, and that it is told only when it shows something else."""

from datetime import timedelta
from typing import Any

from shared.contracts.allocations import LineAllocated, LineDeclined
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import LineSwapped, OrderLineChanged, Shown
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import (
    MONDAY,
    a_day,
    a_line,
    a_node,
    a_product,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from tests.integration.allocation.conftest import Desk, set_clock


async def pages(desk: Desk, sku: str = "TEE-M", node: str = "ams") -> list[Any]:
    return await desk.told(AvailabilityChanged, f"{sku}|{node}")


async def page(desk: Desk, sku: str = "TEE-M", node: str = "ams") -> tuple[str, int, int]:
    """Return state, units for sale and most that can be ordered, as told last."""
    last = (await pages(desk, sku, node))[-1]
    return last.state, last.available_to_sell, last.max_orderable


def a_policy(version: int = 1, **fields: Any) -> PolicyUpserted:
    return PolicyUpserted(**{"merchant": "acme", "version": version, **fields})


def shown(state: str) -> Shown:
    return Shown.model_validate({"state": state})


async def test_no_more_may_wait_than_the_cap_says(desk: Desk) -> None:
    await desk.know()
    await desk.hear(a_policy(cap_units=5), an_inbound(a_supply(units=100)))
    await desk.hear(an_order("o1", a_line(units=3)))
    assert await page(desk) == ("backorder", 0, 2)
    await desk.hear(an_order("o2", a_line(units=4)), an_order("o3", a_line(units=2)))
    assert await page(desk) == ("out_of_stock", 0, 0)
    assert [(order_id, units) for order_id, units, _ in await desk.waiting()] == [("o1", 3), ("o3", 2)]
    (event,) = await desk.told(LineDeclined)
    assert (event.order_id, event.lines[0].reason) == ("o2", "no more of it can be ordered for now")


async def test_no_more_units_of_a_line_and_no_swap_may_wait_beyond_the_cap(desk: Desk) -> None:
    await desk.know("TEE-M", "ALT")
    await desk.hear(a_policy(cap_units=5), an_inbound(a_supply(units=100)), an_inbound(a_supply(units=100), sku="ALT"))
    await desk.hear(an_order("o1", a_line(units=3)), an_order("o2", a_line(sku="ALT", units=3)))
    more = {"changed_at": MONDAY, "line_id": "1"}
    await desk.hear(OrderLineChanged(order_id="o1", change_no=1, units=6, **more))
    await desk.hear(LineSwapped(order_id="o2", change_no=1, sku="TEE-M", new_line_id="2", unit_price=1900, **more))
    assert sorted((order, units) for order, units, _ in await desk.waiting()) == [("o1", 3), ("o2", 3)]
    refused = {event.subject: event.facts["todo"] for event in await desk.told(ExceptionChanged)}
    assert set(refused) == {"o1", "o2"}
    assert set(refused.values()) == {"no more of it may wait (cap_units): ask for fewer units, or later"}

    await desk.hear(OrderLineChanged(order_id="o1", change_no=2, units=5, **more))
    assert sum(units for order, units, _ in await desk.waiting() if order == "o1") == 5


async def test_of_many_orders_at_once_only_as_many_wait_as_the_cap_says(desk: Desk) -> None:
    await desk.know("TEE-M", "ALT", group="tee")
    await desk.hear(a_policy(cap_units=5), an_inbound(a_supply(units=100)), landed(1, sku="ALT", supply_id=None))
    await desk.hear(*(an_order(f"o{number:02}") for number in range(40)))
    await desk.hear(*(an_order(f"p{number:02}") for number in range(22)))
    assert [order_id for order_id, _, _ in await desk.waiting()] == ["o00", "o01", "o02", "o03", "o04"]
    declined = await desk.told(LineDeclined)
    assert len(declined) == 57
    assert {event.lines[0].alternatives for event in declined} == {("ALT",)}


async def test_a_supply_beyond_the_longest_wait_is_not_sold_yet(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=7, earliest=22, latest=25)))
    assert await page(desk) == ("out_of_stock", 0, 0)

    await set_clock(desk.admin, MONDAY + timedelta(days=2))
    await desk.decide_due()
    assert await page(desk) == ("out_of_stock", 0, 0)
    await set_clock(desk.admin, MONDAY + timedelta(days=3))
    await desk.decide_due()
    assert await page(desk) == ("backorder", 0, 7)


async def test_a_purchase_order_without_history_counts_from_the_day_it_may_be_ready_first(desk: Desk) -> None:
    await desk.know()
    await desk.hear(
        an_inbound(a_supply(units=7, earliest=10, latest=24, basis="purchase_order", reliable_on=a_day(10)))
    )
    assert await page(desk) == ("backorder", 0, 7)
    await desk.hear(an_order("o1"))
    assert await desk.waiting() == [("o1", 1, (10, 24))]
    await desk.hear(an_inbound(a_supply(units=7, earliest=24, latest=31, reliable_on=a_day(10)), version=2))
    assert await page(desk) == ("out_of_stock", 0, 0), "never before the supply may be ready"


async def test_units_of_an_unreliable_supplier_are_promised_but_not_sold_ahead(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=7, on_time_share=79)))
    assert await page(desk) == ("out_of_stock", 0, 0)
    await desk.hear(an_order("o1"))
    assert await desk.waiting() == [("o1", 1, (16, 22))]

    await desk.hear(an_inbound(a_supply(units=7, on_time_share=80), version=2))
    assert await page(desk) == ("backorder", 0, 6)


async def test_a_line_shown_out_of_stock_is_declined_with_alternatives_and_the_order_goes_on(
    desk: Desk,
) -> None:
    await desk.know()
    await desk.hear(
        a_product("RED-M", group="tee", price=1000, attributes={"colour": "red", "size": "M"}),
        a_product("RED-L", group="tee", price=1000, attributes={"colour": "red", "size": "L"}),
        a_product("BLUE-L", group="tee", price=1000, attributes={"colour": "blue", "size": "L"}),
        a_product("BLUE-M", group="tee", price=1500, attributes={"colour": "blue", "size": "M"}),
        a_product("OUT-M", group="tee", price=1000, attributes={"colour": "red", "size": "M"}),
    )
    await desk.hear(*(landed(5, sku=sku, supply_id=None) for sku in ("TEE-M", "RED-L", "BLUE-L", "BLUE-M")))
    out = shown("out_of_stock")
    await desk.hear(an_order("o1", a_line("1", "RED-M", 2, shown=out), a_line("2", "TEE-M", shown=shown("in_stock"))))

    (event,) = await desk.told(LineDeclined)
    (line,) = event.lines
    assert (event.order_id, line.line_id, line.line_version, line.units) == ("o1", "1", 1, 2)
    assert line.alternatives == ("RED-L", "BLUE-M", "BLUE-L"), "fewest other attributes, then the nearest price"
    (allocated,) = await desk.told(LineAllocated)
    assert [line.line_id for line in allocated.lines] == ["2"]
    assert await desk.waiting() == []


async def test_a_line_shown_out_of_stock_is_served_if_stock_came_since(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(2, supply_id=None))
    out = shown("out_of_stock")
    await desk.hear(an_order("o1", a_line(units=2, shown=out)), an_order("o2", a_line(shown=out)))
    assert [event.order_id for event in await desk.told(LineAllocated)] == ["o1"]
    assert [event.order_id for event in await desk.told(LineDeclined)] == ["o2"]


async def test_alternatives_are_those_in_stock(desk: Desk) -> None:
    await desk.know("A", "B", group="tee")
    await desk.hear(an_inbound(sku="A"))
    assert [(announced.state, announced.alternatives) for announced in await pages(desk, "A")] == [("out_of_stock", ())]
    await desk.hear(landed(1, sku="B", supply_id=None))
    await desk.decide_due()
    await desk.hear(an_order("o1", a_line("1", "B")))
    await desk.decide_due()
    assert [announced.alternatives for announced in await pages(desk, "A")] == [(), ("B",), ()]
    assert [event.alternatives for event in await desk.told(AvailabilityChanged, "A")] == [(), ("B",), ()]


async def test_a_page_is_announced_only_when_it_changes(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(5, supply_id=None), an_inbound(a_supply(units=10)))
    before = len(await pages(desk))
    await desk.hear(landed(3, 2), landed(-3, 3, supply_id=None, reason="count"))  # came and went in one batch
    await desk.hear(an_inbound(a_supply(units=10, reason="another reason", cause="edi/other"), version=2))
    await set_clock(desk.admin, MONDAY + timedelta(days=1))
    await desk.hear(an_inbound(a_supply(units=10), version=3))  # what was ready on Monday ships on Tuesday, by itself
    assert len(await pages(desk)) == before + 1, "three units came off the truck, which brings as many fewer"
    announced = (await pages(desk))[-1]
    assert (announced.breaks[0].up_to_units, announced.ships_by) == (5, a_day(8))
    assert announced.valid_until == MONDAY.replace(hour=16)


async def test_a_sku_over_its_nodes_shows_the_best_state_and_all_units_at_a_version_of_its_own(desk: Desk) -> None:
    await desk.know()
    await desk.hear(a_node(node="nyc", zone="America/New_York"))
    await desk.hear(an_inbound(a_supply(units=3)))
    await desk.hear(landed(4, supply_id=None).model_copy(update={"node": "nyc"}))
    await desk.hear(landed(2, supply_id=None))

    whole = await desk.told(AvailabilityChanged, "TEE-M")
    assert [
        (announced.node, announced.version, announced.state, announced.available_to_sell, announced.max_orderable)
        for announced in whole
    ] == [
        (None, 1, "backorder", 0, 3),
        (None, 2, "in_stock", 4, 4),
        (None, 3, "in_stock", 6, 5),
    ]


async def test_a_state_does_not_flicker_because_time_passed(desk: Desk) -> None:
    """The merchant sells two weeks ahead; at midnight a page that had just closed would open again."""
    await desk.know()
    await set_clock(desk.admin, MONDAY + timedelta(hours=15))
    await desk.hear(an_inbound(a_supply(units=7, earliest=22, latest=23)))
    await set_clock(desk.admin, MONDAY + timedelta(days=1))
    await desk.decide_due()
    assert await page(desk) == ("out_of_stock", 0, 0), "it has stood for less than a day"
    await set_clock(desk.admin, MONDAY + timedelta(days=1, hours=15))
    await desk.decide_due()
    assert await page(desk) == ("backorder", 0, 7)


async def test_a_policy_holds_at_once_for_open_positions(desk: Desk) -> None:
    await desk.know("TEE-M", "OWN")
    await desk.hear(a_policy(sku="OWN", cap_units=4))
    await desk.hear(an_inbound(a_supply(units=10)), an_inbound(a_supply(units=10), sku="OWN"))
    await desk.hear(a_policy(cap_units=3))
    await desk.decide_due()
    assert await page(desk) == ("backorder", 0, 3)
    assert await page(desk, "OWN") == ("backorder", 0, 4)
    await desk.hear(a_policy(2, backorderable=False))
    await desk.decide_due()
    assert await page(desk) == ("out_of_stock", 0, 0)


async def test_a_product_that_may_not_be_back_ordered_any_more_closes_its_page(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=10)))
    await desk.hear(a_product(version=2, backorderable=False))
    await desk.decide_due()
    assert await page(desk) == ("out_of_stock", 0, 0)


async def test_a_holiday_moves_the_dates_of_pages(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=10)))
    await desk.hear(a_node(zone="UTC", version=2, holidays=frozenset({a_day(22)})))
    await desk.decide_due()
    assert [announced.ships_by for announced in await pages(desk)] == [a_day(22), a_day(23)]


async def test_units_that_are_kept_from_sale_still_serve_those_who_wait(desk: Desk) -> None:
    """A shop keeps five for its floor: they are on no page, and yet nobody waits while they lie there."""
    await desk.know()
    await desk.hear(a_policy(buffer_units=5), an_order("waits", a_line(units=4)), landed(11, supply_id=None))
    assert await page(desk) == ("in_stock", 2, 2)
    assert await desk.waiting() == []
    await desk.hear(an_order("o1", a_line(units=2, shown=shown("in_stock"))))
    assert await page(desk) == ("out_of_stock", 0, 0)
    await desk.hear(an_order("o2", a_line(shown=shown("out_of_stock"))))
    (event,) = await desk.told(LineDeclined)
    assert (event.order_id, event.lines[0].reason) == ("o2", "it was shown to be out of stock")
    await desk.hear(a_policy(version=2))
    await desk.decide_due()
    assert await page(desk) == ("in_stock", 5, 5)
