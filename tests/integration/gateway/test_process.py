"""Gateway as its own process: as small as it must be, and careful with what comes over the wire."""

import asyncio
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from deploy.local.places import LOOPBACK, PROJECT, free_port
from services.gateway.keys import create_key
from shared.db.pool import create_pool
from shared.testing.builders import a_contact
from shared.testing.until import until
from tests.integration.conftest import World

MOST_AT_REST = 120_000_000


@asynccontextmanager
async def gateway(world: World, log: Path) -> AsyncIterator[tuple[int, psutil.Process]]:
    """Return the port and the process of a gateway that is ready."""
    port = free_port()
    env = {
        **os.environ,
        "KAFKA_BOOTSTRAP_SERVERS": world.bus.bootstrap,
        "DATABASE_URL": world.url_of("gateway"),
        "TOPIC_PREFIX": world.bus.prefix,
        "HTTP_HOST": LOOPBACK,
        "HTTP_PORT": str(port),
    }
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.gateway.app", env=env, cwd=PROJECT, stdout=out, stderr=out
        )
    try:
        await until(lambda: asyncio.to_thread(is_ready, port), timeout=60, every=0.2)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 30)


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/health", timeout=2) as answer:
            return bool(json.load(answer)["ready"])
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


async def said(port: int, head: str, body: bytes = b"") -> str:
    """Return the whole answer to what is sent, after which the connection is closed."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(head.replace("\n", "\r\n").encode() + body)
    await writer.drain()
    try:
        return (await asyncio.wait_for(reader.read(), 10)).decode()
    finally:
        writer.close()


async def test_a_process_stays_small_and_logs_nothing_that_it_was_sent(world: World, tmp_path: Path) -> None:
    async with await create_pool(world.url_of("gateway"), "gateway", size=1) as pool:
        key = (await create_key(pool, "tests", frozenset({"admin"}))).text()
    log = tmp_path / "log"
    async with gateway(world, log) as (port, process):
        at_rest = process.memory_info().rss
        head = (
            f"POST /v1/contacts HTTP/1.1\nHost: gateway\nAuthorization: Bearer {key}\nContent-Type: application/json\n"
        )
        # It never gets the body that it does not want to read.
        huge = await said(port, f"{head}Content-Length: 50000000\n\n")
        assert huge.startswith("HTTP/1.1 413"), huge
        contact = a_contact(email="canary@secret.example").model_dump_json(exclude_none=True).encode()
        close = f"Connection: close\nContent-Length: {len(contact)}\n\n"
        assert (await said(port, head + close, contact)).startswith("HTTP/1.1 202")
        bad = contact.replace(b"canary@secret", b"canary@@secret")
        assert (await said(port, head + close.replace(str(len(contact)), str(len(bad))), bad)).startswith(
            "HTTP/1.1 422"
        )
        assert (await said(port, "GET /health HTTP/1.1\nHost: gateway\nConnection: close\n\n")).startswith(
            "HTTP/1.1 200"
        )
        assert "/v1/contacts" in await said(port, "GET /v1/openapi.json HTTP/1.1\nHost: gateway\nConnection: close\n\n")
        await world.settled("gateway")
    assert at_rest <= MOST_AT_REST
    assert "canary" not in log.read_text()
    assert len(await world.bus.raw("contacts.v1")) == 1
