"""When stock lands, those who wait are served first; the others hold one honest range."""

from datetime import timedelta

from services.allocation.app import SERVICE
from shared.contracts.allocations import BackorderReleased, LineAllocated
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.promises import BackorderPromised, PromiseMoved
from shared.testing.builders import (
    MONDAY,
    a_day,
    a_line,
    a_merchant,
    a_node,
    a_product,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from shared.testing.until import until
from tests.integration.conftest import World


async def count(world: World, table: str, where: str = "true") -> int:
    return int(await world.admin.fetchval(f"select count(*) from allocation.{table} where {where}"))


async def known(world: World, *skus: str) -> None:
    await world.bus.publish(a_node(zone="UTC"), a_merchant(), *(a_product(sku) for sku in skus or ("TEE-M",)))


async def applied(world: World, sequence: int, sku: str = "TEE-M") -> None:
    await until(lambda: count(world, "positions", f"sku = '{sku}' and stock_sequence >= {sequence}"))


async def no_unit_is_lost(world: World) -> None:
    from services.allocation.store import QUERIES  # noqa: F401
    from shared.db.queries import Queries
    from pathlib import Path

    await world.admin.execute("set search_path = allocation")
    for name, check in Queries(Path("services/allocation/invariants.sql")).items():
        assert await world.admin.fetch(check) == [], name


async def test_an_order_from_stock_is_allocated_at_once(world: World) -> None:
    async with world.start(SERVICE):
        await known(world)
        await world.bus.publish(landed(10, supply_id=None))
        await applied(world, 1)
        await world.bus.publish(an_order("o1", a_line(units=4)))
        await until(lambda: count(world, "lines"))
        await world.settled("allocation")

    (told,) = await world.bus.told(LineAllocated)
    assert [(line.line_id, line.units, line.line_version) for line in told.lines] == [("1", 4, 1)]
    pages = await world.bus.told(AvailabilityChanged)
    assert [(page.state, page.available_to_sell) for page in pages] == [("in_stock", 10), ("in_stock", 6)]
    await no_unit_is_lost(world)


async def test_a_receipt_serves_the_oldest_first_and_moves_nobody_else(world: World) -> None:
    async with world.start(SERVICE):
        await known(world)
        await world.bus.publish(an_inbound(a_supply(units=10)))
        await until(lambda: count(world, "supplies"))
        later = an_order("later", a_line(units=5), completed_at=MONDAY + timedelta(hours=1))
        first = an_order("first", a_line(units=3))
        await world.bus.publish(later)
        await until(lambda: count(world, "queue"))
        await world.bus.publish(first)
        await until(lambda: count(world, "queue", "order_id = 'first'"))
        await world.bus.publish(landed(4, 1))
        await applied(world, 1)
        await world.settled("allocation")

    promised = await world.bus.told(BackorderPromised)
    assert {p.order_id: p.lines[0].after.latest for p in promised} == {"later": a_day(22), "first": a_day(22)}
    released = await world.bus.told(BackorderReleased)
    assert {r.order_id: r.lines[0].units for r in released} == {"first": 3, "later": 1}
    assert await world.bus.told(PromiseMoved) == []
    assert await world.admin.fetchval("select units from allocation.queue") == 4
    await no_unit_is_lost(world)


async def test_a_slip_moves_exactly_the_lines_it_serves(world: World) -> None:
    async with world.start(SERVICE):
        await known(world)
        await world.bus.publish(an_inbound(a_supply("asn-1", 2, 16, 17), a_supply("asn-2", 5, 23, 24)))
        await until(lambda: count(world, "supplies", "listed"))
        orders = [an_order(f"o{n}", completed_at=MONDAY + timedelta(minutes=n)) for n in range(4)]
        await world.bus.publish(*orders)
        await until(lambda: count(world, "queue"))
        await until(lambda: count(world, "queue", "latest is not null and order_id = 'o3'"))
        slipped = a_supply("asn-2", 5, 26, 29, cause="edi/asn-2/2", reason="asn-2 slips")
        await world.bus.publish(an_inbound(a_supply("asn-1", 2, 16, 17), slipped, version=2))
        await until(lambda: count(world, "positions", "inbound_version = 2"))
        await world.settled("allocation")

    moved = await world.bus.told(PromiseMoved)
    assert {m.order_id for m in moved} == {"o2", "o3"}
    line = moved[0].lines[0]
    assert (line.before.latest, line.after.latest, line.cause) == (a_day(24), a_day(29), "edi/asn-2/2")
    await no_unit_is_lost(world)
