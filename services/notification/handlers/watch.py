"""What a person hears of when it is time: causes that are held, and notices that are late or overdue."""

import asyncio
from functools import partial
from typing import Final

from services.notification.handlers.alarms import alarm_notices
from services.notification.handlers.held_causes import alarm_causes
from shared.messaging.faults import retried
from shared.messaging.worker import Worker

_POLL: Final = 1.0


async def watch_alarms(worker: Worker) -> None:
    """Let alarms go off when it is time, for as long as this process leads."""
    while True:
        await retried(partial(alarm_causes, worker))
        await retried(partial(alarm_notices, worker))
        await asyncio.sleep(_POLL)
