"""Clients of Kafka for the tools that people use."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

Client = TypeVar("Client", AIOKafkaConsumer, AIOKafkaProducer)


@asynccontextmanager
async def started(client: Client) -> AsyncIterator[Client]:
    """Start a client that is stopped afterwards, even if it could not start."""
    try:
        await client.start()
        yield client
    finally:
        await client.stop()
