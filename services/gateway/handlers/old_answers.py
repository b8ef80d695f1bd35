"""What gateway keeps for a while only: answers to requests and to scanners, and sessions."""

import asyncio
from typing import Final

from services.gateway.store import callers, read_models, staff
from shared.messaging.faults import retried
from shared.messaging.transaction import reading
from shared.messaging.worker import Worker

_EVERY: Final = 3600.0


async def forget_each_hour(worker: Worker) -> None:
    """Forget old answers for as long as this process leads."""
    while True:
        await retried(lambda: forget(worker))
        await asyncio.sleep(_EVERY)


async def forget(worker: Worker) -> None:
    """Forget sessions that expired a month ago, and answers of a day ago: of scans by the clock of business."""
    await callers.forget_answers(worker.pool)
    await staff.forget_sessions(worker.pool)
    async with reading(worker.pool, worker.source) as tx:
        now = tx.now
    await read_models.forget_scan_answers(worker.pool, now)
