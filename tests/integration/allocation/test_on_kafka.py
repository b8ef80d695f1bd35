"""The service as it runs, on Kafka, in two processes that share its topics: nothing is lost, nobody served twice."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from deploy.local.drain import Readers, wait_until_drained
from services.allocation.app import SERVICE
from shared.contracts.allocations import BackorderReleased, LineAllocated
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.fields import Fact
from shared.contracts.promises import BackorderPromised, PromiseMoved
from shared.messaging.consumer import topics_of
from shared.testing.builders import (
    MONDAY,
    a_line,
    a_merchant,
    a_node,
    a_product,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from shared.testing.bus import Sent
from tests.integration.allocation.conftest import AT_ONCE, Desk, desk_at
from tests.integration.conftest import World

KNOWN: Sequence[Fact] = (a_node(zone="UTC"), a_merchant())


@asynccontextmanager
async def two_processes(world: World) -> AsyncIterator[Desk]:
    """Return both at work, and a look at their tables."""
    async with desk_at(world.admin_url) as desk, world.start(SERVICE), world.start(SERVICE):
        yield desk
        await drained(world)
        await desk.check()
    assert world.ended == []


async def drained(world: World) -> None:
    """Wait until all that was published has had its effect, and that is published too."""
    prefix = world.bus.prefix
    topics = [prefix + topic for topic in topics_of(SERVICE.handlers)]
    readers = Readers({prefix + SERVICE.name: topics}, [SERVICE.name])
    await wait_until_drained(world.bus.bootstrap, world.admin_url, readers, lambda: None)


async def test_a_hundred_buyers_of_the_last_unit(world: World) -> None:
    """One gets it, ninety-nine get a range, nobody gets an error."""
    async with two_processes(world) as desk:
        await world.bus.publish(*KNOWN, a_product(), an_inbound(a_supply(units=200)), landed(1, 1, supply_id=None))
        await drained(world)
        await asyncio.gather(*(world.bus.publish(an_order(f"buyer {n}")) for n in range(100)))
        await drained(world)
        assert await desk.dead() == []

    (allocated,) = await world.bus.told(LineAllocated)
    assert [line.units for line in allocated.lines] == [1]
    promised = await world.bus.told(BackorderPromised)
    assert len({p.order_id for p in promised} - {allocated.order_id}) == 99
    assert all(p.lines[0].after for p in promised)
    assert await world.bus.told(BackorderReleased) == await world.bus.told(PromiseMoved) == []
    events = [page for page in await world.bus.told(AvailabilityChanged) if page.node]
    pages = sorted(events, key=lambda page: page.version)
    assert (pages[-1].state, pages[-1].max_orderable) == ("backorder", 101)


async def test_a_story_repeated_after_a_restart_changes_nothing(world: World) -> None:
    steps: Sequence[Sequence[Fact]] = (
        (*KNOWN, AT_ONCE, a_product(), an_inbound(a_supply(units=4)), an_order("o1", a_line(units=3))),
        (landed(2, 1),),
        (landed(-1, 2, supply_id=None, reason="ship", order_id="o1", line_id="1"),),
    )
    story = [fact for step in steps for fact in step]
    async with two_processes(world) as desk:
        sent: list[Sent] = []
        for step in steps:
            sent += await world.bus.publish(*step)
            await drained(world)
        rows = await desk.business()
        await world.bus.publish(*sent, *story)
    async with two_processes(world) as desk:
        await world.bus.publish(*story)
        await drained(world)
        assert await desk.business() == rows
    (released,) = await world.bus.told(BackorderReleased)
    assert released.lines[0].units == 2


def a_rush(chance: random.Random, skus: Sequence[str]) -> list[list[Fact]]:
    """Strand of facts, each in its own order; the strands may mix in any way."""
    catalogue: list[Fact] = [*KNOWN, AT_ONCE, *map(a_product, skus)]
    orders: list[Fact] = [
        an_order(
            f"o{n}",
            *(a_line(str(line), chance.choice(skus), chance.randint(1, 4)) for line in range(chance.randint(1, 3))),
            completed_at=MONDAY - timedelta(minutes=chance.randint(0, 300)),
        )
        for n in range(240)
    ]
    stock: list[list[Fact]] = [
        [landed(chance.randint(1, 30 if len(skus) == 1 else 6), n, sku=sku) for n in range(1, 9)] for sku in skus
    ]
    inbound: list[list[Fact]] = [
        [an_inbound(a_supply("asn-1", chance.randint(1, 200), 16, 17 + n), sku=sku, version=n) for n in range(1, 6)]
        for sku in skus
    ]
    return [catalogue, orders[:120], orders[120:], *stock, *inbound]


def mixed(chance: random.Random, strands: Sequence[Sequence[Fact]]) -> list[Fact]:
    """Return all strands as one, each in its order."""
    places = [place for place, strand in enumerate(strands) for _ in strand]
    chance.shuffle(places)
    ahead = [iter(strand) for strand in strands]
    return [next(ahead[place]) for place in places]


@pytest.mark.parametrize("skus", [("TEE-M",), tuple("ABCDEFGH")], ids=["one hot SKU", "random SKUs"])
async def test_two_processes_serve_a_rush_that_comes_in_any_order(world: World, skus: Sequence[str]) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    strands = a_rush(chance, skus)
    facts = mixed(chance, strands)
    async with two_processes(world) as desk:
        await asyncio.gather(*(world.bus.publish(*facts[place::3]) for place in range(3)))
        await drained(world)
        assert (await desk.parked(), await desk.dead()) == ([], [])
        owned = await owned_by_sku(desk)

    landed_units, ordered = units_of(strands)
    assert owned == {sku: min(landed_units[sku], ordered[sku]) for sku in skus if min(landed_units[sku], ordered[sku])}
    announced: Counter[str] = Counter()
    for kind in (LineAllocated, BackorderReleased):
        for event in await world.bus.told(kind):
            for line in event.lines:
                announced[line.sku] += line.units
    assert announced == owned, "what is told is what is owned"


async def owned_by_sku(desk: Desk) -> Counter[str]:
    rows = await desk.admin.fetch("select sku, sum(on_floor)::int as units from releases group by sku")
    return +Counter({row["sku"]: row["units"] for row in rows})


def units_of(strands: Sequence[Sequence[Fact]]) -> tuple[Counter[str], Counter[str]]:
    """Return units that landed, and units that were ordered, by SKU."""
    stock, wanted = Counter[str](), Counter[str]()
    for strand in strands:
        for fact in strand:
            for movement in getattr(fact, "movements", ()):
                stock[fact.sku] += movement.delta  # type: ignore[attr-defined]
            for line in getattr(fact, "lines", ()):
                wanted[line.sku] += line.units
    return stock, wanted
