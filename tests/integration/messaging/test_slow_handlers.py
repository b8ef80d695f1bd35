"""A handler that leaves the database idle for too long is an error of its own, and a frozen process is none."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import pytest

from shared.messaging import worker
from shared.messaging.pulse import Pulse
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event
from shared.testing.builders import a_receipt
from tests.integration.messaging.probe import Hook, Probe, name_of

_COUNT_FOR_EVER = """
from shared.messaging.pulse import pulse
for _ in open(0):
    print(pulse().seconds, flush=True)
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_LONG", 0.2)


def slow_on(name: str) -> Hook:
    """Return a handler that computes for longer over one event than the database waits for it."""

    async def hook(tx: Tx, events: Sequence[Event[Any]]) -> None:
        if name in map(name_of, (event.body for event in events)):
            await tx.connection.execute("set local idle_in_transaction_session_timeout = '300ms'")
            time.sleep(1)  # noqa: ASYNC251 the event loop stands still, as while computing

    return hook


async def test_an_event_over_which_its_handler_computes_too_long_dies_and_the_others_are_done(probe: Probe) -> None:
    probe.on = slow_on("r2")
    await probe.world.bus.publish(*(a_receipt(f"r{number}") for number in range(4)))
    async with probe.running():
        await probe.has(1, "dead_letters")
        await probe.has_done("r0", "r1", "r3")
    assert (await probe.reasons())["TEE-M|ams"].startswith("TooSlow: The database was left idle in a transaction")
    assert probe.calls.count(["r2"]) >= 3
    assert probe.world.ended == []


async def test_an_event_for_which_its_handler_waits_too_long_dies_too(probe: Probe) -> None:
    async def wait(tx: Tx, _: Sequence[Event[Any]]) -> None:
        await tx.connection.execute("set local idle_in_transaction_session_timeout = '300ms'")
        await asyncio.sleep(1)

    probe.on = wait
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running():
        await probe.has(1, "dead_letters")
    assert (await probe.reasons())["TEE-M|ams"].startswith("TooSlow: ")


async def test_an_event_that_was_at_work_whenever_the_process_froze_is_done(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "pulse", Pulse)  # no second passes in a process that is frozen
    slow = slow_on("r1")

    async def freeze_five_times(tx: Tx, events: Sequence[Event[Any]]) -> None:
        if len(probe.calls) <= 5:
            await slow(tx, events)

    probe.on = freeze_five_times
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running():
        await probe.has_done("r1")
    assert len(probe.calls) == 6
    assert await probe.count("dead_letters") == 0


def test_a_process_counts_only_the_seconds_in_which_it_ran() -> None:
    counting = subprocess.Popen([sys.executable, "-c", _COUNT_FOR_EVER], stdin=-1, stdout=-1, text=True)
    with counting:
        begun = ran = _counted(counting)
        while ran - begun < 0.5:
            ran = _counted(counting)
        asked_at = time.monotonic()
        counting.send_signal(signal.SIGSTOP)
        time.sleep(3)
        counting.send_signal(signal.SIGCONT)
        time.sleep(0.2)
        counted, passed = _counted(counting) - ran, time.monotonic() - asked_at
        counting.kill()
    assert counted <= passed - 3 + 0.7  # the beat that was interrupted counts for half a second


def _counted(counting: subprocess.Popen[str]) -> float:
    assert counting.stdin is not None
    assert counting.stdout is not None
    print(file=counting.stdin, flush=True)
    return float(counting.stdout.readline())


async def test_a_statement_that_takes_too_long_is_halved_and_not_repeated_for_ever(probe: Probe) -> None:
    async def stuck(tx: Tx, events: Sequence[Event[Any]]) -> None:
        if "r2" in map(name_of, (event.body for event in events)):
            await tx.connection.execute("select pg_sleep(9)", timeout=0.1)

    probe.on = stuck
    await probe.world.bus.publish(*(a_receipt(f"r{number}") for number in range(4)))
    async with probe.running():
        await probe.has(1, "dead_letters")
        await probe.has_done("r0", "r1", "r3")
    assert "worked over a statement" in (await probe.reasons())["TEE-M|ams"]
