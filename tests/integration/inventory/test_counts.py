"""Counts are compared with the ledger as of when they were made, and correct it."""

from datetime import datetime, timedelta

import pytest

from shared.contracts.fields import Fact
from shared.contracts.shipments import ShippedLine
from shared.testing.builders import MONDAY, a_day, a_node, a_product, a_receipt, a_shipment, an_opening
from shared.testing.floor_facts import a_count, a_hold, a_policy, a_recount
from tests.integration.inventory.conftest import NOW, Floor

KNOWN: list[Fact] = [a_node(), a_product()]
TEN: list[Fact] = [*KNOWN, an_opening(units=10, as_of=MONDAY - timedelta(days=1))]


def at(hours: float) -> datetime:
    """Return hours after Monday 8:00 UTC."""
    return MONDAY + timedelta(hours=hours)


def shipped(units: int, hours: float, order: str = "o1") -> Fact:
    line = ShippedLine(line_id="1", sku="TEE-M", node="ams", units=units)
    return a_shipment(order, line, handed_over_at=at(hours))


async def test_a_count_that_agrees_changes_nothing(floor: Floor) -> None:
    await floor.hears(*TEN, a_count(units=10))

    assert await floor.named() == []
    assert len(await floor.news()) == 1


@pytest.mark.parametrize("policy", [a_policy(10), a_policy(10, "TEE-M"), a_policy(15)])
async def test_a_small_difference_is_booked_at_once(floor: Floor, policy: Fact) -> None:
    await floor.hears(policy, *TEN, a_count(units=9))

    assert await floor.named() == []
    assert (await floor.news())[1:] == [[("count", "sellable", -1)]]


@pytest.mark.parametrize("policies", [[], [a_policy(9)], [a_policy(50), a_policy(0, "TEE-M")]])
async def test_a_large_difference_asks_for_a_recount_and_changes_no_stock(floor: Floor, policies: list[Fact]) -> None:
    await floor.hears(*policies, *TEN, a_count(units=9))

    (exception,) = await floor.exceptions()
    assert (exception.exception_class, exception.subject, exception.state) == ("count_differs", "count-1", "open")
    assert [exception.facts[name] for name in ("counted", "ledger", "difference")] == ["9", "10", "-1"]
    assert await floor.on_hand() == 10


@pytest.mark.parametrize(
    ("recount", "left"),
    [(a_recount(units=7, recount_of="count-1"), 7), (a_recount(units=9, counted_at=at(1)), 9), (a_recount(), 10)],
)
async def test_a_recount_is_posted_whatever_it_says_and_settles(floor: Floor, recount: Fact, left: int) -> None:
    await floor.hears(*TEN, a_count(units=9))
    await floor.hears(recount)

    assert await floor.named() == [("count_differs", "count-1", "open"), ("count_differs", "count-1", "settled")]
    assert await floor.on_hand() == left


async def test_a_count_delivered_twice_is_booked_once(floor: Floor) -> None:
    await floor.hears(*TEN)
    records = await floor.hears(a_count(units=4), a_recount(units=9), a_recount(units=9))
    await floor.world.bus.publish(*records)
    await floor.hears(a_count(units=4), a_recount(units=9))
    await floor.settled()

    assert await floor.on_hand() == 9
    assert (await floor.news())[1:] == [[("count", "sellable", -1)]]


async def test_a_count_waits_for_its_product(floor: Floor) -> None:
    await floor.hears(a_node(), a_recount(units=3))
    assert await floor.parked() == ["sku:TEE-M"]
    await floor.hears(a_product())
    await floor.settled()

    assert await floor.on_hand() == 3


AFTER: list[Fact] = [shipped(4, 2), a_receipt("r2", units=6, scanned_at=at(2))]
BEFORE: list[Fact] = [shipped(4, 0.5), a_receipt("r2", units=3, scanned_at=at(0.6))]


