"""What must be true of inventory after any fault: every receipt counted once, every change told."""

from pathlib import Path

import asyncpg

from deploy.local.places import PROJECT
from shared.contracts.stock import StockAdjusted
from shared.db.queries import Queries
from shared.testing.builders import a_node, a_product, a_receipt
from shared.testing.until import until
from tests.integration.conftest import World

INVARIANTS = Queries(Path(PROJECT) / "services" / "inventory" / "invariants.sql")
SKUS = [f"S{number}" for number in range(20)]


async def publish_products(world: World) -> None:
    await world.bus.publish(a_node(), *map(a_product, SKUS))


async def publish_receipts(world: World, first: int, count: int) -> None:
    """Publish receipts of one unit each, over all SKUs."""
    numbers = range(first, first + count)
    await world.bus.publish(*(a_receipt(f"r{number}", SKUS[number % len(SKUS)], units=1) for number in numbers))


async def every_receipt_counted_once(world: World, count: int, within: float = 60) -> None:
    """Wait until all receipts are in the ledger and all news are out, and then looks at everything."""
    await until(lambda: world.admin.fetchval("select count(*) >= $1 from inventory.movements", count), within)
    await world.settled("inventory")
    assert await world.admin.fetchval("select sum(on_hand) from inventory.balances") == count
    await world.admin.execute("set search_path = inventory")
    for check, statement in INVARIANTS.items():
        assert not await world.admin.fetch(statement), check
    assert await world.admin.fetchval("select count(*) from dead_letters") == 0
    await _news_without_gap(world)


async def _news_without_gap(world: World) -> None:
    """Check that each position's sequence counts from 1; a repeated record is the same event again."""
    announced: dict[bytes, tuple[str, int]] = {}
    for record in await world.bus.raw("stock.v1"):
        body = StockAdjusted.model_validate_json(record.value)
        event = (body.key(), body.sequence)
        assert announced.setdefault(dict(record.headers)["ce_id"], event) == event
    by_key: dict[str, list[int]] = {}
    for key, sequence in announced.values():
        by_key.setdefault(key, []).append(sequence)
    known: list[asyncpg.Record] = await world.admin.fetch("select sku || '|' || node as key, sequence from positions")
    assert {key: sorted(group) for key, group in by_key.items()} == {
        row["key"]: list(range(1, row["sequence"] + 1)) for row in known
    }
