"""Every event has its effect once, whatever happens between Kafka and the database."""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError
from faststream.kafka.message import KafkaAckableMessage

from shared.messaging.consumer import topics_of
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event, Record
from shared.messaging.worker import Worker
from shared.testing.builders import a_node, a_product, a_receipt, a_shipment, an_opening
from shared.testing.bus import record_of
from shared.testing.until import until
from tests.integration.conftest import World
from tests.integration.messaging.probe import LIFE, Probe, failing_on, nothing


async def committed(world: World, admin: AIOKafkaAdminClient, topic: str = "receipts.v1") -> int:
    """Return how many records of a topic Kafka need not deliver again."""
    offsets = await admin.list_consumer_group_offsets(f"{world.bus.prefix}inventory")
    return sum(at.offset for where, at in offsets.items() if where.topic == world.bus.prefix + topic)


async def test_events_published_before_the_first_start_are_handled(probe: Probe) -> None:
    await probe.world.bus.publish(a_receipt("r1"), a_receipt("r2"))
    async with probe.running():
        await probe.has_done("r1", "r2")


async def test_a_batch_runs_in_life_order_and_each_key_in_its_own(probe: Probe) -> None:
    await probe.world.bus.publish(a_shipment("o1"), a_receipt("r1"), an_opening("B"), an_opening("A"), a_product("A"))
    await probe.world.bus.publish(a_node(), a_node(version=2), a_receipt("r2"))
    async with probe.running():
        await until(lambda: len([name for call in probe.calls for name in call]) == 8)
    places = {name: place for place, name in enumerate(await probe.done())}
    life = ["node/ams/1", "node/ams/2", "A/1", "open/A/ams", "r1", "r2", "o1/ship"]
    assert [place for name in life if (place := places.get(name)) is not None] == sorted(places[n] for n in life)


async def test_a_bad_event_dies_alone_and_the_others_keep_their_order(
    probe: Probe, kafka_admin: AIOKafkaAdminClient
) -> None:
    probe.on = failing_on("r5")
    await probe.world.bus.publish(*(a_receipt(f"r{number}") for number in range(10)))
    async with probe.running():
        good = ["r0", "r1", "r2", "r3", "r4", "r6", "r7", "r8", "r9"]
        await probe.has_done(*good)
        assert await probe.reasons() == {"TEE-M|ams": "Mishap: cannot take r5"}
        await probe.world.bus.publish(a_receipt("r10"))
        await probe.has_done(*good, "r10")
        await until(lambda: _is(11, committed(probe.world, kafka_admin)))
        [copy] = await probe.dead_copies("receipts.v1")
    assert b'"receipt_id":"r5"' in copy.value
    assert dict(copy.headers)["dead_letter_reason"].endswith(b"offset 5: Mishap: cannot take r5")


async def _is(number: int, of: Awaitable[int]) -> bool:
    return await of == number


