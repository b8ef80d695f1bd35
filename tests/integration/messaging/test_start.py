"""A service may start before what it needs: it waits, and makes nothing itself."""

import asyncio
from dataclasses import replace

from aiokafka.admin import AIOKafkaAdminClient

from deploy.topics import create_topics
from shared.contracts.topic import Topic
from shared.testing.builders import a_receipt
from tests.integration.messaging.line import line_to
from tests.integration.messaging.probe import Probe


async def test_start_waits_for_missing_topics_and_makes_none(
    probe: Probe, kafka_admin: AIOKafkaAdminClient, topics: tuple[Topic, ...]
) -> None:
    world = replace(probe.world, bus=replace(probe.world.bus, prefix=f"late.{probe.world.bus.prefix}"))
    late = Probe(world)
    starting = asyncio.ensure_future(_work_through(late, "r1"))
    await asyncio.sleep(1)  # it has asked for its topics at least once
    assert not [topic for topic in await kafka_admin.list_topics() if topic.startswith(world.bus.prefix)]
    assert not starting.done()
    await create_topics(kafka_admin, topics, world.bus.prefix, most_partitions=1)
    await world.bus.publish(a_receipt("r1"))
    await starting
    await kafka_admin.delete_topics([world.bus.prefix + topic.name for topic in topics])


async def _work_through(probe: Probe, *names: str) -> None:
    async with probe.running():
        await probe.has_done(*names)


async def test_start_waits_for_an_absent_broker(probe: Probe) -> None:
    """Kafka then says where else it is, so that only the first call takes the line."""
    bus = probe.world.bus
    host, _, port = bus.bootstrap.partition(":")
    await bus.publish(a_receipt("r1"))
    async with line_to(host, int(port)) as line:
        elsewhere = Probe(replace(probe.world, bus=replace(bus, bootstrap=f"127.0.0.1:{line.port}")))
        starting = asyncio.ensure_future(_work_through(elsewhere, "r1"))
        await asyncio.sleep(1)  # it has asked for the broker at least once
        assert not starting.done()
        await line.join()
        await starting
