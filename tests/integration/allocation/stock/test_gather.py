"""A truck that is unloaded case by case makes one parcel of a line, not one of each case."""

from datetime import timedelta

from shared.contracts.allocations import BackorderReleased, LineAllocated
from shared.contracts.orders import OrderLineCancelled
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import MONDAY, a_line, a_node, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import AT_ONCE, Desk, set_clock


async def forty_wait(desk: Desk, units: int = 60) -> None:
    """Let a line of 40 wait for a truck."""
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=units)))
    await desk.hear(an_order("o1", a_line(units=40)))


async def at(desk: Desk, hour: int, minute: int, day: int = 8) -> None:
    """Let the leader work at a time of a day of March."""
    await set_clock(desk.admin, MONDAY.replace(day=day, hour=hour, minute=minute))
    await desk.decide_due()


async def parcels(desk: Desk) -> list[tuple[str, int]]:
    """Return what was released of each order, in the order in which it was."""
    return [(event.order_id, line.units) for event in await desk.told(BackorderReleased) for line in event.lines]


async def test_a_line_whose_units_land_case_by_case_is_released_once_it_is_whole(desk: Desk) -> None:
    await forty_wait(desk)
    for sequence in (1, 2, 3):
        await desk.hear(landed(12, sequence))
        assert await parcels(desk) == []
        assert await desk.covered() == [("o1", 12 * sequence, "truck")]
    await desk.hear(landed(12, 4))
    assert await parcels(desk) == [("o1", 40)]


async def test_what_landed_is_released_after_ten_minutes_and_the_next_cases_are_gathered_again(desk: Desk) -> None:
    await forty_wait(desk)
    await set_clock(desk.admin, MONDAY.replace(hour=9))
    await desk.hear(landed(12, 1))
    await set_clock(desk.admin, MONDAY.replace(hour=9, minute=5))
    await desk.hear(landed(12, 2))
    await at(desk, 9, 9)
    assert await parcels(desk) == []
    await at(desk, 9, 10)
    assert await parcels(desk) == [("o1", 24)]
    await desk.hear(landed(12, 3))
    assert await parcels(desk) == [("o1", 24)]
    await at(desk, 9, 20)
    assert await parcels(desk) == [("o1", 24), ("o1", 12)]


async def test_what_landed_is_released_with_the_last_unit_of_the_truck(desk: Desk) -> None:
    await forty_wait(desk, 24)
    await desk.hear(landed(12, 1))
    await desk.hear(landed(12, 2))
    assert await parcels(desk) == [("o1", 24)]


async def test_what_landed_is_released_when_the_truck_is_closed_short(desk: Desk) -> None:
    await forty_wait(desk, 60)
    await desk.hear(landed(12, 1))
    await desk.hear(an_inbound(version=2, after_sequence=1))
    assert await parcels(desk) == [("o1", 12)]


async def test_nothing_is_gathered_past_the_cut_off_of_the_day(desk: Desk) -> None:
    """The node cuts off at 16:00."""
    await forty_wait(desk)
    await set_clock(desk.admin, MONDAY.replace(hour=15, minute=55))
    await desk.hear(landed(12, 1))
    assert await parcels(desk) == []
    await at(desk, 15, 59)
    assert await parcels(desk) == [("o1", 12)]
    await desk.hear(landed(12, 2))
    assert await parcels(desk) == [("o1", 12), ("o1", 12)], "the floor can still ship it today"


async def test_nobody_else_gets_what_is_gathered_and_small_lines_go_at_once(desk: Desk) -> None:
    await forty_wait(desk)
    await desk.hear(an_order("o2", completed_at=MONDAY + timedelta(minutes=1)))
    await desk.hear(landed(12, 1))
    await desk.hear(an_order("o3", completed_at=MONDAY + timedelta(minutes=2)))
    assert await parcels(desk) == []
    await desk.hear(landed(29, 2))
    assert await parcels(desk) == [("o1", 40), ("o2", 1)]
    assert [order for order, *_ in await desk.waiting()] == ["o3"]


async def test_what_was_gathered_for_a_line_that_is_cancelled_goes_to_the_next(desk: Desk) -> None:
    await forty_wait(desk)
    await desk.hear(an_order("o2", a_line(units=3), completed_at=MONDAY + timedelta(minutes=1)))
    await desk.hear(landed(12, 1))
    await desk.hear(OrderLineCancelled(order_id="o1", line_id="1", change_no=1, changed_at=MONDAY, units=30))
    assert await parcels(desk) == [("o1", 10)]
    await desk.hear(landed(1, 2))
    assert await parcels(desk) == [("o1", 10), ("o2", 3)]


async def test_a_merchant_may_have_every_case_released_at_once(desk: Desk) -> None:
    await forty_wait(desk)
    await desk.hear(AT_ONCE, landed(12, 1))
    assert await parcels(desk) == [("o1", 12)]


async def test_units_that_are_freed_while_no_truck_is_unloaded_are_released_at_once(desk: Desk) -> None:
    await forty_wait(desk)
    await desk.hear(landed(12, 1, supply_id=None))
    assert await parcels(desk) == [("o1", 12)]


async def test_where_the_floor_takes_so_many_orders_a_day_the_oldest_goes_in_its_turn(desk: Desk) -> None:
    await desk.know("TEE-M", "MUG")
    await desk.hear(a_node(zone="UTC", version=2, orders_per_day=1))
    await desk.hear(an_inbound(a_supply(units=60)), an_inbound(a_supply("asn-2", 60), sku="MUG"))
    await desk.hear(an_order("zero", a_line(sku="MUG")))
    await desk.hear(an_order("old", a_line(units=40), completed_at=MONDAY + timedelta(minutes=1)))
    await desk.hear(an_order("young", a_line(sku="MUG"), completed_at=MONDAY + timedelta(minutes=2)))
    await desk.hear(landed(60, 1, sku="MUG", supply_id="asn-2"))
    await desk.hear(landed(12, 1))
    await at(desk, 8, 0, day=9)
    assert await parcels(desk) == [("zero", 1), ("old", 12)]


async def test_a_head_start_counts_among_units_that_are_still_to_come(desk: Desk) -> None:
    await desk.know()
    await desk.hear(PolicyUpserted(merchant="acme", version=1, head_starts={"vip": 48}))
    await desk.hear(an_inbound(a_supply(units=60)))
    await desk.hear(an_order("o1", a_line(units=40)))
    await desk.hear(landed(12, 1))
    await desk.hear(an_order("vip", a_line(units=5), priority="vip", completed_at=MONDAY + timedelta(minutes=3)))
    (at_once,) = await desk.told(LineAllocated)
    assert (at_once.order_id, at_once.lines[0].units) == ("vip", 5)
    assert await desk.covered() == [("o1", 7, "truck")]