async def test_an_error_outside_of_handlers_brings_the_same_batch_again(
    probe: Probe, kafka_admin: AIOKafkaAdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[list[int]] = []
    handle = Worker.handle

    async def once_in_vain(worker: Worker, records: Sequence[Record]) -> None:
        batches.append([record.offset for record in records])
        if len(batches) == 1:
            raise RuntimeError("a bug in messaging itself")
        assert await committed(probe.world, kafka_admin) == 0
        await handle(worker, records)

    monkeypatch.setattr(Worker, "handle", once_in_vain)
    await probe.world.bus.publish(*(a_receipt(f"r{number}") for number in range(3)))
    async with probe.running():
        await probe.has_done("r0", "r1", "r2")
        await until(lambda: _is(3, committed(probe.world, kafka_admin)))
    assert batches[0] == [0, 1, 2]
    assert [offset for batch in batches[1:] for offset in batch] == [0, 1, 2]


async def test_a_batch_in_need_of_mending_is_not_asked_for_without_pause(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[float] = []

    async def in_vain(_: Worker, __: Sequence[Record]) -> None:
        tries.append(asyncio.get_running_loop().time())
        raise RuntimeError("a bug in messaging itself")

    monkeypatch.setattr(Worker, "handle", in_vain)
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running():
        await until(lambda: len(tries) == 3)
    assert tries[2] - tries[0] > 0.5


async def test_the_offset_is_committed_only_after_the_database(probe: Probe, kafka_admin: AIOKafkaAdminClient) -> None:
    seen: list[int] = []

    async def look(_: Tx, __: Sequence[Event[Any]]) -> None:
        seen.append(await committed(probe.world, kafka_admin))

    probe.on = look
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running():
        await until(lambda: _is(1, committed(probe.world, kafka_admin)))
    assert seen == [0]
    assert await probe.done() == ["r1"]


async def test_a_handled_batch_that_was_not_acknowledged_has_no_second_effect(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    handle = Worker.handle

    async def counted(worker: Worker, records: Sequence[Record]) -> None:
        batches.append(len(records))
        await handle(worker, records)

    async def unheard(_: KafkaAckableMessage) -> None:
        return None

    monkeypatch.setattr(Worker, "handle", counted)
    await probe.world.bus.publish(a_receipt("r1"), a_receipt("r2"))
    with monkeypatch.context() as deaf:
        deaf.setattr(KafkaAckableMessage, "ack", unheard)
        async with probe.running():
            await probe.has_done("r1", "r2")
    async with probe.running():
        await until(lambda: sum(batches) == 4)
        await probe.world.bus.publish(a_receipt("r3"))
        await probe.has_done("r1", "r2", "r3")
    assert [name for call in probe.calls for name in call] == ["r1", "r2", "r3"]


async def test_an_event_twice_in_a_batch_or_later_counts_once(probe: Probe) -> None:
    twice = record_of(a_receipt("r1"))
    await probe.world.bus.publish(twice, a_receipt("r2"), twice)
    async with probe.running():
        await probe.has_done("r1", "r2")
        await probe.world.bus.publish(twice, a_receipt("r3"))
        await probe.has_done("r1", "r2", "r3")


async def test_replay_of_a_topic_from_its_beginning_changes_nothing(probe: Probe) -> None:
    await probe.world.bus.publish(*(a_receipt(f"r{number}") for number in range(5)))
    names = [f"r{number}" for number in range(5)]
    async with probe.running() as at_work:
        await probe.has_done(*names)
    await _rewind(probe.world, at_work.lease.member)
    probe.calls.clear()
    async with probe.running():
        await probe.world.bus.publish(a_receipt("last"))
        await probe.has_done(*names, "last")
    assert probe.calls == [["last"]]


async def _rewind(world: World, member: str) -> None:
    """Set every offset of the group back, in the place of the member that was."""
    topic = f"{world.bus.prefix}receipts.v1"
    async with _impostor(world, member) as consumer:
        await consumer.commit({TopicPartition(topic, number): 0 for number in (0, 1)})


def _impostor(world: World, member: str) -> AIOKafkaConsumer:
    """Return a consumer under the name of a member."""
    return AIOKafkaConsumer(
        *(world.bus.prefix + name for name in topics_of(dict.fromkeys(LIFE, nothing))),
        bootstrap_servers=world.bus.bootstrap,
        group_id=f"{world.bus.prefix}inventory",
        group_instance_id=member,
        enable_auto_commit=False,
        session_timeout_ms=6000,
    )


async def test_equal_offsets_and_timestamps_on_two_partitions_are_two_events(probe: Probe) -> None:
    now = int(time.time() * 1000)
    for partition, name in enumerate(("r1", "r2")):
        record = record_of(a_receipt(name))
        await probe.world.bus.producer.send_and_wait(
            f"{probe.world.bus.prefix}receipts.v1", record.body, record.key, partition, now,
            list(record.headers),
        )  # fmt: skip
    async with probe.running():
        await until(lambda: _is(2, probe.count("probe")))
    assert sorted(await probe.done()) == ["r1", "r2"]


async def test_three_failed_acknowledgements_in_a_row_end_the_process(
    probe: Probe, kafka_admin: AIOKafkaAdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fenced(_: AIOKafkaConsumer, *__: object) -> None:
        raise CommitFailedError("the group has rebalanced")

    async with probe.running():
        await probe.world.bus.publish(a_receipt("r0"))
        await until(lambda: _is(1, committed(probe.world, kafka_admin)))
        monkeypatch.setattr(AIOKafkaConsumer, "commit", fenced)
        for number in (1, 2, 3):
            assert probe.world.ended == []
            await probe.world.bus.publish(a_receipt(f"r{number}"))
            await until(lambda: len(probe.calls) > number)  # noqa: B023 waited for here
        await until(lambda: bool(probe.world.ended))
    assert "three acknowledgements" in probe.world.ended[0]


async def test_a_stop_lets_the_open_transaction_finish_and_acknowledges_it(
    probe: Probe, kafka_admin: AIOKafkaAdminClient
) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(_: Tx, __: Sequence[Event[Any]]) -> None:
        begun.set()
        await may_end.wait()

    async def run(stop: asyncio.Event) -> None:
        async with probe.running():
            await stop.wait()

    probe.on = slow
    await probe.world.bus.publish(a_receipt("r1"))
    stop = asyncio.Event()
    service = asyncio.ensure_future(run(stop))
    await begun.wait()
    stop.set()
    asyncio.get_running_loop().call_later(0.3, may_end.set)
    await service
    assert await probe.done() == ["r1"]
    assert await committed(probe.world, kafka_admin) == 1
    assert probe.world.ended == []
