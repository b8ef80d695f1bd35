"""What handlers announce: with every header, never too large, and on its topic at once."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord

from shared.db.pool import create_pool
from shared.messaging import relay
from shared.messaging.transaction import Bell, Tx, begin
from shared.messaging.wire import Event
from shared.testing.builders import a_receipt, landed
from shared.testing.bus import record_of
from shared.testing.until import until
from tests.integration.messaging.probe import Probe


async def test_effects_name_their_source_and_carry_the_trace_of_their_cause(probe: Probe) -> None:
    async def tell(tx: Tx, events: Sequence[Event[Any]]) -> None:
        for event in events:
            tx.announce(landed(5, sequence=41), event.traceparent)

    probe.on = tell
    cause = record_of(a_receipt("r1"))
    await probe.world.bus.publish(cause)
    async with probe.running():
        await probe.has_done("r1")
        await probe.world.settled("inventory")
    [record] = await probe.world.bus.raw("stock.v1")
    answer = {name: value.decode() for name, value in record.headers}
    before = (dict(cause.headers)["traceparent"] or b"").decode().split("-")
    after = answer.pop("traceparent").split("-")
    assert (after[1], len(after[2])) == (before[1], 16)
    assert after[2] != before[2]
    assert UUID(answer.pop("ce_id")).version == 7
    assert answer.pop("ce_time").endswith("Z")
    assert record.key == b"TEE-M|ams"
    assert answer == {
        "ce_specversion": "1.0",
        "ce_type": "StockAdjusted",
        "ce_source": "firstfill/inventory",
        "ce_subject": "TEE-M|ams",
        "content-type": "application/json",
        "sequence": "41",
    }


async def test_an_event_that_would_be_too_large_dies_with_that_reason(probe: Probe) -> None:
    async def tell_too_much(tx: Tx, _: Sequence[Event[Any]]) -> None:
        tx.send("receipts.v1", b"k", b"x" * 1_000_000, ())

    probe.on = tell_too_much
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running():
        await probe.has(1, "dead_letters")
    assert (await probe.reasons())["TEE-M|ams"].startswith("TooLarge")


async def test_a_commit_of_any_process_is_published_at_once(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_POLL", 3600)
    topic, bootstrap = f"{probe.world.bus.prefix}stock.v1", probe.world.bus.bootstrap
    watching = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=100)
    async with watching as watch, probe.running() as leader:
        await until(leader.lease.leading.is_set)
        for bell in (leader.consumer.worker.bell, Bell("inventory_outbox")):
            await _commit_and_see(watch, probe, bell)


async def _commit_and_see(watch: AIOKafkaConsumer, probe: Probe, bell: Bell) -> None:
    """Commit ten times in a row, with the bell of one process or another."""
    async with await create_pool(probe.world.url_of("inventory"), "inventory", size=1) as pool:
        for number in range(10):
            async with begin(pool, "test", bell) as tx:
                tx.send("stock.v1", b"k", str(number).encode(), ())
            record: ConsumerRecord = await asyncio.wait_for(watch.getone(), 30)
            assert record.value == str(number).encode()
