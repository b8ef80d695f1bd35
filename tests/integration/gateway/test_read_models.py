"""What gateway knows follows from what was told, not from the order or number of tellings."""

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from services.gateway.app import SERVICE
from shared.contracts.shipments import ShippedLine
from shared.contracts.topics import TOPIC_OF
from shared.testing.builders import a_day, a_line, a_promised_line, a_shipment, an_order, promised
from shared.testing.bus import Sent, record_of
from shared.testing.invariants import broken_invariants
from shared.testing.until import until
from tests.integration.conftest import World
from tests.integration.gateway.story import TABLES, story


async def tables(world: World) -> dict[str, list[dict[str, Any]]]:
    """Return all rows but the time at which something was said, which is another when it is said again."""
    return {
        name: [
            {column: value for column, value in row.items() if column != "told_at"}
            for row in await world.admin.fetch(f"select * from gateway.{name} t order by t::text")
        ]
        for name in TABLES
    }


async def handled(world: World, events: int) -> None:
    """Wait until so many events are handled."""
    query = "select count(*) >= $1 from gateway.inbox where outcome = 'done'"
    await until(lambda: world.admin.fetchval(query, events), timeout=30)


def shuffled(records: Sequence[Sent], chance: random.Random) -> list[Sent]:
    """Return topics in any order to each other; one key of one topic stays in order, as Kafka keeps it."""
    streams = defaultdict(list)
    for record in records:
        streams[record.topic, record.key].append(record)
    turns = [place for place, stream in streams.items() for _ in stream]
    chance.shuffle(turns)
    queues = {place: iter(stream) for place, stream in streams.items()}
    return [next(queues[turn]) for turn in turns]


async def test_announced_facts_can_be_read(world: World) -> None:
    async with world.start(SERVICE):
        await world.bus.publish(*story())
        await handled(world, len(story()))

    rows = await world.admin.fetch("select * from gateway.waiting order by order_id, line_id")
    line, revoked, cancelled, swapped, shipped = rows
    assert (line["order_id"], line["line_id"], line["units"]) == ("o1", "1", 3)
    assert (line["earliest"], line["latest"]) == (a_day(30), a_day(31))
    assert (revoked["order_id"], revoked["units"]) == ("o2", 1)
    assert (cancelled["order_id"], cancelled["line_id"], cancelled["units"]) == ("o7", "1", 3)
    assert (swapped["order_id"], swapped["line_id"], swapped["units"]) == ("o7", "9", 3)
    assert (shipped["order_id"], shipped["units"]) == ("o9", 1)
    pages = await world.admin.fetch(
        "select node, state, available_to_sell, breaks from gateway.availability order by 1"
    )
    assert [tuple(page)[:3] for page in pages] == [("", "in_stock", 3), ("ams", "backorder", 0)]
    assert json.loads(pages[1]["breaks"]) == [
        {"up_to_units": 5, "ships": {"earliest": "2027-03-16", "latest": "2027-03-22"}, "is_estimated": False}
    ]
    assert await broken_invariants(world.admin, "gateway") == {}


async def test_facts_heard_twice_change_nothing(world: World) -> None:
    async with world.start(SERVICE):
        records = await world.bus.publish(*story())
        await handled(world, len(records))
        before = await tables(world)
        await world.bus.publish(*records)  # the same events
        await world.bus.publish(*story())  # the same facts as new events
        await handled(world, 2 * len(records))
    assert await tables(world) == before


@pytest.mark.parametrize("seed", range(3))
async def test_a_rebuild_from_topics_in_any_order_gives_the_same_tables(world: World, seed: int) -> None:
    records = [record_of(fact) for fact in story()]
    async with world.start(SERVICE):
        await world.bus.publish(*records)
        await handled(world, len(records))
        before = await tables(world)
        every = ", ".join(f"gateway.{name}" for name in ("inbox", "parked", "dead_letters", *TABLES))
        await world.admin.execute(f"truncate {every} cascade")
        for record in shuffled(records, random.Random(seed)):
            await world.bus.publish(record)
        await handled(world, len(records))
    assert await tables(world) == before


async def test_facts_are_kept_before_their_cause(world: World) -> None:
    in_order = story()
    topics = list(dict.fromkeys(TOPIC_OF[type(fact)].name for fact in in_order))
    async with world.start(SERVICE):
        number = 0
        for topic in reversed(topics):  # the release comes long before its promise
            facts = [fact for fact in in_order if TOPIC_OF[type(fact)].name == topic]
            await world.bus.publish(*facts)
            await handled(world, number := number + len(facts))
    assert await world.admin.fetchval("select count(*) from gateway.parked") == 0
    assert await world.admin.fetchval("select sum(units) from gateway.waiting") == 11
    assert await broken_invariants(world.admin, "gateway") == {}


async def test_a_line_shipped_without_allocation_waits_no_more(world: World) -> None:
    left = ShippedLine(line_id="1", sku="TEE-M", node="ams", units=2)
    facts = [an_order("o1", a_line(units=4)), promised("o1", a_promised_line(1, (16, 22), units=4)),
            a_shipment("o1", left, shipment_id="s1"), a_shipment("o1", left, shipment_id="s2")]  # fmt: skip
    async with world.start(SERVICE):
        await world.bus.publish(*facts, *facts)
        await handled(world, 2 * len(facts))
    assert await world.admin.fetchval("select sum(units) from gateway.shipped_units") == 4
    assert await world.admin.fetchval("select count(*) from gateway.waiting") == 0
