"""What comes before its cause waits for it, and then all is as if it had come in order."""

from collections.abc import Sequence

import pytest

from shared.contracts.fields import Fact
from shared.testing.builders import (
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

NODE, MERCHANT, PRODUCT = a_node(zone="UTC"), a_merchant(), a_product()
INBOUND, ORDER, DROPPED = (
    an_inbound(a_supply(units=9)),
    an_order("o1", a_line(units=3)),
    an_inbound(version=2, after_sequence=2),
)
FIRST, SECOND, THIRD = landed(1, 1), landed(1, 2), landed(1, 3)
KEY = "TEE-M|ams"

# What comes, one batch each, and what must be waited for at the end of it; the last is what was missing.
EARLY: dict[str, tuple[Sequence[Fact], Sequence[str], Fact]] = {
    "order before product": ((NODE, MERCHANT, ORDER), ("sku:TEE-M",), PRODUCT),
    "order before merchant": ((NODE, PRODUCT, ORDER), ("merchant:acme",), MERCHANT),
    "order before node": ((MERCHANT, PRODUCT, ORDER), ("node:ams",), NODE),
    "stock before product": ((NODE, MERCHANT, FIRST), ("sku:TEE-M",), PRODUCT),
    "stock before node": ((PRODUCT, MERCHANT, FIRST), ("node:ams",), NODE),
    "inbound before product": ((NODE, MERCHANT, INBOUND), ("sku:TEE-M",), PRODUCT),
    "inbound before node": ((PRODUCT, MERCHANT, INBOUND), ("node:ams",), NODE),
    "stock with a gap": ((NODE, MERCHANT, PRODUCT, ORDER, FIRST, THIRD), (f"stock:{KEY}:2",), SECOND),
    "two after a gap": ((NODE, PRODUCT, THIRD, SECOND), (f"stock:{KEY}:2", f"stock:{KEY}:1"), FIRST),
    "drop before its stock": ((NODE, MERCHANT, PRODUCT, INBOUND, FIRST, DROPPED), (f"stock:{KEY}:2",), SECOND),
    "all before product": ((NODE, MERCHANT, THIRD, FIRST, ORDER, INBOUND, SECOND), ("sku:TEE-M",) * 5, PRODUCT),
}


@pytest.mark.parametrize("case", EARLY)
async def test_an_event_that_is_too_early_waits_and_ends_the_same(desk: Desk, case: str) -> None:
    before, waits, missing = EARLY[case]
    for fact in before:
        await desk.hear(fact)
    assert sorted(await desk.parked()) == sorted(waits)
    await desk.hear(missing)
    assert (await desk.parked(), await desk.dead()) == ([], []), "what it waited for wakes it"
    ended = await essence(desk)

    await desk.empty()
    for fact in in_order([*before, missing]):
        await desk.hear(fact)
    assert await essence(desk) == ended


LIFE = (NODE, MERCHANT, PRODUCT, INBOUND, ORDER, FIRST, SECOND, THIRD, DROPPED)


def in_order(facts: Sequence[Fact]) -> list[Fact]:
    return sorted(facts, key=LIFE.index)


async def essence(desk: Desk) -> list[list[tuple[object, ...]]]:
    """Return units and promises; not how many steps led there."""
    statements = (
        "select sku, node, stock_sequence, inbound_version, on_hand, allocated, waiting_units from positions",
        "select sku, lot, on_hand, allocated from lots",
        "select supply_id, is_listed, expected, stocked from supplies",
        "select order_id, line_id, units, shipped from lines",
        "select order_id, line_id, lot, sum(on_floor) from releases group by order_id, line_id, lot",
        "select order_id, line_id, units, earliest, latest from queue",
    )
    return [sorted(map(tuple, await desk.admin.fetch(statement)), key=str) for statement in statements]


async def stock(desk: Desk) -> tuple[int, int]:
    """Return the sequence up to which news was applied, and the units on hand."""
    ((sequence, on_hand),) = await desk.admin.fetch("select stock_sequence, on_hand from positions")
    return sequence, on_hand


async def test_a_wave_with_a_gap_is_applied_up_to_it(desk: Desk) -> None:
    await desk.hear(NODE, PRODUCT, landed(1, 4), landed(2, 2), landed(4, 1), landed(8, 5))
    assert await stock(desk) == (2, 6)
    assert sorted(await desk.parked()) == [f"stock:{KEY}:3", f"stock:{KEY}:4"]
    await desk.hear(landed(16, 3))
    assert await stock(desk) == (5, 31)
    assert await desk.parked() == []


async def test_an_order_of_several_unknown_skus_waits_for_each(desk: Desk) -> None:
    await desk.hear(NODE, MERCHANT, a_product("A"))
    await desk.hear(an_order("o1", a_line("1", "A"), a_line("2", "B"), a_line("3", "C")))
    assert await desk.parked() == ["sku:B"]
    await desk.hear(a_product("B"))
    assert await desk.parked() == ["sku:C"]
    assert await desk.waiting() == [], "an order joins whole"
    await desk.hear(a_product("C"))
    assert [name for name, _, _ in await desk.waiting()] == ["o1"] * 3


async def test_an_order_that_names_its_node_needs_no_merchant(desk: Desk) -> None:
    await desk.hear(NODE, PRODUCT, an_order("o1", node="ams"))
    assert [name for name, _, _ in await desk.waiting()] == ["o1"]


async def test_orders_that_waited_are_served_in_the_order_of_the_queue(desk: Desk) -> None:
    await desk.hear(NODE, MERCHANT, landed(1, 1, supply_id=None))
    late = ORDER.completed_at.replace(hour=9)
    await desk.hear(an_order("second", completed_at=late))
    await desk.hear(an_order("first"))
    await desk.hear(PRODUCT)
    assert [name for name, _, _ in await desk.waiting()] == ["second"]


async def test_two_thousand_events_in_one_batch(desk: Desk) -> None:
    skus = [f"S{n}" for n in range(100)]
    await desk.hear(NODE, MERCHANT, *(a_product(sku) for sku in skus))
    orders = [an_order(f"o{n:04}", a_line("1", skus[n % 100]), a_line("2", skus[n % 7])) for n in range(1500)]
    stock = [landed(1, sequence, sku=sku) for sequence in range(1, 6) for sku in skus]
    await desk.hear(*orders[:750], *stock, *orders[750:])
    assert (await desk.parked(), await desk.dead()) == ([], [])
    assert await desk.admin.fetchval("select sum(on_floor) from releases") == 500
    assert await desk.admin.fetchval("select sum(units) from queue") == 2500
