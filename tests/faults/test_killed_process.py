"""A service killed with -9 at any step loses nothing and doubles nothing, and is back at once."""

import signal
import time
from collections.abc import Callable

import pytest

from services.inventory.app import SERVICE
from shared.testing.until import until
from tests.faults.conftest import Process
from tests.faults.ledger import every_receipt_counted_once, publish_products, publish_receipts
from tests.integration.conftest import World


@pytest.mark.parametrize("step", ["before-commit", "after-commit", "before-publish", "after-publish"])
async def test_killed_at_a_step(world: World, start: Callable[..., Process], step: str) -> None:
    victim = start("tests.faults.victim", step)
    await publish_products(world)
    await until(victim.ready, 60)
    number = 0
    while victim.popen.poll() is None and number < 3000:
        await publish_receipts(world, number, 20)
        number += 20
    assert await victim.ended() == -signal.SIGKILL
    began = time.monotonic()
    async with world.start(SERVICE) as successor:
        assert successor.lease.slot == 0
        await until(lambda: bool(successor.consumer.subscriber.consumer.assignment()))
        back_after = time.monotonic() - began
        await every_receipt_counted_once(world, number)
    assert back_after < 2
