"""After the mend, dead letters are handled first and then what waited behind them, and none is left."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.messaging import wire
from shared.messaging.replay import replay
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event, Poison, Record
from shared.testing.builders import a_merchant, a_product, a_receipt, an_opening
from shared.testing.bus import record_of
from shared.testing.until import until
from tests.integration.messaging.probe import Probe, failing_on, nothing


async def test_a_replayed_dead_letter_goes_first_and_those_behind_it_follow(probe: Probe) -> None:
    probe.on = failing_on("open/A/ams")
    behind = [an_opening("A", report_id=f"A{number}") for number in range(3)]
    await probe.world.bus.publish(an_opening("A"), *behind[:2])
    async with probe.running() as at_work:
        await probe.has(2, "parked")
        probe.on = nothing
        assert await replay(at_work.consumer.worker.pool) == 1
        await probe.world.bus.publish(behind[2])
        await probe.has_done("open/A/ams", "A0", "A1", "A2")
    assert (await probe.count("dead_letters"), await probe.count("parked")) == (0, 0)
    assert await probe.world.admin.fetchval("select array_agg(distinct outcome) from inbox") == ["done"]


async def test_one_that_dies_again_still_stands_before_the_others(probe: Probe) -> None:
    probe.on = failing_on("open/A/ams")
    await probe.world.bus.publish(an_opening("A"), an_opening("A", report_id="A1"))
    async with probe.running() as at_work:
        await probe.has(1, "parked")
        await replay(at_work.consumer.worker.pool)
        await until(lambda: probe.world.admin.fetchval("select min(id) > 1 from dead_letters"))
        assert await probe.done() == []
        probe.on = nothing
        await replay(at_work.consumer.worker.pool)
        await probe.has_done("open/A/ams", "A1")


async def test_dead_letters_of_one_key_are_replayed_in_the_order_they_died(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_new(_: Record, __: str) -> Any:
        raise Poison("a field of tomorrow")

    with monkeypatch.context() as yesterday:
        yesterday.setattr(wire, "_body", too_new)
        async with probe.running():
            await probe.world.bus.publish(*(an_opening("A", report_id=f"A{number}") for number in range(3)))
            await probe.has(3, "dead_letters")
    async with probe.running() as at_work:
        await probe.world.bus.publish(an_opening("A", report_id="A3"))
        await probe.has(1, "parked")
        assert await replay(at_work.consumer.worker.pool) == 3
        await probe.has_done("A0", "A1", "A2", "A3")


async def test_the_order_holds_for_keys_in_any_script(probe: Probe) -> None:
    probe.on = failing_on("open/chemise-é\\M/ams")
    await probe.world.bus.publish(an_opening("chemise-é\\M"), an_opening("chemise-é\\M", report_id="A1"))
    async with probe.running():
        await probe.has(1, "parked")
    probe.on = _late
    await replay(probe.world.admin)  # type: ignore[arg-type] # a connection serves as a pool here
    await probe.world.bus.publish(an_opening("chemise-é\\M", report_id="A2"))
    async with probe.running():
        await probe.has_done("open/chemise-é\\M/ams", "A1", "A2")


async def _late(tx: Tx, _: Sequence[Event[Any]]) -> None:
    await tx.connection.execute("select pg_sleep(0.1)")


async def test_a_broken_key_of_any_length_can_be_replayed_and_dies_again(probe: Probe) -> None:
    await probe.world.bus.publish(replace(record_of(a_receipt("r1")), key=b"\xff" * 10_000))
    async with probe.running() as at_work:
        await probe.has(1, "dead_letters")
        await replay(at_work.consumer.worker.pool)
        await until(lambda: probe.world.admin.fetchval("select id > 1 from dead_letters"))
    assert await probe.count("parked") == 0


async def test_only_the_named_topic_is_replayed(probe: Probe) -> None:
    probe.on = failing_on("r1", "A/1")
    await probe.world.bus.publish(a_receipt("r1"), a_product("A"))
    async with probe.running() as at_work:
        await probe.has(2, "dead_letters")
        probe.on = nothing
        assert await replay(at_work.consumer.worker.pool, "products.v1") == 1
        await probe.has_done("A/1")
    assert await probe.count("dead_letters") == 1


async def test_a_dead_letter_that_turns_out_to_concern_others_leaves_no_trace(probe: Probe) -> None:
    """A type of event that was unknown when it came, and is not this service's business now."""
    unknown = record_of(a_merchant("acme"))
    known = replace(
        unknown, headers=tuple((n, b"MerchantRenamed" if n == "ce_type" else v) for n, v in unknown.headers)
    )
    await probe.world.bus.publish(known)
    async with probe.running() as at_work:
        await probe.has(1, "dead_letters")
        await probe.world.admin.execute(
            "update dead_letters set headers = convert_to("
            "replace(convert_from(headers, 'UTF8'), 'MerchantRenamed', 'MerchantUpserted'), 'UTF8')"
        )
        await replay(at_work.consumer.worker.pool)
        await until(lambda: probe.world.admin.fetchval("select bool_and(outcome = 'done') from inbox"))
    assert (await probe.count("dead_letters"), await probe.count("parked")) == (0, 0)
    assert probe.calls == []
