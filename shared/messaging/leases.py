"""Leases that a process holds while it lives: a slot in its group, and at most one of them the lead.

Both are advisory locks of one direct connection. PostgreSQL ends that connection when the process dies, and when it is
frozen for more than five seconds; a process that finds its connection gone must end itself, because another may already
stand in its place. The connection belongs to a thread with an event loop of its own: work that computes for long holds
up the process's event loop, and never its lease.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from types import MappingProxyType
from typing import Any, Final

import asyncpg
import structlog

from shared.db import pool as db

log = structlog.get_logger(__name__)
_SLOTS: Final = 64
_LEAD: Final = -1
_PING: Final = 1.0
_SILENCE: Final = 5.0  # seconds without a ping after which the server ends the connection
_ANSWER_WITHIN: Final = 4.0  # with the ping, no longer than the server waits
_TRY_LOCK: Final = "select pg_try_advisory_lock(hashtext($1), $2)"
_UNLOCK: Final = "select pg_advisory_unlock(hashtext($1), $2)"


class NoSlot(Exception):
    """All 64 slots of this service are taken: stop a process before starting another."""


@dataclass(slots=True)
class Lease:
    """A slot, and the chance to lead. `lost` is called once if this process stood still, and `away` if the database is.

    Both are called in the lease's own thread.

    `leading` is set in the event loop of whoever took the lease.
    """

    url: str
    schema: str
    group: str
    lost: Callable[[str], None]
    away: Callable[[str], None]
    leading: asyncio.Event = field(default_factory=asyncio.Event)
    may_lead: bool = True  # it leaves the lead to others within a second after this is false
    slot: int = -1
    server_pid: int = 0
    _leads: bool = False
    _heard_at: float = 0.0
    _ended: asyncio.Event | None = None
    _own_loop: asyncio.AbstractEventLoop | None = None
    _thread: Thread | None = None

    async def take(self, notifications: Mapping[str, Callable[[], None]] = MappingProxyType({})) -> None:
        """Take the lowest slot that no living process holds; call what is given for each NOTIFY of a channel."""
        taken = Future[None]()
        loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._live, args=(loop, notifications, taken), name="lease", daemon=True)
        self._thread.start()
        await asyncio.wrap_future(taken)

    @property
    def member(self) -> str:
        """Return the static name of this process in its consumer group."""
        return f"{self.group}-{self.slot}"

    async def give_back(self) -> None:
        """Free the slot and the lead."""
        if self._thread and self._ended and self._own_loop:
            _call(self._own_loop, self._ended.set)
            await asyncio.to_thread(self._thread.join)

    def _live(
        self, loop: asyncio.AbstractEventLoop, notifications: Mapping[str, Callable[[], None]], taken: Future[None]
    ) -> None:
        """Hold the locks in an event loop of this thread's own until they are given back or lost."""
        try:
            asyncio.run(self._hold(loop, notifications, taken))
        except Exception as error:  # noqa: BLE001 whoever waits for the slot must hear of it
            if not taken.done():
                taken.set_exception(error)

    async def _hold(
        self, loop: asyncio.AbstractEventLoop, notifications: Mapping[str, Callable[[], None]], taken: Future[None]
    ) -> None:
        connection = await db.connect(self.url, self.schema, {"idle_session_timeout": f"{_SILENCE:g}s"})
        try:
            self._ended, self._own_loop = asyncio.Event(), asyncio.get_running_loop()
            await self._take_slot(connection)
            for channel, notified in notifications.items():
                await connection.add_listener(channel, partial(_call, loop, notified))
            taken.set_result(None)
            await self._stay_awake(connection, loop, self._ended)
        finally:
            await _close(connection)

    async def _take_slot(self, connection: asyncpg.Connection) -> None:
        for slot in range(_SLOTS):
            if await connection.fetchval(_TRY_LOCK, self.group, slot):
                self.slot, self.server_pid, self._heard_at = slot, connection.get_server_pid(), time.monotonic()
                return
        raise NoSlot

    async def _stay_awake(
        self, connection: asyncpg.Connection, loop: asyncio.AbstractEventLoop, ended: asyncio.Event
    ) -> None:
        """Ping the server each second and take the lead when it is free; say so when the connection is gone."""
        try:
            while not ended.is_set():
                await self._ping(connection, loop)
                self._heard_at = time.monotonic()
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), _PING)
        except Exception as error:  # noqa: BLE001 whatever it was, nobody holds the lease now
            if not ended.is_set():
                silent = time.monotonic() - self._heard_at
                stood_still = silent > _SILENCE or isinstance(error, asyncpg.IdleSessionTimeoutError)
                tell = self.lost if stood_still else self.away
                tell(f"lost the lease of {self.member}: {_in_words(error, silent)}")

    async def _ping(self, connection: asyncpg.Connection, loop: asyncio.AbstractEventLoop) -> None:
        if self._leads and not self.may_lead:
            _call(loop, self.leading.clear)
            self._leads = False
            await connection.fetchval(_UNLOCK, self.group, _LEAD, timeout=_ANSWER_WITHIN)
        elif self._leads or not self.may_lead:
            await connection.fetchval("select 1", timeout=_ANSWER_WITHIN)
        elif await connection.fetchval(_TRY_LOCK, self.group, _LEAD, timeout=_ANSWER_WITHIN):
            log.info("leading", member=self.member)
            self._leads = True
            _call(loop, self.leading.set)


def _in_words(error: Exception, silent: float) -> str:
    """Say why a lease is lost, for a person who reads the log; asyncpg does not always know what the server said."""
    if silent > _SILENCE or isinstance(error, asyncpg.IdleSessionTimeoutError):
        why = f"after {_SILENCE:g} s PostgreSQL gives its place to another"
        return f"this process stood still for {silent:.1f} s; {why}"
    if isinstance(error, TimeoutError):
        return f"PostgreSQL did not answer within {_ANSWER_WITHIN:g} s"
    return f"PostgreSQL ended the connection, or is shut down ({type(error).__name__}: {error})"


async def _close(connection: asyncpg.Connection) -> None:
    try:
        await connection.close(timeout=1)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection.terminate()


def _call(loop: asyncio.AbstractEventLoop, what: Callable[[], Any], *_: object) -> None:
    """Have another thread's event loop call something, unless it is closed by now."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(what)
