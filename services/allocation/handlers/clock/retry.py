"""What is due is decided some at once; what cannot be decided is put off, so that all the rest goes on."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from services.allocation.store import timers
from shared.messaging.faults import reason_of, retried
from shared.messaging.transaction import Tx, begin
from shared.messaging.worker import Worker

log = structlog.get_logger(__name__)
_AT_ONCE: Final = 100
_PUT_OFF: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class DueWork:
    """Something that is due by the clock: which ones (the longest first), what is done, and how they are put off."""

    find: Callable[[Tx, int], Awaitable[Collection[Any]]]
    decide: Callable[[Tx, Collection[Any]], Awaitable[None]]
    put_off: Callable[[Tx, Collection[Any], datetime], Awaitable[None]]


def timed(kind: timers.Kind, decide: Callable[[Tx, Collection[Any]], Awaitable[None]]) -> DueWork:
    """What is due by its timers."""
    return DueWork(
        find=lambda tx, most: timers.due(tx, kind, most),
        decide=decide,
        put_off=lambda tx, found, until: timers.put_off(tx, kind, found, until),
    )


async def decide_some(worker: Worker, due: DueWork) -> int:
    """Decides the longest due in one transaction, fewer of them if that fails; how many.

    One that fails alone is put off for ten minutes, and logged as an error.
    """
    most = _AT_ONCE
    while True:
        try:
            return await retried(partial(_decide, worker, due, most))
        except Exception as error:  # noqa: BLE001 whatever it is, the rest goes on
            if most == 1:
                await retried(partial(_put_off, worker, due, reason_of(error)))
                return 1
            most //= 2


async def _decide(worker: Worker, due: DueWork, most: int) -> int:
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        found = await due.find(tx, most)
        if found:
            await due.decide(tx, found)
    return len(found)


async def _put_off(worker: Worker, due: DueWork, reason: str) -> None:
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        found = await due.find(tx, 1)
        await due.put_off(tx, found, tx.now + _PUT_OFF)
    log.error("put off, since it cannot be decided", due=[str(entry) for entry in found], reason=reason)
