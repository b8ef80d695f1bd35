"""A client of Kafka leaves no connection open, whatever it is doing when it is told to stop."""

import asyncio
import gc

from aiokafka import AIOKafkaConsumer
from aiokafka.conn import AIOKafkaConnection

from shared.messaging.clients import Client, started
from shared.messaging.relay import producer_of
from tests.integration.conftest import World


async def _use(client: Client) -> None:
    async with started(client):
        await asyncio.Event().wait()


def _open() -> int:
    return sum(kept.connected() for kept in gc.get_objects() if isinstance(kept, AIOKafkaConnection))


async def test_a_client_stopped_while_it_starts_leaves_no_connection(world: World) -> None:
    before = _open()
    for milliseconds in range(12):
        producer = producer_of(world.bus.bootstrap, f"{world.bus.prefix}stopped")
        consumer = AIOKafkaConsumer(f"{world.bus.prefix}stock.v1", bootstrap_servers=world.bus.bootstrap)
        using = [asyncio.create_task(_use(client)) for client in (producer, consumer)]
        await asyncio.sleep(milliseconds / 1000)
        for task in using:
            task.cancel()
        await asyncio.gather(*using, return_exceptions=True)
    assert _open() == before
