"""The leader's look each second: parked events whose time has come, and what others left behind."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final

import asyncpg
import structlog

from shared.contracts.topics import TOPICS
from shared.messaging.consumer import Consumer
from shared.messaging.faults import retried
from shared.messaging.long_waits import name_long_waits
from shared.messaging.transaction import QUERIES, begin
from shared.messaging.worker import TooManyDead, Worker

log = structlog.get_logger(__name__)
_EVERY: Final = 1.0
_LOOK_EVERY: Final = 60
_FORGET_EVERY: Final = 3600
_FROZEN_AFTER: Final = timedelta(seconds=5)
_MARGIN: Final = timedelta(days=2)
_WHOLE_STATES: Final = timedelta(days=30)


async def run(consumer: Consumer) -> None:
    """Sweep until this process no longer leads."""
    rounds = 0
    while consumer.stopped is None:
        await retried(partial(end_frozen, consumer.worker.pool))
        try:
            while await consumer.worker.handle_due():
                log.debug("more parked events may go on")
        except TooManyDead as error:
            consumer.give_up(error)
        if rounds % _LOOK_EVERY == 0:
            await retried(partial(look_around, consumer.worker))
        if rounds % _FORGET_EVERY == 0:
            await retried(partial(forget, consumer.worker))
        rounds += 1
        await asyncio.sleep(_EVERY)


async def look_around(worker: Worker) -> None:
    """Name what waits too long."""
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        await name_long_waits(tx, worker.service)


async def end_frozen(pool: asyncpg.Pool, after: timedelta = _FROZEN_AFTER) -> int:
    """End statements of this service that have waited so long for the rest of what a process copies; return how many.

    A process that froze there holds its locks for ever: to PostgreSQL it is not idle, and its machine still answers.
    """
    ended = await pool.fetch(QUERIES["end_frozen"], after)
    if ended:
        log.warning("a process stands still in a statement, which is ended", statements=len(ended))
    return len(ended)


async def forget(worker: Worker) -> None:
    """Forget the claims of events that their topics no longer keep; whole states are told apart by their versions."""
    kept = {topic.name: topic.keeps + _MARGIN for topic in TOPICS if topic.keeps and not topic.compacted}
    kept |= {topic.name: _WHOLE_STATES for topic in TOPICS if topic.compacted}
    await worker.pool.execute(QUERIES["forget_inbox"], list(kept), list(kept.values()))
