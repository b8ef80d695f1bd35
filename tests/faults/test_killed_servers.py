"""Broker and database killed with -9 under load: what was accepted stays, what was not is done later, once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.jars import fetch_jars
from deploy.local.kafka import prepare_kafka, start_kafka
from deploy.local.places import LOOPBACK, Places, cache_folder, free_port
from deploy.local.postgres import prepare_postgres, start_postgres
from deploy.local.processes import Program, Supervisor
from deploy.topics import create_topics, every_topic
from services.gateway.keys import create_key
from services.inventory.app import SERVICE
from shared.contracts.products import ProductUpserted
from shared.db.pool import create_pool
from shared.testing import postgres
from shared.testing.builders import a_product, a_receipt
from shared.testing.bus import bus_at
from shared.testing.session import session_servers
from shared.testing.until import until
from tests.faults.ledger import every_receipt_counted_once, publish_products, publish_receipts
from tests.integration.conftest import World
from tests.integration.gateway.test_process import gateway, is_ready


class Servers:
    """A broker and a database of this test's own, to be killed."""

    def __init__(self, supervisor: Supervisor, places: Places) -> None:
        self.supervisor, port = supervisor, free_port()
        self.bootstrap = f"{LOOPBACK}:{port}"
        self._kafka: Program = prepare_kafka(
            places, fetch_jars(cache_folder(places.programs) / "jars", print), port, free_port()
        )
        self._postgres = prepare_postgres(places, free_port(), fsync=False)
        self.url = self._postgres.url
        self.data = places.data / "kafka" / "data"

    def start_kafka(self) -> None:
        start_kafka(self.supervisor, self._kafka, self.bootstrap)

    def start_postgres(self) -> None:
        start_postgres(self.supervisor, self._postgres)


@pytest.fixture
def servers_to_kill() -> Iterator[Servers]:
    with session_servers() as (supervisor, places):
        servers = Servers(supervisor, places)
        servers.start_kafka()
        servers.start_postgres()
        yield servers


@asynccontextmanager
async def a_world(servers: Servers) -> AsyncIterator[World]:
    """Return a world on servers that come and go."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap)
    await admin.start()
    await create_topics(admin, every_topic(), most_partitions=2)
    await admin.close()
    async with postgres.new_database(servers.url) as database, bus_at(servers.bootstrap, "") as bus:
        await postgres.build_template(database)
        yield World(bus, database, await asyncpg.connect(database))


async def keep_running(world: World, deaths: list[str]) -> None:
    """Start the service anew each time it ends itself, as a supervisor of processes does."""
    while True:
        ended = asyncio.Event()

        def end(reason: str, ended: asyncio.Event = ended) -> None:
            deaths.append(reason)
            ended.set()

        async with world.start(SERVICE, end):
            await ended.wait()


async def publish_meanwhile(world: World, count: int) -> None:
    """Publish receipts a few at a time."""
    for first in range(0, count, 20):
        await publish_receipts(world, first, 20)
        await asyncio.sleep(0.01)


async def test_both_servers_killed_under_load(servers_to_kill: Servers) -> None:
    deaths: list[str] = []
    async with a_world(servers_to_kill) as world:
        running = asyncio.ensure_future(keep_running(world, deaths))
        await publish_products(world)
        publishing = asyncio.ensure_future(publish_meanwhile(world, 2000))
        await until(lambda: world.admin.fetchval("select count(*) > 100 from inventory.movements"))
        await asyncio.to_thread(servers_to_kill.supervisor.kill, "kafka")
        await asyncio.to_thread(servers_to_kill.start_kafka)
        seen = await world.admin.fetchval("select count(*) from inventory.movements")
        await until(lambda: world.admin.fetchval("select count(*) > $1 from inventory.movements", seen), 60)
        await asyncio.to_thread(servers_to_kill.supervisor.kill, "postgres")
        await asyncio.to_thread(servers_to_kill.start_postgres)
        world.admin = await asyncpg.connect(world.admin_url)
        await publishing
        await every_receipt_counted_once(world, 2000, 30)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await world.admin.close()
    assert deaths
    assert all("lost the lease" in death for death in deaths)


async def test_gateway_answers_while_its_database_is_away(servers_to_kill: Servers, tmp_path: Path) -> None:
    """Every question gets an answer, by the same process; what is told once the database is back is published."""
    async with a_world(servers_to_kill) as world:
        await world.admin.close()
        async with gateway(world, tmp_path / "log") as (port, process):
            async with await create_pool(world.url_of("gateway"), "gateway", size=1) as pool:
                key = (await create_key(pool, "tests", frozenset({"admin", "import"}))).text()
            async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", timeout=15) as client:
                headers = {"Authorization": f"Bearer {key}"}
                asked = {"/health": 503, "/v1/availability?sku=A": 503}
                assert (await client.get("/v1/availability?sku=A", headers=headers)).status_code == 200
                await asyncio.to_thread(servers_to_kill.supervisor.kill, "postgres")
                for _ in range(20):
                    answers = {path: await client.get(path, headers=headers) for path in asked}
                    assert {path: answer.status_code for path, answer in answers.items()} == asked
                    assert answers["/v1/availability?sku=A"].json()["detail"] == "the database does not answer"
                    await asyncio.sleep(0.3)
                await asyncio.to_thread(servers_to_kill.start_postgres)
                await until(lambda: asyncio.to_thread(is_ready, port), 60)
                body = a_product().model_dump(mode="json", exclude_none=True)
                assert (await client.post("/v1/products", json=body, headers=headers)).status_code == 202
                await until(lambda: _is_told(world), 30)
            assert process.is_running()


async def _is_told(world: World) -> bool:
    return len(await world.bus.told(ProductUpserted)) == 1


async def test_a_batch_that_the_disk_damaged_is_buried_and_all_others_are_handled(servers_to_kill: Servers) -> None:
    """One bit of a segment turns: a checksum is wrong; what stands before and after it, and elsewhere, counts."""
    async with a_world(servers_to_kill) as world:
        await publish_products(world)
        for name in ("before", "canary", "after"):
            await world.bus.publish(a_receipt(name, "S1", 1, supply_id=None))
        damage(servers_to_kill.data, b"canary")
        await world.bus.publish(a_receipt("elsewhere", "S2", 1, supply_id=None))
        async with world.start(SERVICE):
            await until(lambda: world.admin.fetchval("select count(*) = 3 from inventory.movements"), 60)
            row = await world.admin.fetchrow("select reason, length(body) as bytes from inventory.dead_letters")
        assert row is not None
        assert "its checksum is wrong" in row["reason"]
        assert row["bytes"] > 0
        await world.admin.close()


def damage(data: Path, text: bytes) -> None:
    """Turn a bit of the one record that holds a text, on the broker's disk."""
    [segment] = [path for path in data.glob("receipts.v1-*/*.log") if text in path.read_bytes()]
    with segment.open("r+b") as file:
        file.seek(segment.read_bytes().index(text))
        file.write(bytes([text[0] ^ 1]))
