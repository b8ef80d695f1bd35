"""`/health` says whether a service gets its work done, and how much of it waits."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import TopicAuthorizationFailedError

from shared.messaging.service import Running
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event
from shared.testing.builders import a_receipt
from shared.testing.until import until
from tests.integration.messaging.probe import Probe


async def test_health_says_how_much_waits_and_for_how_long(probe: Probe) -> None:
    may_end = asyncio.Event()

    async def slow(_: Tx, __: Sequence[Event[Any]]) -> None:
        await may_end.wait()

    probe.on = slow
    async with probe.running() as at_work:
        await probe.world.bus.publish(*(a_receipt(f"r{number}") for number in range(3)))
        await until(lambda: bool(probe.calls))
        await asyncio.sleep(0.2)  # so old they become
        health = await at_work.health()
        assert health["ready"]
        assert health["unhandled"] == 3
        assert 0.2 <= health["oldest_unhandled_seconds"] < 30
        may_end.set()
        await probe.has_done("r0", "r1", "r2")
        await until(lambda: _waits(at_work, 0))
        assert (await at_work.health())["oldest_unhandled_seconds"] == 0


async def _waits(at_work: Running, number: int) -> bool:
    return bool((await at_work.health())["unhandled"] == number)


async def test_a_service_that_cannot_read_is_not_ready(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(_: AIOKafkaConsumer, *__: object, **___: object) -> None:
        raise TopicAuthorizationFailedError("receipts.v1")

    async with probe.running() as at_work:
        monkeypatch.setattr("shared.messaging.consumer.STANDS_AFTER", 0.5)
        monkeypatch.setattr("shared.messaging.fetch._raw", refused)
        monkeypatch.setattr(AIOKafkaConsumer, "getmany", refused)
        await until(lambda: _is_not_ready(at_work))
        assert "nothing could be read" in (await at_work.health())["stopped"]


async def _is_not_ready(at_work: Running) -> bool:
    return not (await at_work.health())["ready"]
