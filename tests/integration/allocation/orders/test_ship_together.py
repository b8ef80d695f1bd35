"""Orders that may ship in few parcels get units only if the rest is ready, and are released together."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.allocations import AllocationRevoked, BackorderReleased, LineAllocated
from shared.contracts.fields import DateRange
from shared.contracts.orders import OrderLineCancelled, OrderSplit
from shared.contracts.promises import BackorderPromised, PromiseMoved
from shared.testing.builders import MONDAY, a_day, a_line, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import Desk, set_clock


def said(number: int = 1, order: str = "o1", **more: Any) -> dict[str, Any]:
    """Return what every change says."""
    return {"order_id": order, "change_no": number, "changed_at": MONDAY, **more}


def days(window: DateRange | None) -> tuple[int, int] | None:
    """Return the days of the month of a range."""
    return (window.earliest.day, window.latest.day) if window else None


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


@pytest.mark.parametrize("first", ["A", "B"])
async def test_two_lines_of_a_no_split_order_filled_by_two_receipts_go_together(desk: Desk, first: str) -> None:
    second = "B" if first == "A" else "A"
    await desk.know("A", "B")
    await desk.hear(an_inbound(a_supply("s1", 5, 9, 10), sku="A"), an_inbound(a_supply("s2", 5, 9, 10), sku="B"))
    await desk.hear(an_order("o1", a_line("1", "A", 2), a_line("2", "B", 3), max_shipments=1))
    await desk.hear(landed(5, 1, sku=first, supply_id=None))
    assert await desk.told(BackorderReleased) == []
    assert await desk.covered() == [("o1", 2 if first == "A" else 3, "rest")]

    await desk.hear(landed(5, 1, sku=second, supply_id=None))
    await desk.decide_due()
    (released,) = await desk.told(BackorderReleased)
    assert {line.line_id: line.units for line in released.lines} == {"1": 2, "2": 3}
    assert await desk.waiting() == []


async def test_a_split_releases_the_lines_in_stock(desk: Desk) -> None:
    await desk.know("HOT", "FAR")
    await desk.hear(landed(1, sku="HOT", supply_id=None))
    await desk.hear(an_order("o1", a_line("1", "HOT"), a_line("2", "FAR"), max_shipments=1))
    assert await desk.told(LineAllocated) == []
    await desk.hear(OrderSplit(**said(), max_shipments=2))

    (released,) = await desk.told(BackorderReleased)
    assert [(line.line_id, line.units) for line in released.lines] == [("1", 1)]


async def test_the_rest_that_slips_away_gives_units_back_to_the_next_in_line(desk: Desk) -> None:
    await desk.know("HOT", "FAR")
    await desk.hear(an_inbound(a_supply("s2", 5, 9, 10), sku="FAR"))
    await desk.hear(an_order("o1", a_line("1", "HOT"), a_line("2", "FAR"), max_shipments=1))
    await desk.hear(an_order("o2", a_line("1", "HOT"), completed_at=MONDAY + minutes(1)))
    await desk.hear(landed(1, sku="HOT", supply_id=None))
    assert await desk.covered() == [("o1", 1, "rest")]
    await desk.hear(an_inbound(a_supply("s2", 5, 29, 30), sku="FAR", version=2))
    await desk.decide_due()

    assert [r.order_id for r in await desk.told(BackorderReleased)] == ["o2"]
    assert await desk.told(AllocationRevoked) == await desk.covered() == []


async def test_units_that_get_too_old_for_a_line_that_waits_for_the_rest_go_to_the_next_in_line(desk: Desk) -> None:
    """At the cut-off of the last day on which they could go: not when the rest has come at last."""
    await desk.know("HOT", "FAR")
    await desk.hear(an_inbound(a_supply("s2", 5, 10, 11), sku="FAR"), an_inbound(a_supply("s1", 5, 18, 19), sku="HOT"))
    strict = a_line("1", "HOT", min_life_days=10)
    await desk.hear(an_order("o1", strict, a_line("2", "FAR"), max_shipments=1))
    await desk.hear(an_order("o2", a_line("1", "HOT", min_life_days=2), completed_at=MONDAY + minutes(1)))
    await desk.hear(landed(1, sku="HOT", lot="L1", expires_on=a_day(19), supply_id=None))
    assert await desk.covered() == [("o1", 1, "rest")]
    await set_clock(desk.admin, MONDAY.replace(day=9))
    await desk.decide_due()
    assert await desk.covered() == [("o1", 1, "rest")]

    await set_clock(desk.admin, MONDAY.replace(day=9, hour=20))
    await desk.decide_due()
    assert [r.order_id for r in await desk.told(BackorderReleased)] == ["o2"]
    assert await desk.covered() == []
    assert await desk.waiting() == [("o1", 1, (18, 19))] * 2


async def test_a_split_releases_units_kept_for_the_rest(desk: Desk) -> None:
    await desk.know("HOT", "FAR")
    await desk.hear(an_inbound(a_supply("s2", 5, 9, 10), sku="FAR"))
    await desk.hear(an_order("o1", a_line("1", "HOT"), a_line("2", "FAR"), max_shipments=1))
    await desk.hear(landed(1, sku="HOT", supply_id=None))
    assert await desk.covered() == [("o1", 1, "rest")]
    await desk.hear(OrderSplit(**said(), max_shipments=None))

    (released,) = await desk.told(BackorderReleased)
    assert [(line.line_id, line.units) for line in released.lines] == [("1", 1)]


async def test_lines_that_stock_covers_wait_for_the_others_and_not_for_each_other(desk: Desk) -> None:
    """Each of the two was promised other days before they landed, and nobody is told those of the other in turn."""
    await desk.know("HOT", "MILD", "FAR")
    for sku, latest in (("HOT", 15), ("MILD", 11), ("FAR", 10)):
        await desk.hear(an_inbound(a_supply(f"{sku}-truck", 5, 9, latest), sku=sku))
    await desk.hear(an_order("o1", a_line("1", "HOT"), a_line("2", "MILD"), a_line("3", "FAR"), max_shipments=1))
    await desk.hear(landed(1, sku="HOT", supply_id=None), landed(1, sku="MILD", supply_id=None))
    await desk.decide_due()
    assert await desk.covered() == [("o1", 1, "rest")] * 2
    assert {ships for _, _, ships in await desk.waiting()} == {(9, 10)}


async def test_two_orders_that_wait_for_different_rests_are_not_looked_at_for_ever(desk: Desk) -> None:
    await desk.know("A", "B", "C")
    await desk.hear(landed(2, sku="A", supply_id=None))
    await desk.hear(an_order("x", a_line("1", "A"), a_line("2", "B"), max_shipments=1))
    await desk.hear(an_order("y", a_line("1", "A"), a_line("2", "C"), max_shipments=1))
    await desk.hear(an_inbound(a_supply("s", 5, 29, 30), sku="B"))

    await desk.decide_due()
    assert await desk.told(LineAllocated) == []


async def test_units_kept_for_a_rest_that_only_one_can_have_go_to_the_next_in_line(desk: Desk) -> None:
    await desk.know("A", "B")
    await desk.hear(an_order("x", a_line("1", "A"), a_line("2", "B"), max_shipments=1))
    await desk.hear(an_order("y", a_line("1", "A"), a_line("2", "B"), max_shipments=1))
    await desk.hear(an_order("z", a_line("1", "A"), completed_at=MONDAY + minutes(1)))
    await desk.hear(landed(1, sku="B", supply_id=None))
    await desk.hear(landed(2, sku="A", supply_id=None))
    await desk.decide_due()

    assert {r.order_id for r in await desk.told(BackorderReleased)} == {"x", "z"}


USELESS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "not launched": ({"launch_on": MONDAY.date() + timedelta(days=30)}, {}),
    "too old": (
        {"dated": True, "shelf_life_days": 300, "min_life_days": 20},
        {"lot": "L", "expires_on": MONDAY.date() + timedelta(days=10)},
    ),
}


@pytest.mark.parametrize("why", USELESS)
async def test_units_that_an_order_may_not_own_do_not_complete_it(desk: Desk, why: str) -> None:
    product, stock = USELESS[why]
    await desk.know("A")
    await desk.know("B", **product)
    await desk.hear(landed(1, sku="B", supply_id=None, **stock))
    await desk.hear(an_order("o1", a_line("1", "A"), a_line("2", "B"), max_shipments=1))
    await desk.hear(landed(1, sku="A", supply_id=None))
    await desk.decide_due()

    assert (await desk.told(LineAllocated), await desk.covered()) == ([], [])


async def test_an_order_whose_rest_is_promised_soon_keeps_its_units(desk: Desk) -> None:
    await desk.know("A", "B")
    await desk.hear(landed(1, sku="A", supply_id=None), an_inbound(a_supply("s", 5, 9, 11), sku="B"))
    await desk.hear(an_order("o1", a_line("1", "A"), a_line("2", "B"), max_shipments=1))
    await desk.decide_due()

    assert await desk.covered() == [("o1", 1, "rest")]


async def test_lines_that_ship_together_are_promised_together(desk: Desk) -> None:
    """The latest of them: nobody is told a day on which only a part could ship."""
    await desk.know("NEAR", "FAR")
    await desk.hear(an_inbound(a_supply("s1", 5, 9, 10), sku="NEAR"), an_inbound(a_supply("s2", 5, 22, 24), sku="FAR"))
    await desk.hear(an_order("o1", a_line("1", "NEAR"), a_line("2", "FAR"), max_shipments=1))
    (promised,) = await desk.told(BackorderPromised)
    assert {(line.line_id, days(line.after)) for line in promised.lines} == {("1", (22, 24)), ("2", (22, 24))}
    assert await desk.waiting() == [("o1", 1, (22, 24))] * 2


async def test_no_line_is_promised_a_day_while_one_that_ships_with_it_has_none(desk: Desk) -> None:
    await desk.know("NEAR", "LAUNCH")
    await desk.hear(an_inbound(a_supply("s1", 5, 9, 10), sku="NEAR"))
    await desk.hear(an_order("o1", a_line("1", "NEAR"), a_line("2", "LAUNCH"), max_shipments=1))
    (promised,) = await desk.told(BackorderPromised)
    assert {(line.line_id, line.after) for line in promised.lines} == {("1", None), ("2", None)}

    await desk.hear(an_inbound(a_supply("s2", 5, 22, 24), sku="LAUNCH"))
    await desk.decide_due()
    (moved,) = await desk.told(PromiseMoved)
    assert {(line.line_id, days(line.after)) for line in moved.lines} == {("1", (22, 24)), ("2", (22, 24))}
    assert {line.supply_id for line in moved.lines} == {"s2"}


async def test_a_line_that_stock_covers_is_promised_with_the_rest(desk: Desk) -> None:
    await desk.know("HOT", "NEAR")
    await desk.hear(landed(1, sku="HOT", supply_id=None), an_inbound(a_supply("s1", 5, 10, 11), sku="NEAR"))
    await desk.hear(an_order("o1", a_line("1", "HOT"), a_line("2", "NEAR"), max_shipments=1))
    await desk.decide_due()
    (promised,) = await desk.told(BackorderPromised)
    assert {(line.line_id, days(line.after)) for line in promised.lines} == {("1", (10, 11)), ("2", (10, 11))}
    assert await desk.told(PromiseMoved) == []


async def test_all_that_ship_together_move_in_one_event_and_for_the_same_reason(desk: Desk) -> None:
    await desk.know("NEAR", "FAR")
    await desk.hear(an_inbound(a_supply("s1", 5, 9, 10), sku="NEAR"), an_inbound(a_supply("s2", 5, 22, 24), sku="FAR"))
    await desk.hear(an_order("o1", a_line("1", "NEAR"), a_line("2", "FAR"), max_shipments=1))
    await desk.hear(an_inbound(a_supply("s1", 5, 11, 12), sku="NEAR", version=2))
    await desk.decide_due()
    assert await desk.told(PromiseMoved) == [], "the other line still decides"

    await desk.hear(an_inbound(a_supply("s2", 5, 15, 16), sku="FAR", version=2, reason="booked earlier"))
    await desk.decide_due()
    (moved,) = await desk.told(PromiseMoved)
    assert {(line.line_id, days(line.after)) for line in moved.lines} == {("1", (15, 16)), ("2", (15, 16))}
    assert len({(line.reason, line.cause, line.supply_id) for line in moved.lines}) == 1


async def test_lines_that_a_split_parts_are_promised_each_its_own_range(desk: Desk) -> None:
    await desk.know("NEAR", "FAR")
    await desk.hear(an_inbound(a_supply("s1", 5, 9, 10), sku="NEAR"), an_inbound(a_supply("s2", 5, 22, 24), sku="FAR"))
    await desk.hear(an_order("o1", a_line("1", "NEAR"), a_line("2", "FAR"), max_shipments=1))
    await desk.hear(OrderSplit(**said(), max_shipments=2))
    (moved,) = await desk.told(PromiseMoved)
    assert [(line.line_id, days(line.after)) for line in moved.lines] == [("1", (9, 10))]


async def test_the_lines_of_the_last_parcel_are_promised_together(desk: Desk) -> None:
    await desk.know("HOT", "NEAR", "FAR")
    await desk.hear(an_inbound(a_supply("s1", 5, 9, 10), sku="NEAR"), an_inbound(a_supply("s2", 5, 22, 24), sku="FAR"))
    lines = (a_line("1", "HOT"), a_line("2", "NEAR"), a_line("3", "FAR"))
    await desk.hear(an_order("o1", *lines, max_shipments=2))
    (promised,) = await desk.told(BackorderPromised)
    assert {(line.line_id, days(line.after)) for line in promised.lines} == {
        ("1", None), ("2", (9, 10)), ("3", (22, 24)),
    }  # fmt: skip
    await desk.hear(landed(1, sku="HOT", supply_id=None))
    await desk.decide_due()
    (moved,) = await desk.told(PromiseMoved)
    assert [(line.line_id, days(line.after)) for line in moved.lines] == [("2", (22, 24))]


async def test_the_rest_is_promised_earlier_when_the_last_line_is_cancelled(desk: Desk) -> None:
    await desk.know("NEAR", "FAR")
    await desk.hear(an_inbound(a_supply("s1", 5, 9, 10), sku="NEAR"), an_inbound(a_supply("s2", 5, 22, 24), sku="FAR"))
    await desk.hear(an_order("o1", a_line("1", "NEAR"), a_line("2", "FAR"), max_shipments=1))
    await desk.hear(OrderLineCancelled(**said(), line_id="2", units=1))
    (moved,) = await desk.told(PromiseMoved)
    assert [(line.line_id, days(line.after)) for line in moved.lines] == [("1", (9, 10))]
