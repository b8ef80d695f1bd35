"""What expires too soon for somebody is not promised to them: by promise, page and allocation alike."""

from datetime import date, timedelta
from typing import Any, Final

from shared.contracts.availability import AvailabilityChanged
from shared.contracts.inbound import Supply, SupplyLot
from shared.contracts.orders import OrderHeld
from shared.contracts.promises import PromiseMoved
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import MONDAY, a_day, a_line, a_node, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import Desk

THE_16TH: Final = a_day(16)
LONG_WAIT: Final = PolicyUpserted(merchant="acme", version=1, longest_wait_days=60)


def a_dated(supply_id: str, units: int, latest: int, *lives: int, **fields: Any) -> Supply:
    """Return a supply in equal lots that live so many days after Tuesday 16th of March."""
    lots = tuple(SupplyLot(expires_on=expiring(life), units=units // len(lives)) for life in lives)
    return a_supply(supply_id, units, 16, latest, lots=lots, **fields)


def expiring(life: int) -> date:
    return THE_16TH + timedelta(days=life)


async def a_month_of_life(desk: Desk) -> None:
    """Let customers expect 30 days of life."""
    await desk.know(dated=True, min_life_days=30)
    await desk.hear(LONG_WAIT)


async def most_on_page(desk: Desk) -> int:
    return int((await desk.told(AvailabilityChanged, "TEE-M|ams"))[-1].max_orderable)


async def test_units_that_live_too_short_are_neither_promised_nor_on_the_page(desk: Desk) -> None:
    await a_month_of_life(desk)
    await desk.hear(an_inbound(a_dated("short", 6, 16, 20), a_dated("long", 6, 22, 400)))
    assert await most_on_page(desk) == 6
    await desk.hear(an_order())
    assert await desk.waiting() == [("o1", 1, (16, 22))]


async def test_a_line_that_asks_for_more_life_gets_no_date_from_what_lives_shorter(desk: Desk) -> None:
    await a_month_of_life(desk)
    await desk.hear(an_inbound(a_dated("short", 6, 16, 20), a_dated("long", 6, 22, 400)))
    await desk.hear(an_order("wholesale", a_line(min_life_days=500)))
    assert await desk.waiting() == [("wholesale", 1, None)]

    await desk.hear(
        an_inbound(a_dated("short", 6, 16, 20), a_dated("long", 6, 22, 400), a_dated("fresh", 6, 26, 600), version=2)
    )
    assert await desk.waiting() == [("wholesale", 1, (16, 26))]


async def test_who_asks_for_more_life_gets_its_part_of_a_mixed_truck_while_enough_is_left(desk: Desk) -> None:
    await a_month_of_life(desk)
    await desk.hear(an_inbound(a_dated("mixed", 6, 22, 400, 600)))
    await desk.hear(an_order("shop", a_line(units=2)))
    later = {"completed_at": MONDAY + timedelta(minutes=1)}
    await desk.hear(an_order("wholesale", a_line(units=3, min_life_days=500), **later))
    assert (await desk.waiting())[-1] == ("wholesale", 3, (16, 22))

    later = {"completed_at": MONDAY + timedelta(minutes=2)}
    await desk.hear(an_order("too-much", a_line(units=1, min_life_days=500), **later))
    assert (await desk.waiting())[-1] == ("too-much", 1, None)


async def test_the_truck_that_serves_a_longer_life_slips_and_moves_that_line(desk: Desk) -> None:
    await a_month_of_life(desk)
    trucks = [a_dated("short", 6, 16, 400), a_dated("fresh", 6, 22, 600)]
    await desk.hear(an_inbound(*trucks))
    await desk.hear(an_order("shop"))
    later = {"completed_at": MONDAY + timedelta(minutes=1)}
    await desk.hear(an_order("wholesale", a_line(min_life_days=500), **later))
    assert await desk.waiting() == [("shop", 1, (16, 16)), ("wholesale", 1, (16, 22))]

    await desk.hear(an_inbound(trucks[0], a_dated("fresh", 6, 24, 600, reason="the ship is late"), version=2))
    (moved,) = await desk.told(PromiseMoved)
    assert (moved.order_id, moved.lines[0].reason, moved.lines[0].after.latest) == (
        "wholesale", "the ship is late", a_day(24),
    )  # fmt: skip
    await desk.hear(an_inbound(trucks[0], version=3))
    assert await desk.waiting() == [("shop", 1, (16, 16)), ("wholesale", 1, None)]


async def test_units_with_a_known_expiry_that_land_are_not_expected_again(desk: Desk) -> None:
    await a_month_of_life(desk)
    await desk.hear(an_inbound(a_dated("mixed", 6, 22, 20, 400)))
    assert await most_on_page(desk) == 3
    await desk.hear(landed(3, 1, lot="S", expires_on=expiring(20), status="quarantine", supply_id="mixed"))
    assert await most_on_page(desk) == 3
    await desk.hear(landed(2, 2, lot="L", expires_on=expiring(400), supply_id="mixed"))
    assert await most_on_page(desk) == 3
    assert tuple(*await desk.admin.fetch("select expected, stocked, short_lived from supplies")) == (6, 5, 0)


async def test_a_slip_leaves_too_little_life_and_the_page_counts_it_no_more(desk: Desk) -> None:
    await a_month_of_life(desk)
    await desk.hear(an_inbound(a_dated("truck", 6, 22, 37)))
    assert await most_on_page(desk) == 6
    await desk.hear(an_inbound(a_dated("truck", 6, 26, 37), version=2))
    assert await most_on_page(desk) == 0


async def test_a_holiday_moves_who_is_served_by_another_truck_than_those_around(desk: Desk) -> None:
    await desk.know(dated=True)
    await desk.hear(an_inbound(a_dated("short", 10, 16, 20), a_supply("any", 10, 17, 18)))
    await desk.hear(an_order("o1", a_line(min_life_days=60)))
    assert await desk.waiting() == [("o1", 1, (17, 18))]
    await desk.hear(a_node(zone="UTC", version=2, holidays=[a_day(18)]))
    await desk.decide_due()
    assert await desk.waiting() == [("o1", 1, (17, 19))]


async def test_a_held_line_is_not_promised_stock_that_lives_too_short_for_it(desk: Desk) -> None:
    await a_month_of_life(desk)
    await desk.hear(an_inbound(a_supply("any", 10, 17, 18)))
    await desk.hear(an_order("o1", a_line(min_life_days=60)))
    await desk.hear(OrderHeld(order_id="o1", change_no=1, changed_at=MONDAY, kind="fraud"))
    await desk.hear(landed(5, 1, supply_id=None, lot="S", expires_on=expiring(40)))
    await desk.hear(landed(3, 2, supply_id=None, lot="OLD", expires_on=expiring(10)))
    assert await desk.waiting() == [("o1", 1, (17, 18))]
    await desk.hear(landed(5, 3, supply_id=None, lot="L", expires_on=expiring(90)))
    assert await desk.waiting() == [("o1", 1, (8, 8))]
