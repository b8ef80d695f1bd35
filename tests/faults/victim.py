"""Inventory as a process that kills itself with -9 at a named step: `python -m tests.faults.victim STEP`."""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from services.inventory.app import SERVICE
from shared.messaging import inbox
from shared.messaging.process import serve
from shared.messaging.relay import Relay
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


def die_before(work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Return the same work, and at last the end instead of it."""

    async def nothing(*_: Any) -> None:
        return None

    wait = die_after(nothing)

    async def deadly(*given: Any) -> Any:
        await wait()
        return await work(*given)

    return deadly


def forget_and_die(forget: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Return the same work; at last the end before it, once what it forgets was published."""
    forget_or_die = die_before(forget)

    async def deadly(relay: Relay, sent: list[int]) -> None:
        await (forget_or_die(relay, sent) if sent else forget(relay, sent))

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
        setattr(Relay, "_forget", forget_and_die(Relay._forget))  # noqa: B010


if __name__ == "__main__":
    arm(sys.argv[1])
    serve(SERVICE)
