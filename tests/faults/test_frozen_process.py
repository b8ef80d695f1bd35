"""Frozen is worse than dead: others take over a frozen process's place, and it ends when it wakes."""

import os
import signal
from collections.abc import Callable

from shared.testing.until import until
from tests.faults.conftest import Process
from tests.faults.ledger import every_receipt_counted_once, publish_products, publish_receipts
from tests.integration.conftest import World


async def test_a_frozen_leader_is_replaced_and_ends_itself_when_it_wakes(
    world: World, start: Callable[..., Process]
) -> None:
    await publish_products(world)
    frozen = start("services.inventory.app")
    await until(lambda: _says(frozen, "leading", True), 60)
    standby = start("services.inventory.app")
    await until(lambda: _says(standby, "ready", True), 60)
    await publish_receipts(world, 0, 200)
    await until(lambda: world.admin.fetchval("select count(*) > 0 from inventory.movements"))
    os.kill(frozen.popen.pid, signal.SIGSTOP)
    await publish_receipts(world, 200, 200)
    await until(lambda: _says(standby, "leading", True), 60)
    successor = start("services.inventory.app")
    await until(lambda: _says(successor, "member", f"{world.bus.prefix}inventory-0"), 60)
    await every_receipt_counted_once(world, 400)
    os.kill(frozen.popen.pid, signal.SIGCONT)
    assert await frozen.ended() == 70
    assert b"lost the lease" in frozen.log.read_bytes()
    await publish_receipts(world, 400, 100)
    await every_receipt_counted_once(world, 500)
    assert standby.popen.poll() is None


async def _says(process: Process, name: str, value: object) -> bool:
    health = await process.ready()
    return health is not None and health[name] == value
