"""Connections to PostgreSQL, set so that a frozen or vanished process never holds a lock for long."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import asyncpg

_COMMON: Final = MappingProxyType(
    {
        "timezone": "UTC",
        "jit": "off",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "2",
        "tcp_keepalives_count": "2",
        "idle_in_transaction_session_timeout": "5s",
    }
)


def settings_for(schema: str) -> dict[str, str]:
    """Return the server settings of every connection of a service."""
    return {**_COMMON, "search_path": schema, "application_name": f"firstfill/{schema}"}


async def create_pool(url: str, schema: str, size: int = 4) -> asyncpg.Pool:
    """Create a pool whose connections see only the tables of `schema`.

    What a transaction sets ends with it, so that a connection needs no reset before it is used again.
    """
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        timeout=10,
        command_timeout=60,
        server_settings=settings_for(schema),
        reset=_as_it_is,
    )


async def _as_it_is(_: asyncpg.Connection) -> None:
    return


async def connect(url: str, schema: str, settings: Mapping[str, str] = MappingProxyType({})) -> asyncpg.Connection:
    """Open one direct connection, outside the pool, for locks and notifications that live as long as it does."""
    return await asyncpg.connect(url, timeout=10, server_settings={**settings_for(schema), **settings})
