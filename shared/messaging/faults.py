"""Failures: which pass by themselves, and how long to be patient with the others."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import asyncpg
import structlog

log = structlog.get_logger(__name__)
T = TypeVar("T")


class TooSlow(Exception):
    """The database was left idle in a transaction for more than 4 s, or worked over a statement for more than 60 s."""


# Connection lost, transaction rolled back, out of resources, shut down by an operator; and our own time-outs.
_TRANSIENT_CLASSES: Final = ("08", "40", "53")
_TRANSIENT_STATES: Final = ("25P03", "25P04", "57P01", "57P02", "57P03", "57P05")
_ATTEMPTS: Final = 3
_LONGEST: Final = 2.0


def is_transient(error: BaseException) -> bool:
    """Return whether the same work may succeed later, with nothing mended."""
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return True  # a migration ran; asyncpg has forgotten its plans by now
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state[:2] in _TRANSIENT_CLASSES or state in _TRANSIENT_STATES
    if isinstance(error, asyncpg.InternalClientError):
        # So asyncpg calls a connection that the server ended while it was idle, or a schema that has changed.
        return not isinstance(error, asyncpg.ProtocolError)
    if isinstance(error, asyncpg.InterfaceError):
        # asyncpg has no class for a call on a lost connection, only this text.
        return str(error).endswith("connection is closed")
    return isinstance(error, OSError | TimeoutError)


def is_lost(error: BaseException) -> bool:
    """Return whether the connection is gone; asyncpg does not always know the reason."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state[:2] == "08" or state == "25P03"
    return is_transient(error) and isinstance(error, asyncpg.InternalClientError | asyncpg.InterfaceError)


def reason_of(error: BaseException, *, personal: bool = False) -> str:
    """Return what may be told of an error: without PostgreSQL's detail of rows, of personal data only the kind."""
    if personal:
        return type(error).__name__
    message = error.args[0] if isinstance(error, asyncpg.PostgresError) and error.args else error
    return f"{type(error).__name__}: {str(message) or error.__doc__}"


async def retried(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work, waiting out transient faults for as long as they last; raise any other error."""
    pause = 0.05
    while True:
        try:
            return await work()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("waiting", error=type(error).__name__, detail=str(error))
        await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 jitter, not a secret
        pause = min(pause * 2, _LONGEST)


async def retried_three_times(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work patiently, and try three times before an error that is not transient counts."""
    for attempt in range(1, _ATTEMPTS):
        try:
            return await retried(work)
        except Exception as error:  # noqa: BLE001 any error of a handler counts
            log.warning("trying again", attempt=attempt, error=type(error).__name__)
            await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 jitter, not a secret
    return await retried(work)
