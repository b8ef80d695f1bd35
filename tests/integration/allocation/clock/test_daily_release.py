"""The floor gets as many orders of those that waited as it can ship in a day, oldest first; stock covers them all."""

import asyncio
from datetime import datetime, timedelta

from services.allocation.handlers.clock import due
from shared.contracts.allocations import AllocationRevoked, BackorderReleased, LineAllocated
from shared.contracts.orders import OrderHeld, OrderLineCancelled, OrderUnheld
from shared.contracts.promises import PromiseMoved, PromiseWithdrawn
from shared.testing.builders import MONDAY, a_day, a_line, a_node, a_product, an_order, landed
from shared.testing.stock import counted, shorted
from tests.integration.allocation.conftest import Desk, set_clock


async def waiting(desk: Desk, *names: str, per_day: int = 2, sku: str = "TEE-M") -> None:
    """Let orders of a unit each wait, complete one after the other, at a node with a limit."""
    await desk.know(sku)
    await desk.hear(a_node(zone="UTC", version=2, orders_per_day=per_day))
    await desk.hear(*(an_order(name, a_line(sku=sku), completed_at=order(n)) for n, name in enumerate(names)))


def order(n: int) -> datetime:
    return MONDAY - timedelta(hours=9) + timedelta(minutes=n)


async def at(desk: Desk, day: int, hour: int = 8) -> None:
    await set_clock(desk.admin, MONDAY.replace(day=day, hour=hour))
    await desk.decide_due()


async def released(desk: Desk) -> list[str]:
    return [event.order_id for event in await desk.told(BackorderReleased)]


async def test_more_than_a_day_ships_is_covered_at_once_and_goes_in_day_loads_oldest_first(desk: Desk) -> None:
    await waiting(desk, "a", "b", "c", "d", "e")
    await desk.hear(landed(5, supply_id=None))
    assert await released(desk) == ["a", "b"]
    assert await desk.covered() == [(name, 1, "load") for name in "cde"]
    assert await desk.waiting() == [("c", 1, (9, 9)), ("d", 1, (9, 9)), ("e", 1, (9, 10))], "two of each day"
    await at(desk, 8, 17)
    assert await released(desk) == ["a", "b"], "the load of Tuesday goes on Tuesday"
    await at(desk, 9)
    assert await released(desk) == ["a", "b", "c", "d"]
    await at(desk, 9, 15)
    assert await released(desk) == ["a", "b", "c", "d"]
    await at(desk, 10)
    assert await released(desk) == ["a", "b", "c", "d", "e"]
    assert await desk.waiting() == []


async def test_no_load_goes_on_a_weekend_or_a_holiday(desk: Desk) -> None:
    await waiting(desk, "a", "b", per_day=1)
    await desk.hear(a_node(zone="UTC", version=3, orders_per_day=1, holidays=frozenset({a_day(15)})))
    await set_clock(desk.admin, MONDAY.replace(day=12))
    await desk.hear(landed(2, supply_id=None))
    for day in (13, 14, 15):
        await at(desk, day)
        assert await released(desk) == ["a"]
    await at(desk, 16)
    assert await released(desk) == ["a", "b"]


async def test_an_older_order_that_joins_takes_nothing_from_those_that_stock_covers(desk: Desk) -> None:
    await waiting(desk, "a", "b", per_day=1)
    await desk.hear(landed(2, supply_id=None))
    await desk.hear(an_order("older", completed_at=MONDAY - timedelta(days=1)))
    await desk.hear(landed(1, 2, supply_id=None, reason="count"))
    assert await released(desk) == ["a"]
    await at(desk, 9)
    await at(desk, 10)
    assert await released(desk) == ["a", "b", "older"]


async def test_several_skus_of_a_node_share_its_load_and_an_order_counts_once(desk: Desk) -> None:
    await desk.know("A", "B")
    await desk.hear(a_node(zone="UTC", version=2, orders_per_day=2))
    await desk.hear(an_order("o1", a_line("1", "A"), a_line("2", "B"), max_shipments=1))
    await desk.hear(an_order("o2", a_line("1", "B"), completed_at=MONDAY + timedelta(minutes=1)))
    await desk.hear(an_order("o3", a_line("1", "A"), completed_at=MONDAY + timedelta(minutes=2)))
    await desk.hear(landed(2, sku="A", supply_id=None), landed(2, sku="B", supply_id=None))
    await desk.decide_due()
    assert sorted(await released(desk)) == ["o1", "o2"]
    await at(desk, 9)
    assert sorted(await released(desk)) == ["o1", "o2", "o3"]


