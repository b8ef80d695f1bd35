"""Traps that real systems fell into: who gets the units. What is on its way is in test_traps_of_news.py."""

from datetime import timedelta

import pytest

from shared.contracts.allocations import AllocationRevoked, BackorderReleased, LineAllocated, LineDeclined
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import DateRange
from shared.contracts.orders import HoldKind, OrderHeld, OrderLineChanged, OrderUnheld
from shared.contracts.promises import BackorderPromised, PromiseMoved, PromiseWithdrawn
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import (
    MONDAY,
    a_day,
    a_line,
    a_node,
    a_shipment,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from shared.testing.stock import counted, relabelled, shorted
from tests.integration.allocation.availability.test_acceptance import page, shown
from tests.integration.allocation.conftest import Desk, set_clock
from tests.integration.allocation.orders.test_changes import minutes, said, three_wait
from tests.integration.allocation.stock.test_shipments import on_hand, owned, shipped
from tests.integration.allocation.stock.test_stock_loss import lines_of, served


async def released(desk: Desk) -> list[tuple[str, int]]:
    """Return orders and units that the floor was handed, in the order in which it was."""
    return [(r.order_id, line.units) for r in await desk.told(BackorderReleased) for line in r.lines]


@pytest.mark.parametrize("buyers", [2, 100])
async def test_two_buyers_one_unit_and_a_hundred_at_once(desk: Desk, buyers: int) -> None:
    """Each in a transaction of its own, while all of them wait for the same position."""
    await desk.know()
    await desk.hear(landed(1, supply_id=None), an_inbound(a_supply(units=200)))
    bought = a_line(shown=shown("in_stock"))
    await desk.hear_at_once("positions", *(an_order(f"buyer {n}", bought) for n in range(buyers)))

    (allocated,) = await desk.told(LineAllocated)
    promised = await desk.told(BackorderPromised)
    assert len({p.order_id for p in promised} - {allocated.order_id}) == len(promised) == buyers - 1
    assert {p.lines[0].after.latest for p in promised} == {a_day(22)}
    assert await page(desk) == ("backorder", 0, 201 - buyers)
    assert await desk.told(LineDeclined) == await desk.dead() == await desk.parked() == []


async def test_the_same_sku_on_two_lines(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply("near", 3, 16, 17), a_supply("far", 9, 23, 24)))
    await desk.hear(an_order("o1", a_line("1", units=2), a_line("2", units=2)))
    await desk.hear(landed(3, 1, supply_id="near"))

    (promised,) = await desk.told(BackorderPromised)
    assert [(line.line_id, line.after.latest) for line in promised.lines] == [("1", a_day(17)), ("2", a_day(24))]
    (event,) = await desk.told(BackorderReleased)
    assert [(line.line_id, line.units, line.line_version) for line in event.lines] == [("1", 2, 2), ("2", 1, 2)]
    assert await desk.waiting() == [("o1", 1, (23, 24))]


@pytest.mark.parametrize("units", [1, 2, 4, 6])
async def test_editing_one_backorder_must_not_fill_another_while_stock_is_negative_elsewhere(
    desk: Desk, units: int
) -> None:
    """Three of the five units that o1 and o2 own are not there; in New York five are free, which nobody asked for."""
    await desk.know()
    await desk.hear(a_node(node="nyc", zone="UTC"), landed(5, 1, supply_id=None, lot="L1"))
    await desk.hear(landed(5, supply_id=None).model_copy(update={"node": "nyc"}))
    for place, order in enumerate(("o1", "o2", "edited", "other")):
        await desk.hear(an_order(order, a_line(units=3), node="ams", completed_at=MONDAY + minutes(place)))
    await desk.hear(counted(-3, 2, lot="L1"))
    events = [*await desk.told(LineAllocated), *await desk.told(BackorderReleased)]
    await desk.hear(OrderLineChanged(**said(order="edited"), line_id="1", units=units, new_line_id="2"))

    assert [*await desk.told(LineAllocated), *await desk.told(BackorderReleased)] == events
    assert {(order, units) for order, _, units, _ in await owned(desk) if units} == {("o1", 2)}
    assert [row for row in await desk.waiting() if row[0] != "edited"] == [
        ("o1", 1, None),
        ("o2", 3, None),
        ("other", 3, None),
    ]


async def test_1_unit_on_day_5_and_200_on_day_40_only_a_1_unit_need_gets_day_5(desk: Desk) -> None:
    await desk.know()
    await set_clock(desk.admin, thursday := MONDAY + timedelta(days=3))
    day_5, day_40 = (thursday.date() + timedelta(days=days) for days in (5, 40))
    await desk.hear(PolicyUpserted(merchant="acme", version=1, longest_wait_days=60))
    on_day_40 = a_supply("ship", 200, window=DateRange(earliest=day_40, latest=day_40))
    await desk.hear(an_inbound(a_supply("van", 1, day_5.day, day_5.day), on_day_40))

    (event,) = await desk.told(AvailabilityChanged, "TEE-M|ams")
    assert [(b.up_to_units, b.ships.latest) for b in event.breaks] == [(1, day_5), (201, day_40)]
    await desk.hear(an_order("one"))
    await desk.hear(an_order("two", a_line(units=2), completed_at=MONDAY + minutes(1)))
    promised = {p.order_id: p.lines[0].after.latest for p in await desk.told(BackorderPromised)}
    assert promised == {"one": day_5, "two": day_40}