@pytest.mark.parametrize("heard", [[a_count(counted_at=at(1)), *AFTER], [*AFTER, a_count(counted_at=at(1))]])
async def test_a_movement_after_the_count_is_no_difference(floor: Floor, heard: list[Fact]) -> None:
    await floor.hears(*TEN)
    for fact in heard:
        await floor.hears(fact)

    assert await floor.named() == []
    assert await floor.on_hand() == 12


@pytest.mark.parametrize(
    "heard", [[a_recount(units=9, counted_at=at(1)), *BEFORE], [*BEFORE, a_count(units=9, counted_at=at(1))]]
)
async def test_a_movement_before_the_count_was_seen_by_it_however_late_it_is_heard(
    floor: Floor, heard: list[Fact]
) -> None:
    await floor.hears(*TEN)
    for fact in heard:
        await floor.hears(fact)

    assert await floor.named() == []
    assert await floor.on_hand() == 9
    moved = [units for news in await floor.news() for reason, _, units in news if reason in ("ship", "receipt")]
    assert sorted(moved) == [-4, 3]


async def test_a_shipment_that_a_count_has_seen_leave_waits_no_longer(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_receipt("r1", units=3, scanned_at=at(0)), shipped(5, 1))
    assert await floor.parked() == ["units:TEE-M|ams"]
    await floor.hears(a_recount(units=0, counted_at=at(2)))
    await floor.settled()

    assert await floor.on_hand() == 0
    assert (await floor.news())[1:] == [
        [("count", "sellable", -3)],
        [("count", "sellable", 5), ("ship", "sellable", -5)],
    ]


async def test_a_count_that_contradicts_later_shipments_waits_for_the_missing_receipt(floor: Floor) -> None:
    await floor.hears(*TEN, shipped(10, 2), a_recount(units=0, counted_at=at(1)))
    assert await floor.parked() == ["units:TEE-M|ams"]
    await floor.hears(a_receipt("r2", units=10, scanned_at=at(1.5)))
    await floor.settled()

    assert await floor.on_hand() == 0


async def test_an_older_count_heard_late_changes_nothing(floor: Floor) -> None:
    await floor.hears(*TEN, a_recount("new", units=8, counted_at=at(2)))
    await floor.hears(a_recount("old", units=9, counted_at=at(1)))
    await floor.settled()

    assert await floor.on_hand() == 8


async def test_units_of_an_unknown_lot_are_found(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_count(units=3, lot="L5", expires_on=a_day(20)))
    assert await floor.named() == [("count_differs", "count-1", "open")]
    await floor.hears(a_recount(units=3, lot="L5", expires_on=a_day(20)))
    await floor.settled()

    assert await floor.lots() == {("sellable", "L5"): 3}


async def test_a_newer_blind_count_takes_the_place_of_one_that_waits(floor: Floor) -> None:
    await floor.hears(*TEN, a_count("a", units=5, counted_at=at(1)))
    await floor.hears(a_count("b", units=6, counted_at=at(2)), a_count("late", units=4, counted_at=at(0.5)))

    assert await floor.named() == [
        ("count_differs", "a", "open"),
        ("count_differs", "a", "settled"),
        ("count_differs", "b", "open"),
    ]


async def test_a_hold_asked_before_a_count_takes_effect_after_it(floor: Floor) -> None:
    await floor.hears(*TEN, a_count(units=10, counted_at=at(1)))
    await floor.hears(a_hold(units=4, requested_at=at(0)), a_count("again", units=6, counted_at=at(2)))
    await floor.settled()

    assert await floor.lots() == {("sellable", ""): 6, ("quarantine", ""): 4}
    assert await floor.named() == []


async def test_a_device_with_a_fast_clock_does_not_hide_later_movements(floor: Floor) -> None:
    await floor.hears(*TEN, a_count(units=10, counted_at=NOW + timedelta(days=9000)))
    await floor.hears(a_receipt("later", units=5, scanned_at=NOW + timedelta(days=1)))
    assert await floor.on_hand() == 15
