"""Clients of Kafka that are stopped whatever happens, a broker that goes away included."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Protocol, TypeVar

from aiokafka.admin import AIOKafkaAdminClient

_STARTS_WITHIN: Final = 5.0


class Stoppable(Protocol):
    """A client that is started and stopped: a consumer, a producer, or FastStream's broker."""

    async def start(self) -> object: ...
    async def stop(self) -> object: ...


Client = TypeVar("Client", bound=Stoppable | AIOKafkaAdminClient)


@asynccontextmanager
async def started(client: Client) -> AsyncIterator[Client]:
    """Start a client that is stopped afterwards, even if it could not start, or is told to stop while it starts.

    aiokafka forgets its first connection where its start is cancelled, so a start is waited for (5 s at most).
    """
    starting = asyncio.ensure_future(client.start())
    try:
        await asyncio.shield(starting)
        yield client
    finally:
        await asyncio.wait((starting,), timeout=_STARTS_WITHIN)
        starting.cancel()
        await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())