async def test_an_old_50_unit_order_against_fresh_1_unit_orders(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("old", a_line(units=50)))
    await desk.hear(*(an_order(f"fresh {n}", completed_at=MONDAY + minutes(n)) for n in range(1, 9)))
    for sequence in range(1, 6):
        await desk.hear(landed(10, sequence))
        await desk.hear(an_order(f"fresher {sequence}", completed_at=MONDAY + minutes(60 + sequence)))

    assert await released(desk) == [("old", 10)] * 5
    await desk.hear(landed(3, 6))
    assert (await released(desk))[5:] == [("fresh 1", 1), ("fresh 2", 1), ("fresh 3", 1)]


async def test_a_far_future_order_must_not_starve_near_ones_beyond_the_bound(desk: Desk) -> None:
    """First in line, and wanted on the 30th: until then units pass over it, and from then on none does."""
    await desk.know()
    await desk.hear(an_order("far", a_line(units=9), ship_not_before=a_day(30)))
    await desk.hear(*(an_order(f"near {n}", completed_at=MONDAY + minutes(n)) for n in (1, 2, 3)))
    await desk.hear(landed(2, 1))
    await desk.decide_due()
    assert await released(desk) == [("near 1", 1), ("near 2", 1)]

    await set_clock(desk.admin, MONDAY + timedelta(days=22))
    await desk.decide_due()
    await desk.hear(landed(9, 2))
    assert (await released(desk))[2:] == [("far", 9)]
    assert [order for order, *_ in await desk.waiting()] == ["near 3"]


@pytest.mark.parametrize(("hours", "first"), [(47, "vip"), (49, "plain")])
async def test_no_line_is_overtaken_by_one_that_joined_later_than_the_bound(desk: Desk, hours: int, first: str) -> None:
    await desk.know()
    await desk.hear(PolicyUpserted(merchant="acme", version=1, head_starts={"vip": 48}))
    await set_clock(desk.admin, now := MONDAY + timedelta(hours=hours))
    await desk.hear(an_order("plain"), an_order("vip", priority="vip", completed_at=now))
    await desk.hear(landed(1, 1))

    assert await released(desk) == [(first, 1)]


async def test_a_no_split_order_must_not_lock_the_hot_unit_for_three_months(desk: Desk) -> None:
    await desk.know("HOT", "FAR")
    in_june = DateRange(earliest=MONDAY.date() + timedelta(days=90), latest=MONDAY.date() + timedelta(days=92))
    await desk.hear(an_inbound(a_supply("far", 5, window=in_june), sku="FAR"))
    await desk.hear(an_order("o1", a_line("1", "HOT"), a_line("2", "FAR"), max_shipments=1))
    await desk.hear(an_order("o2", a_line("1", "HOT"), completed_at=MONDAY + minutes(1)))
    await desk.hear(landed(1, sku="HOT", supply_id=None))

    assert await released(desk) == [("o2", 1)]


async def test_stock_lands_before_the_street_date(desk: Desk) -> None:
    await desk.know("TEE-M", launch_on=a_day(15))
    await desk.hear(landed(5, 1, supply_id=None))
    for place, units in enumerate((4, 3)):
        line = a_line(units=units, shown=shown("preorder"))
        await desk.hear(an_order(f"o{place}", line, completed_at=MONDAY + minutes(place)))
    await desk.hear(landed(5, 2, supply_id=None))
    await desk.decide_due()
    announced = (await desk.told(AvailabilityChanged, "TEE-M|ams"))[-1]
    assert (announced.state, announced.available_to_sell, announced.max_orderable, announced.ships_by) == (
        "preorder",
        0,
        3,
        a_day(15),
    )
    assert await desk.told(LineAllocated) == await released(desk) == []

    await set_clock(desk.admin, MONDAY + timedelta(days=7))
    await desk.decide_due()
    assert await released(desk) == [("o0", 4), ("o1", 3)]
    assert await page(desk) == ("in_stock", 3, 3)


async def test_a_receipt_smaller_than_the_oldest_order(desk: Desk) -> None:
    await three_wait(desk, 5, 1, 1)
    await desk.hear(landed(3, 1))

    assert await released(desk) == [("a", 3)]
    assert await desk.waiting() == [("a", 2, (16, 22)), ("b", 1, (16, 22)), ("c", 1, (16, 22))]
    assert await desk.told(PromiseMoved) == []


