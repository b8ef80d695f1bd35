"""What gateway knows follows from what was told, not from the order or number of tellings."""

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from services.gateway.app import SERVICE
from shared.contracts.allocations import AllocatedLine, AllocatedLot, LineAllocated
from shared.contracts.availability import AvailabilityChanged, Break
from shared.contracts.dock import ClosedLine, ReceivingClosed
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import DateRange, Fact
from shared.contracts.notices import CoveredLine, NoticeFailed, NoticeSent, NoticeSuperseded
from shared.contracts.shipments import ShippedLine
from shared.contracts.topics import TOPIC_OF
from shared.testing.builders import (
    MONDAY,
    a_day,
    a_line,
    a_promised_line,
    a_released_line,
    a_shipment,
    an_order,
    moved,
    promised,
    released,
    withdrawn,
)
from shared.testing.bus import Sent, record_of
from shared.testing.invariants import broken_invariants
from shared.testing.until import until
from tests.integration.conftest import World

TABLES = ("availability", "orders", "order_lines", "allocations", "promises", "shipped", "notices", "receivings",
          "exceptions")  # fmt: skip


def a_page(version: int, available: int, node: str | None = "ams") -> AvailabilityChanged:
    ships = DateRange(earliest=a_day(16), latest=a_day(22))
    return AvailabilityChanged(
        sku="TEE-M", node=node, merchant="acme", version=version, state="in_stock" if available else "backorder",
        available_to_sell=available, breaks=(Break(up_to_units=5, ships=ships),), max_orderable=20, as_of=MONDAY,
    )  # fmt: skip


def allocated(units: int) -> LineAllocated:
    line = AllocatedLine(
        line_id="1", line_version=1, sku="TEE-M", node="ams", units=units, lots=(AllocatedLot(units=units),)
    )
    return LineAllocated(order_id="o1", release="now", lines=(line,))


def a_finding(version: int, state: str) -> ExceptionChanged:
    return ExceptionChanged.model_validate(
        {"exception_id": "x1", "version": version, "class": "over", "subject": "s1", "facts": {"units": "2"}}
        | {"state": state}
    )


def a_notice(notice_id: str, kind: str = "confirmed") -> dict[str, Any]:
    covered = (CoveredLine(line_id="1", line_version=2),)
    return {"order_id": "o1", "notice_id": notice_id, "kind": kind, "lines": covered, "caused_at": MONDAY}


def story() -> list[Fact]:
    """Ten are ordered: three are there, seven wait, four of them come, all but three leave in two parcels."""
    closed = ClosedLine(sku="TEE-M", expected=10, received=7, damaged=1, short=3, over=0)
    parcel = [ShippedLine(line_id="1", sku="TEE-M", node="ams", units=units) for units in (3, 2, 2)]
    return [
        a_page(1, 3),
        a_page(1, 3, None),
        an_order("o1", a_line(units=10)),
        allocated(3),
        promised("o1", a_promised_line(2, (16, 22), units=7)),
        a_page(2, 0),
        NoticeSuperseded(**a_notice("n1"), superseded_by="n2"),
        NoticeFailed(**a_notice("n2"), failed_at=MONDAY, reason="550"),
        moved("o1", a_promised_line(3, (19, 25), units=7)),
        NoticeSent(**a_notice("n3", "moved"), sent_at=MONDAY, message_id="<n3@firstfill>"),
        withdrawn("o1", a_promised_line(4, None, units=7)),
        a_finding(1, "open"),
        released("o1", a_released_line(5, 4)),
        moved("o1", a_promised_line(6, (30, 31), units=3)),
        ReceivingClosed(asn_id="asn-1", node="ams", closed_at=MONDAY, lines=(closed,)),
        a_shipment("o1", parcel[0], shipment_id="p1"),
        a_shipment("o1", *parcel[1:], shipment_id="p2"),
        a_finding(2, "settled"),
    ]


