"""A dead letter that is nothing worth is given up for good, by name, and what waited behind it goes on in order."""

import asyncio
import os
import sys

import pytest

from deploy.local.places import PROJECT
from shared.messaging.replay import NotDead, Place, discard, replay
from shared.testing.builders import a_receipt, an_opening
from shared.testing.bus import record_of
from tests.integration.messaging.probe import Probe, failing_on, nothing

WHO = ("mary", "a test of the scale's new software")


async def places_of_the_dead(probe: Probe) -> list[Place]:
    rows = await probe.world.admin.fetch('select topic, partition, "offset" from dead_letters order by id')
    return [(row["topic"], row["partition"], row["offset"]) for row in rows]


async def test_events_behind_a_discarded_one_go_on_in_order_without_it(probe: Probe) -> None:
    probe.on = failing_on("open/A/ams")
    dead = record_of(an_opening("A"))
    await probe.world.bus.publish(dead, *(an_opening("A", report_id=f"A{number}") for number in range(3)))
    async with probe.running() as at_work:
        await probe.has(3, "parked")
        probe.on = nothing
        await discard(at_work.consumer.worker.pool, await places_of_the_dead(probe), *WHO)
        await probe.has_done("A0", "A1", "A2")
        await probe.world.bus.publish(dead, an_opening("A", report_id="A3"))
        await probe.has_done("A0", "A1", "A2", "A3")
        assert await replay(at_work.consumer.worker.pool) == 0
    assert (await probe.count("dead_letters"), await probe.count("parked")) == (0, 0)


async def test_behind_another_dead_letter_of_the_key_they_still_wait(probe: Probe) -> None:
    probe.on = failing_on("open/A/ams", "A0")
    await probe.world.bus.publish(an_opening("A"), an_opening("A", report_id="A0"), an_opening("A", report_id="A1"))
    async with probe.running() as at_work:
        await probe.has(2, "parked")
        await discard(at_work.consumer.worker.pool, await places_of_the_dead(probe), *WHO)
        await probe.has(1, "parked")
        assert (await probe.reasons(), await probe.done()) == ({"A|ams": "Mishap: cannot take A0"}, [])
        await discard(at_work.consumer.worker.pool, await places_of_the_dead(probe), *WHO)
        await probe.has_done("A1")


async def test_a_second_discard_changes_nothing_and_shows_who_did_the_first(probe: Probe) -> None:
    probe.on = failing_on("r1")
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running() as at_work:
        await probe.has(1, "dead_letters")
        places, pool = await places_of_the_dead(probe), at_work.consumer.worker.pool
        first = await discard(pool, places, *WHO)
        assert await discard(pool, places, "joris", "I too") == first
    [row] = first
    assert (row["discarded_by"], row["why"], row["reason"]) == (*WHO, "Mishap: cannot take r1")


async def test_nothing_is_discarded_if_one_of_them_is_not_dead(probe: Probe) -> None:
    probe.on = failing_on("r1")
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running() as at_work:
        await probe.has(1, "dead_letters")
        wrong = [*await places_of_the_dead(probe), ("receipts.v1", 0, 4711)]
        with pytest.raises(NotDead, match=r"at receipts\.v1/0/4711: see --list"):
            await discard(at_work.consumer.worker.pool, wrong, *WHO)
    assert await probe.count("dead_letters") == 1


async def test_an_operator_reads_the_dead_and_discards_one_under_their_name(probe: Probe) -> None:
    probe.on = failing_on("r1", "r2")
    await probe.world.bus.publish(a_receipt("r1", "A"), a_receipt("r2", "A"))
    async with probe.running():
        await probe.has(2, "dead_letters")
    first, second = ["/".join(map(str, place)) for place in await places_of_the_dead(probe)]
    shown = await say(probe, "--list")
    assert first in shown
    assert "Mishap: cannot take r2" in shown
    assert await say(probe, "--discard", first) == "--discard: say --by, who you are, and --why; both are kept\n"
    assert "must be TOPIC/PARTITION/OFFSET" in await say(probe, "--discard", "receipts.v1")
    announced = await say(probe, "--discard", first, "--by", "mary", "--why", "a test [of the scale]")
    assert [
        word for word in (first, "mary", "a test [of the scale]", "Mishap: cannot take r1") if word not in announced
    ] == []
    left = await say(probe, "--list")
    assert (first in left, second in left) == (False, True)
    assert "both are kept" in await say(probe, "--discard-waiting", "sku:B")
    named = ("--by", "mary", "--why", "it never comes")
    assert "nothing waits for sku:B: see /v1/parked/inventory" in await say(probe, "--discard-waiting", "sku:B", *named)


async def say(probe: Probe, *words: str) -> str:
    """Return what an operator reads who types this."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shared.messaging.replay", "inventory", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "DATABASE_URL": probe.world.url_of("inventory")},
        cwd=PROJECT,
    )
    output, _ = await process.communicate()
    return output.decode()