async def test_a_second_partial_receipt(desk: Desk) -> None:
    """Ten are expected; four and five land, and the tenth is still to come."""
    await three_wait(desk, 5, 5, 1)
    await desk.hear(landed(4, 1))
    await desk.hear(landed(5, 2))

    assert await released(desk) == [("a", 4), ("a", 1), ("b", 4)]
    assert await desk.waiting() == [("b", 1, (16, 22)), ("c", 1, (25, 26))]
    assert await desk.told(PromiseMoved) == []


@pytest.mark.parametrize("kind", ["payment", "fraud"])
async def test_unpaid_and_held_orders_own_nothing(desk: Desk, kind: HoldKind) -> None:
    await three_wait(desk, 3, 3, 3)
    await desk.hear(OrderHeld(**said(order="a"), kind=kind))
    await desk.hear(landed(4, 1))
    assert await released(desk) == [("b", 3), ("c", 1)]
    assert [(order, units) for order, _, units, _ in await owned(desk)] == [("a", 0), ("b", 3), ("c", 1)]

    await desk.hear(OrderUnheld(**said(2, "a"), kind=kind))
    await desk.hear(landed(2, 2))
    assert (await released(desk))[2:] == [("a", 2)], "it kept its place"


async def test_a_held_order_gives_its_kept_units_to_the_next_in_line(desk: Desk) -> None:
    await desk.know("HOT", "SOON")
    await desk.hear(an_inbound(a_supply("s", 5, 9, 10), sku="SOON"))
    await desk.hear(an_order("o1", a_line("1", "HOT"), a_line("2", "SOON"), max_shipments=1))
    await desk.hear(an_order("o2", a_line("1", "HOT"), completed_at=MONDAY + minutes(1)))
    await desk.hear(landed(1, sku="HOT", supply_id=None))
    assert await desk.covered() == [("o1", 1, "rest")]
    await desk.hear(OrderHeld(**said(), kind="payment"))

    assert await released(desk) == [("o2", 1)]


async def test_a_pickers_short_is_not_given_the_same_ghost_again(desk: Desk) -> None:
    await served(desk)
    await desk.hear(shorted(1, 2, "o1", lot="L1"))
    assert lines_of(await desk.told(AllocationRevoked)) == [("o1", 3, 1)]
    assert await owned(desk) == [("o1", "1", 1, 0), ("o2", "1", 2, 0)]
    assert await desk.waiting() == [("o1", 1, (23, 24))]
    assert await desk.told(ExceptionChanged) == [], "the floor told us"


async def test_a_shipment_confirmed_before_its_stock_news_frees_nothing(desk: Desk) -> None:
    await served(desk)
    await desk.hear(an_order("o3", completed_at=MONDAY + minutes(2)))
    await desk.hear(a_shipment("o1"))
    assert await on_hand(desk) == [("L1", 4, 4), ("all", 4, 4)]
    assert await owned(desk) == [("o1", "1", 2, 0), ("o2", "1", 2, 0), ("o3", "1", 0, 0)]

    await desk.hear(shipped(1, 2, lot="L1"))
    assert await on_hand(desk) == [("L1", 3, 3), ("all", 3, 3)]
    assert await owned(desk) == [("o1", "1", 1, 1), ("o2", "1", 2, 0), ("o3", "1", 0, 0)]


async def test_a_shipment_revokes_nobody(desk: Desk) -> None:
    await served(desk)
    await desk.hear(shipped(2, 2, "o2", lot="L1"), shipped(1, 3, "o1", lot="L1"))

    assert await owned(desk) == [("o1", "1", 1, 1), ("o2", "1", 0, 2)]
    assert await on_hand(desk) == [("L1", 1, 1), ("all", 1, 1)]
    assert await desk.told(AllocationRevoked) == await desk.told(PromiseMoved) == await desk.waiting() == []


async def test_a_count_correction_during_a_release(desk: Desk) -> None:
    """The count took o2's units back while they were being packed: the parcel is a fact, and o2 waits for no more."""
    await served(desk)
    await desk.hear(counted(-2, 2, lot="L1"))
    assert await desk.waiting() == [("o2", 2, (23, 24))]
    await desk.hear(shipped(2, 3, "o2", lot="L1"))
    assert await owned(desk) == [("o1", "1", 0, 0), ("o2", "1", 0, 2)]
    assert [order for order, _, _ in await desk.waiting()] == ["o1"], "its units are the ones that left"


async def test_a_lot_typo_revokes_nobody(desk: Desk) -> None:
    """And the floor hears the right lot."""
    await served(desk)
    await desk.hear(relabelled(4, 2, {"lot": "L1"}, {"lot": "L7", "expires_on": a_day(9)}))
    assert await desk.told(AllocationRevoked) == []
    again = [line for event in await desk.told(BackorderReleased) for line in event.lines if line.again]
    assert [(line.line_version, line.units, [lot.lot for lot in line.lots]) for line in again] == [
        (3, 2, ["L7"]),
        (3, 2, ["L7"]),
    ]
    assert await on_hand(desk) == [("L1", 0, 0), ("L7", 4, 4), ("all", 4, 4)]
    assert await desk.told(PromiseMoved) == await desk.told(PromiseWithdrawn) == []
