"""An order that names no node goes where it can ship first, as the page over all nodes says."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.allocations import LineAllocated
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.promises import BackorderPromised
from shared.contracts.settings import Routing
from shared.testing.builders import (
    MONDAY,
    a_day,
    a_line,
    a_merchant,
    a_node,
    a_product,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from tests.integration.allocation.conftest import Desk


async def two_nodes(desk: Desk, routing: Routing = "first", nodes: Sequence[str] = ()) -> None:
    """Let ams be the hub, and ber the other node; both have shown a page of the tee and the mug."""
    await desk.know("TEE-M", "MUG")
    await desk.hear(a_node("ber", zone="UTC"), a_merchant(version=2, routing=routing, nodes=nodes))
    for node in ("ams", "ber"):
        await desk.hear(*(an_inbound(sku=sku, node=node) for sku in ("TEE-M", "MUG")))


async def stock(desk: Desk, node: str, units: int, sku: str = "TEE-M") -> None:
    """Put units into stock at a node."""
    await desk.hear(landed(units, sku=sku, supply_id=None).model_copy(update={"node": node}))


async def went_to(desk: Desk) -> dict[tuple[str, str], str]:
    """Return the node of each order line."""
    rows = await desk.admin.fetch("select order_id, line_id, node from lines")
    return {(row["order_id"], row["line_id"]): row["node"] for row in rows}


async def whole_page(desk: Desk) -> AvailabilityChanged:
    """Return what the page of the tee shows over all nodes."""
    pages: list[AvailabilityChanged] = await desk.told(AvailabilityChanged, "TEE-M")
    return pages[-1]


def anywhere(order_id: str, *lines: Any, minute: int = 0) -> Any:
    return an_order(order_id, *lines, node=None, completed_at=MONDAY + timedelta(minutes=minute))


async def test_an_order_without_a_node_goes_to_the_node_that_has_it_in_stock(desk: Desk) -> None:
    await two_nodes(desk)
    await stock(desk, "ber", 10)
    assert (await whole_page(desk)).state == "in_stock"
    await desk.hear(anywhere("o1"))
    (allocated,) = await desk.told(LineAllocated)
    assert allocated.lines[0].node == "ber"


async def test_the_last_unit_elsewhere_goes_to_the_first_of_one_batch_and_the_next_waits_where_it_ships_first(
    desk: Desk,
) -> None:
    await two_nodes(desk)
    await desk.hear(an_inbound(a_supply(earliest=10, latest=11), version=2))
    await stock(desk, "ber", 1)
    await desk.hear(anywhere("second", minute=1), anywhere("first"))
    assert await went_to(desk) == {("first", "1"): "ber", ("second", "1"): "ams"}
    (waits,) = await desk.told(BackorderPromised)
    assert (waits.order_id, waits.lines[0].after.latest.day) == ("second", 11)


async def test_who_waits_gets_the_range_that_the_page_over_all_nodes_shows(desk: Desk) -> None:
    await two_nodes(desk)
    await desk.hear(an_inbound(a_supply(earliest=15, latest=16), version=2))
    await desk.hear(an_inbound(a_supply(earliest=11, latest=12), node="ber", version=2))
    page = await whole_page(desk)
    await desk.hear(anywhere("o1"))
    (waits,) = await desk.told(BackorderPromised)
    assert (waits.lines[0].node, waits.lines[0].after) == ("ber", page.breaks[0].ships)


async def test_an_order_of_several_skus_goes_where_all_of_it_ships_first(desk: Desk) -> None:
    await two_nodes(desk)
    await stock(desk, "ber", 5)
    await stock(desk, "ams", 5)
    await stock(desk, "ams", 5, "MUG")
    await desk.hear(anywhere("o1", a_line(), a_line("2", "MUG")))
    assert set((await went_to(desk)).values()) == {"ams"}


@pytest.mark.parametrize(
    ("routing", "nodes", "node"),
    [
        ("hub", (), "ams"),
        ("first", (), "ber"),
        ("first", ("ams",), "ams"),
        ("cheapest", ("ber", "ams"), "ber"),
    ],
)
async def test_a_merchant_says_which_nodes_ship(desk: Desk, routing: Routing, nodes: Sequence[str], node: str) -> None:
    await two_nodes(desk, routing, nodes)
    await stock(desk, "ber", 5)
    page = await whole_page(desk)
    await desk.hear(anywhere("o1"))
    assert await went_to(desk) == {("o1", "1"): node}
    assert page.state == ("in_stock" if node == "ber" else "out_of_stock")


async def test_the_cheapest_node_that_has_all_gets_the_order_though_another_has_it_too(desk: Desk) -> None:
    await two_nodes(desk, "cheapest", ("ber", "ams"))
    await stock(desk, "ams", 5)
    await stock(desk, "ber", 2)
    await desk.hear(anywhere("small", a_line(units=2)), anywhere("large", a_line(units=3), minute=1))
    assert await went_to(desk) == {("small", "1"): "ber", ("large", "1"): "ams"}


async def test_another_rule_changes_the_page_over_all_nodes(desk: Desk) -> None:
    await two_nodes(desk)
    await stock(desk, "ber", 5)
    assert (await whole_page(desk)).available_to_sell == 5
    await desk.hear(a_merchant(version=3, routing="hub"))
    await desk.decide_due()
    page = await whole_page(desk)
    assert (page.state, page.available_to_sell) == ("out_of_stock", 0)


async def test_an_order_that_names_its_node_goes_there(desk: Desk) -> None:
    await two_nodes(desk)
    await stock(desk, "ber", 5)
    await desk.hear(an_order("o1", node="ams"), anywhere("o2"))
    assert await went_to(desk) == {("o1", "1"): "ams", ("o2", "1"): "ber"}


async def test_a_sku_that_nothing_is_known_of_waits_at_the_hub(desk: Desk) -> None:
    await desk.know()
    await desk.hear(a_node("ber", zone="UTC"), a_product("NEW"), anywhere("o1", a_line(sku="NEW")))
    assert await went_to(desk) == {("o1", "1"): "ams"}


async def test_a_bundle_goes_where_its_components_are(desk: Desk) -> None:
    await two_nodes(desk)
    await desk.hear(an_inbound(a_supply(earliest=10, latest=11), version=2))
    await stock(desk, "ber", 1)
    await desk.hear(a_product("KIT", components=[{"sku": "TEE-M", "units": 1}]))
    await desk.decide_due()
    await desk.hear(anywhere("o1"), anywhere("k1", a_line(sku="KIT"), minute=1))
    nodes = {order: node for (order, _), node in (await went_to(desk)).items()}
    assert nodes == {"o1": "ber", "k1": "ams"}


async def test_an_order_for_a_later_day_takes_nothing_from_the_next(desk: Desk) -> None:
    await two_nodes(desk)
    await stock(desk, "ber", 1)
    later = an_order("gated", node=None, ship_not_before=a_day(20))
    await desk.hear(later, anywhere("o2", minute=1))
    assert (await went_to(desk))["o2", "1"] == "ber"


async def test_a_line_that_no_node_has_leaves_the_choice_to_the_others(desk: Desk) -> None:
    await two_nodes(desk)
    await stock(desk, "ber", 5)
    await desk.hear(anywhere("o1", a_line(), a_line("2", "MUG")))
    assert set((await went_to(desk)).values()) == {"ber"}


async def test_alternatives_over_all_nodes_are_in_stock_where_orders_go(desk: Desk) -> None:
    await desk.know("TEE-M", "TEE-L", group="tee")
    await desk.hear(a_node("ber", zone="UTC"), a_merchant(version=2, routing="hub"))
    await desk.hear(an_inbound(), an_inbound(sku="TEE-L"))
    await stock(desk, "ber", 5, "TEE-L")
    await desk.decide_due()
    assert (await whole_page(desk)).alternatives == ()
