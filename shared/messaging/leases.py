"""What a process holds while it lives: a slot in its group, and at most one of them the lead.

Both are advisory locks of one direct connection. PostgreSQL ends that connection when the process dies, and when it
is frozen for more than three seconds; a process that finds its connection gone must end itself, because another may
already stand in its place.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

import asyncpg
import structlog

from shared.db import pool as db

log = structlog.get_logger(__name__)
_SLOTS: Final = 64
_LEAD: Final = -1
_PING: Final = 1.0
_ANSWER_WITHIN: Final = 2.0  # with the ping, no longer than the server's three seconds
_TRY_LOCK: Final = "select pg_try_advisory_lock(hashtext($1), $2)"


class NoSlot(Exception):
    """All 64 slots of this service are taken: stop a process before starting another."""


@dataclass(slots=True)
class Lease:
    """A slot, and the chance to lead."""

    connection: asyncpg.Connection
    group: str
    slot: int
    leading: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def take(cls, url: str, schema: str, group: str) -> Self:
        """The lowest slot that no living process holds."""
        connection = await db.connect(url, schema, {"idle_session_timeout": "3s"})
        try:
            for slot in range(_SLOTS):
                if await connection.fetchval(_TRY_LOCK, group, slot):
                    return cls(connection, group, slot)
            raise NoSlot
        except BaseException:
            connection.terminate()
            raise

    @property
    def member(self) -> str:
        """The static name of this process in its consumer group."""
        return f"{self.group}-{self.slot}"

    async def hold(self, lost: Callable[[str], None]) -> None:
        """Keeps the connection awake and takes the lead when it is free; calls `lost` when the connection is gone."""
        try:
            while True:
                if self.leading.is_set():
                    await self.connection.fetchval("select 1", timeout=_ANSWER_WITHIN)
                elif await self.connection.fetchval(_TRY_LOCK, self.group, _LEAD, timeout=_ANSWER_WITHIN):
                    log.info("leading", member=self.member)
                    self.leading.set()
                await asyncio.sleep(_PING)
        except Exception as error:  # noqa: BLE001 whatever it was, nobody holds the lease now
            lost(f"lost the lease of {self.member}: {error!r}")

    async def give_back(self) -> None:
        """Frees the slot and the lead."""
        await self.connection.close(timeout=1)