async def test_an_order_served_from_stock_takes_no_place_in_a_load(desk: Desk) -> None:
    await waiting(desk, "a", "b", per_day=1)
    await desk.hear(landed(3, supply_id=None))
    await desk.hear(an_order("new"))
    assert [event.order_id for event in await desk.told(LineAllocated)] == ["new"]
    assert await desk.covered() == [("b", 1, "load")]
    await at(desk, 9)
    assert await released(desk) == ["a", "b"]


async def test_lost_units_are_taken_from_the_last_that_stock_covers(desk: Desk) -> None:
    await waiting(desk, "a", "b", "c", per_day=1)
    await desk.hear(landed(3, supply_id=None))
    await desk.hear(counted(-1, 2))
    assert await desk.told(AllocationRevoked) == [], "nobody was given any of them"
    assert await desk.covered() == [("b", 1, "load")]
    assert [event.order_id for event in await desk.told(PromiseMoved)][-1:] == ["c"]
    await at(desk, 9)
    await at(desk, 10)
    assert await released(desk) == ["a", "b"]


async def test_a_shorted_line_takes_the_units_of_a_younger_one_that_is_not_released(desk: Desk) -> None:
    await waiting(desk, *"abcdefghij", per_day=4)
    await desk.hear(landed(10, 1, supply_id=None))
    assert await released(desk) == ["a", "b", "c", "d"]
    await desk.hear(shorted(1, 2, "a"))
    assert (await desk.covered())[0] == ("a", 1, "load"), "the oldest is served first, always"
    assert [order for order, *_ in await desk.covered()] == ["a", "e", "f", "g", "h", "i"]
    assert [event.order_id for event in await desk.told(PromiseWithdrawn)] == ["j"]
    await at(desk, 9)
    await at(desk, 10)
    assert (await released(desk))[4:] == ["a", "e", "f", "g", "h", "i"]


async def test_a_covered_line_whose_day_passes_is_promised_anew_before(desk: Desk) -> None:
    await waiting(desk, "a", "b", per_day=1)
    await desk.hear(landed(2, 1, supply_id=None))
    assert await desk.waiting() == [("b", 1, (9, 9))]
    await desk.admin.execute("insert into day_loads values ('ams', '2027-03-09', 1), ('ams', '2027-03-10', 1)")
    await at(desk, 9, 16)
    assert await desk.waiting() == [("b", 1, (11, 11))]


async def test_a_covered_order_that_is_held_or_cancelled_leaves_its_place_to_the_next(desk: Desk) -> None:
    await waiting(desk, "a", "b", "c", "d", per_day=1)
    await desk.hear(landed(4, supply_id=None))
    fields = {"change_no": 1, "changed_at": MONDAY}
    await desk.hear(OrderHeld(order_id="b", **fields, kind="fraud"))
    await desk.hear(OrderLineCancelled(order_id="c", **fields, line_id="1", units=1))
    await at(desk, 9)
    assert await released(desk) == ["a", "d"]
    await desk.hear(OrderUnheld(order_id="b", change_no=2, changed_at=MONDAY, kind="fraud"))
    await at(desk, 10)
    assert await released(desk) == ["a", "d", "b"]


async def test_a_limit_that_is_lifted_lets_everyone_go(desk: Desk) -> None:
    await waiting(desk, "a", "b", "c", per_day=1)
    await desk.hear(landed(3, supply_id=None))
    await desk.hear(a_node(zone="UTC", version=3))
    await desk.decide_due()
    assert sorted(await released(desk)) == ["a", "b", "c"]


async def test_receipts_of_many_skus_at_once_never_fill_a_load_beyond_its_limit(desk: Desk) -> None:
    skus = [f"S{n}" for n in range(12)]
    await desk.know(*skus)
    await desk.hear(a_node(zone="UTC", version=2, orders_per_day=5))
    await desk.hear(*(an_order(sku, a_line(sku=sku)) for sku in skus))
    await asyncio.gather(*(desk.hear(landed(1, sku=sku, supply_id=None)) for sku in skus), due.decide_once(desk.worker))
    assert len(await released(desk)) == 5
    assert await desk.admin.fetchval("select orders from day_loads") == 5
    await at(desk, 9)
    await at(desk, 10)
    assert sorted(await released(desk)) == sorted(skus)


async def test_a_load_that_is_worked_twice_goes_once(desk: Desk) -> None:
    await waiting(desk, "a", "b", "c", per_day=1)
    await desk.hear(landed(3, supply_id=None))
    await set_clock(desk.admin, MONDAY.replace(day=9))
    await asyncio.gather(*(due.decide_once(desk.worker) for _ in range(3)))
    await desk.decide_due()
    assert await released(desk) == ["a", "b"]
    await desk.hear(a_product(version=2, price=5))
    await desk.decide_due()
    assert await released(desk) == ["a", "b"]