async def tables(world: World) -> dict[str, list[tuple[Any, ...]]]:
    return {
        name: [tuple(row) for row in await world.admin.fetch(f"select * from gateway.{name} order by 1, 2, 3")]
        for name in TABLES
    }


async def handled(world: World, events: int) -> None:
    """Waits until so many events are handled."""
    query = "select count(*) >= $1 from gateway.inbox where outcome = 'done'"
    await until(lambda: world.admin.fetchval(query, events), timeout=30)


def shuffled(records: Sequence[Sent], chance: random.Random) -> list[Sent]:
    """Topics in any order to each other; one key of one topic stays in order, as Kafka keeps it."""
    streams = defaultdict(list)
    for record in records:
        streams[record.topic, record.key].append(record)
    turns = [place for place, stream in streams.items() for _ in stream]
    chance.shuffle(turns)
    queues = {place: iter(stream) for place, stream in streams.items()}
    return [next(queues[turn]) for turn in turns]


async def test_what_was_told_can_be_read(world: World) -> None:
    async with world.start(SERVICE):
        await world.bus.publish(*story())
        await handled(world, len(story()))

    (line,) = await world.admin.fetch("select * from gateway.line_states")
    assert (line["ordered"], line["allocated"], line["released"], line["shipped"], line["waiting"]) == (10, 7, 4, 7, 3)
    assert (line["promise_version"], line["earliest"], line["latest"]) == (6, a_day(30), a_day(31))
    assert (line["first_latest"], line["promises"]) == (a_day(22), 4)
    known = await tables(world)
    assert [(row[1], row[4], row[5]) for row in known["availability"]] == [("", "in_stock", 3), ("ams", "backorder", 0)]
    assert '"up_to_units": 5' in known["availability"][1][6]
    assert [(row[0], row[3]) for row in known["notices"]] == [("n1", "superseded"), ("n2", "failed"), ("n3", "sent")]
    assert [row[3:8] for row in known["receivings"]] == [(10, 7, 1, 3, 0)]
    assert [row[1:] for row in known["exceptions"]] == [(2, "over", "s1", '{"units": "2"}', "settled")]
    assert await broken_invariants(world.admin, "gateway") == {}


async def test_everything_told_twice_changes_nothing(world: World) -> None:
    async with world.start(SERVICE):
        records = await world.bus.publish(*story())
        await handled(world, len(records))
        before = await tables(world)
        await world.bus.publish(*records)  # the same events
        await world.bus.publish(*story())  # the same facts as new events
        await handled(world, 2 * len(records))
    after = await tables(world)
    assert after == before


@pytest.mark.parametrize("seed", range(3))
async def test_a_rebuild_from_topics_in_any_order_gives_the_same_tables(world: World, seed: int) -> None:
    records = [record_of(fact) for fact in story()]
    async with world.start(SERVICE):
        await world.bus.publish(*records)
        await handled(world, len(records))
        before = await tables(world)
        await world.admin.execute(f"truncate gateway.inbox, gateway.parked, gateway.dead_letters, "
                                  f"{', '.join('gateway.' + name for name in TABLES)}")  # fmt: skip
        for record in shuffled(records, random.Random(seed)):
            await world.bus.publish(record)
        await handled(world, len(records))
    assert await tables(world) == before
    assert await broken_invariants(world.admin, "gateway") == {}


@pytest.mark.parametrize("late", range(len(story())))
async def test_nothing_waits_for_its_cause(world: World, late: int) -> None:
    facts = story()
    first = facts.pop(late)
    same = [fact for fact in facts if TOPIC_OF[type(fact)] is TOPIC_OF[type(first)] and fact.key() == first.key()]
    others = [fact for fact in facts if fact not in same]
    async with world.start(SERVICE):
        await world.bus.publish(first)
        await handled(world, 1)
        await world.bus.publish(*others)
        await handled(world, 1 + len(others))
    assert await world.admin.fetchval("select count(*) from gateway.parked") == 0
    assert await broken_invariants(world.admin, "gateway") == {}
