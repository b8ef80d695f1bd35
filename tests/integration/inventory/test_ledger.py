"""Receipts, counts and shipments become stock, once, whatever order and number they come in."""

from services.inventory.app import SERVICE
from shared.contracts.shipments import ShippedLine
from shared.contracts.stock import StockAdjusted
from shared.testing.builders import a_day, a_node, a_product, a_receipt, a_shipment, an_opening
from shared.testing.until import until
from tests.integration.conftest import World


async def on_hand(world: World, status: str = "sellable") -> int:
    return int(
        await world.admin.fetchval("select coalesce(sum(on_hand), 0) from inventory.lots where status = $1", status)
    )


async def test_receipts_and_shipments_change_what_is_on_hand(world: World) -> None:
    lot = {"lot": "L1", "expires_on": a_day(20)}
    shipped = ShippedLine(line_id="1", sku="TEE-M", node="ams", units=2, lot="L1")
    async with world.start(SERVICE):
        await world.bus.publish(a_node(), a_product(), an_opening(units=10))
        await world.bus.publish(a_receipt("r1", units=5, **lot), a_receipt("r2", units=1, disposition="damaged"))
        await until(lambda: on_hand(world, "damaged"))
        await world.bus.publish(a_shipment("o1", shipped))
        await until(
            lambda: world.admin.fetchval("select exists (select from inventory.movements where reason = 'ship')")
        )
        await world.settled("inventory")

    assert await on_hand(world) == 13
    news = await world.bus.told(StockAdjusted, "TEE-M|ams")
    assert [one.sequence for one in news] == list(range(1, len(news) + 1))
    assert [(m.reason, m.delta, m.on_hand) for one in news for m in one.movements if m.status == "sellable"] == [
        ("opening", 10, 10),
        ("receipt", 5, 15),
        ("ship", -2, 13),
    ]


async def test_everything_delivered_twice_counts_once(world: World) -> None:
    facts = (a_node(), a_product(), an_opening(units=10), a_receipt("r1", units=5), a_shipment("o1"))
    async with world.start(SERVICE):
        records = await world.bus.publish(*facts)
        await until(lambda: world.admin.fetchval("select count(*) = 3 from inventory.movements"))
        await world.bus.publish(*records)  # the same events
        await world.bus.publish(*facts)  # the same facts as new events
        await world.bus.publish(a_receipt("last", units=1))
        await until(
            lambda: world.admin.fetchval("select exists (select from inventory.movements where movement_id = 'last')")
        )

    assert await on_hand(world) == 10 + 5 - 1 + 1
