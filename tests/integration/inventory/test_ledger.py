"""Receipts, counts and shipments become stock, once, whatever order and number they come in."""

import random
from datetime import date
from typing import TypedDict

import pytest

from services.inventory.app import SERVICE
from shared.contracts.fields import Fact
from shared.contracts.shipments import ShippedLine
from shared.contracts.stock import StockAdjusted
from shared.testing.builders import a_day, a_node, a_product, a_receipt, a_shipment, an_opening
from shared.testing.floor_facts import a_hold
from tests.integration.conftest import World
from tests.integration.inventory.conftest import Floor


class OfLot(TypedDict):
    """What says which lot units are of."""

    lot: str
    expires_on: date


L1: OfLot = {"lot": "L1", "expires_on": a_day(20)}
EVERYTHING: list[Fact] = [
    a_node(),
    a_product(),
    an_opening(units=10),
    a_receipt("r1", units=5, **L1),
    a_receipt("r2", disposition="damaged", units=1),
    a_shipment("o1", ShippedLine(line_id="1", sku="TEE-M", node="ams", units=2, lot="L1")),
    a_shipment("o2", ShippedLine(line_id="1", sku="TEE-M", node="ams", units=3)),
]


async def test_receipts_and_shipments_change_on_hand(floor: Floor) -> None:
    for fact in EVERYTHING:
        await floor.hears(fact)
    await floor.settled()

    assert (await floor.on_hand(), await floor.on_hand("damaged")) == (10, 1)
    news = await floor.world.bus.told(StockAdjusted, "TEE-M|ams")
    assert [row.sequence for row in news] == [1, 2, 3, 4, 5]
    assert [(m.reason, m.delta, m.on_hand) for row in news for m in row.movements if m.status == "sellable"] == [
        ("opening", 10, 10),
        ("receipt", 5, 15),
        ("ship", -2, 13),
        ("ship", -3, 10),
    ]


async def test_deliveries_of_everything_twice_count_once(floor: Floor) -> None:
    records = await floor.hears(*EVERYTHING)
    await floor.settled()
    await floor.world.bus.publish(*records)  # the same events
    await floor.hears(*EVERYTHING)  # the same facts as new events
    await floor.settled()

    assert (await floor.on_hand(), await floor.on_hand("damaged")) == (10, 1)


@pytest.mark.parametrize("seed", range(3))
async def test_the_order_of_arrival_does_not_matter(floor: Floor, seed: int) -> None:
    facts = EVERYTHING[:]
    random.Random(seed).shuffle(facts)
    for fact in facts:
        await floor.hears(fact)
    await floor.settled()

    assert (await floor.on_hand(), await floor.on_hand("damaged")) == (10, 1)
    news = await floor.world.bus.told(StockAdjusted, "TEE-M|ams")
    assert sum(m.delta for row in news for m in row.movements) == 11


async def test_an_event_waits_for_its_product_and_node(floor: Floor) -> None:
    await floor.hears(an_opening(units=10), a_receipt("r1", units=5))
    assert await floor.parked() == ["sku:TEE-M", "sku:TEE-M"]
    await floor.hears(a_product())
    await floor.hears(a_node())
    await floor.settled()

    assert await floor.on_hand() == 15


async def test_a_shipment_before_its_stock_waits_for_units(floor: Floor) -> None:
    await floor.hears(a_node(), a_product(), a_shipment("o1"))
    assert await floor.parked() == ["units:TEE-M|ams"]
    await floor.hears(a_receipt("r1", units=5))
    await floor.settled()

    assert await floor.on_hand() == 4


async def test_a_void_receipt_waits_for_the_receipt_it_takes_back(floor: Floor) -> None:
    await floor.hears(a_node(), a_product(), a_receipt("void", units=-2, corrects="r1"))
    await floor.hears(a_receipt("r1", units=2))
    await floor.settled()

    assert await floor.on_hand() == 0


async def test_two_processes_share_the_work_and_lose_nothing(world: World) -> None:
    receipts = [a_receipt(f"r{n}", f"SKU-{n % 7}", units=1 + n % 3) for n in range(300)]
    async with world.start(SERVICE):
        floor = Floor(world)
        await floor.hears_at_once(a_node(), *(a_product(f"SKU-{n}") for n in range(7)))
        async with world.start(SERVICE):
            await floor.hears_at_once(*receipts)
            await floor.settled()

    assert await floor.on_hand() == sum(receipt.units for receipt in receipts)
    for sku in range(7):
        news = await world.bus.told(StockAdjusted, f"SKU-{sku}|ams")
        assert sorted(row.sequence for row in news) == list(range(1, len(news) + 1))


async def test_a_position_holds_more_units_than_one_receipt_can_bring(floor: Floor) -> None:
    most = 1_000_000_000
    await floor.hears(a_node(), a_product(), *(a_receipt(f"r{number}", units=most) for number in range(3)))
    await floor.hears(a_hold(units=None))

    assert await floor.lots() == {("quarantine", ""): 3 * most}
    assert (await floor.news())[-1] == [("hold", "sellable", -3 * most), ("hold", "quarantine", 3 * most)]
