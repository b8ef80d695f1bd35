"""Inventory as a process that kills itself with -9 at a named step: `python -m tests.faults.victim STEP`."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from services.inventory.app import SERVICE
from shared.messaging import inbox
from shared.messaging.process import serve
from shared.messaging.relay import Flight, Relay
from shared.messaging.worker import Worker

_PASSES = 2  # so often it lives on


def die_after(work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Return the same work, and at last the end."""
    times = count(1)

    async def deadly(*given: Any) -> Any:
        done = await work(*given)
        if next(times) > _PASSES:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return deadly


def publish_and_die(land: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Wait for the broker, and dies before it forgets what was published."""

    async def acknowledged(flights: list[Flight]) -> None:
        await asyncio.gather(*(ack for flight in flights for ack in flight.acks))

    wait_and_die = die_after(acknowledged)

    async def deadly(relay: Relay, flights: list[Flight]) -> None:
        if flights:
            await wait_and_die(flights)
        await land(relay, flights)

    return deadly


def die_before(work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Return the same work, and at last the end instead of it."""

    async def nothing(*_: Any) -> None:
        return None

    wait = die_after(nothing)

    async def deadly(*given: Any) -> Any:
        await wait()
        return await work(*given)

    return deadly


def arm(step: str) -> None:
    """Put the end where it was asked for."""
    if step == "before-commit":
        setattr(inbox, "settle", die_after(inbox.settle))  # noqa: B010 mypy would not have it
    elif step == "after-commit":
        setattr(Worker, "handle", die_after(Worker.handle))  # noqa: B010
    elif step == "before-publish":
        setattr(Relay, "_send", die_before(Relay._send))  # noqa: B010
    elif step == "after-publish":
        setattr(Relay, "_land", publish_and_die(Relay._land))  # noqa: B010


if __name__ == "__main__":
    arm(sys.argv[1])
    serve(SERVICE)
