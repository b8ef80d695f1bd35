# ruff: noqa: ASYNC109 - here the caller's deadline is the point
"""Waiting for a condition instead of sleeping for luck."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

Value = TypeVar("Value")


@overload
async def until(condition: Callable[[], Awaitable[Value]], timeout: float = ..., every: float = ...) -> Value: ...


@overload
async def until(condition: Callable[[], Value], timeout: float = ..., every: float = ...) -> Value: ...


async def until(condition: Callable[[], object], timeout: float = 30.0, every: float = 0.02) -> object:
    """Return the condition's first true value; fail after `timeout` seconds, saying what was waited for."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await asyncio.wait_for(value, timeout)
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout:g} s still {value!r}: {_source(condition)}")
        await asyncio.sleep(every)


def _source(condition: Callable[..., object]) -> str:
    """Return the line that was waited for, or its name where there is no source."""
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)
