"""Clients of Kafka in the hands of a person."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

Client = TypeVar("Client", AIOKafkaConsumer, AIOKafkaProducer)


@asynccontextmanager
async def started(client: Client) -> AsyncIterator[Client]:
    """A client that is stopped afterwards, even if it could not start."""
    try:
        await client.start()
        yield client
    finally:
        await client.stop()
