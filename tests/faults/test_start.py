"""What is wrong with its surroundings, a service says in one line; how it is, it says over HTTP."""

import signal
from collections.abc import Callable

from shared.testing.builders import a_node
from shared.testing.bus import record_of
from shared.testing.until import until
from tests.faults.conftest import Process
from tests.integration.conftest import World

INVENTORY = "services.inventory.app"


async def test_wrong_settings_are_told_in_one_line(world: World, start: Callable[..., Process]) -> None:
    elsewhere = world.url_of("inventory").replace("only-for-tests", "guessed")
    nowhere = world.url_of("inventory").replace("/t_", "/none_")
    started = {
        "inventory: set KAFKA_BOOTSTRAP_SERVERS in the environment": start(INVENTORY, KAFKA_BOOTSTRAP_SERVERS=""),
        "inventory: DATABASE_URL: InvalidPasswordError": start(INVENTORY, DATABASE_URL=elsewhere),
        "inventory: DATABASE_URL: InvalidCatalogNameError": start(INVENTORY, DATABASE_URL=nowhere),
        "inventory: DATABASE_URL: ": start(INVENTORY, DATABASE_URL="oracle://here"),
        "inventory: KAFKA_BOOTSTRAP_SERVERS: ": start(INVENTORY, KAFKA_BOOTSTRAP_SERVERS="here:there"),
    }
    for line, process in started.items():
        assert await process.ended() == 1
        rows = process.log.read_text().strip().splitlines()
        assert len(rows) == 1, rows
        assert rows[0].startswith(line)
        assert "guessed" not in rows[0]


MERCHANTS = ("acme", "rival", "zeta")


async def test_health_and_a_graceful_end(world: World, start: Callable[..., Process]) -> None:
    process = start(INVENTORY)
    health = await until(process.ready, 60)
    assert health["status"] == 200
    assert health["ready"]
    assert health["member"] == f"{world.bus.prefix}inventory-0"
    broken = record_of(a_node())
    await world.bus.publish(*(record_of(a_node(f"n{number}")) for number in range(3)))
    await until(lambda: world.admin.fetchval("select count(*) = 3 from inventory.nodes"))
    for number in range(25):
        key = f"{MERCHANTS[number % 3]}/{number}".encode()
        await world.bus.producer.send(world.bus.prefix + broken.topic, b"{", key=key)
    await until(lambda: _status(process, 503))
    answer = await process.health()
    assert answer is not None
    assert not answer["ready"]
    assert "20 events in a row" in answer["stopped"]
    process.popen.send_signal(signal.SIGTERM)
    assert await process.ended() == 0


async def _status(process: Process, status: int) -> bool:
    health = await process.health()
    return health is not None and health["status"] == status


async def test_dead_letters_are_handed_back_by_one_command(world: World, start: Callable[..., Process]) -> None:
    service = start(INVENTORY)
    await until(service.ready, 60)
    await world.bus.producer.send(world.bus.prefix + record_of(a_node()).topic, b"{", key=b"n")
    await until(lambda: world.admin.fetchval("select count(*) = 1 from inventory.dead_letters"))
    replayed = start("shared.messaging.replay", "inventory")
    assert await replayed.ended() == 0
    assert replayed.log.read_text().strip() == "1 dead letters handed back to inventory"
    await until(lambda: world.admin.fetchval("select id = 2 from inventory.dead_letters"))  # it died again
