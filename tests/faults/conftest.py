"""Services as real processes, on the same servers as the integration tests."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy.local.places import PROJECT, free_port
from shared.contracts.topic import Topic
from tests.integration import conftest
from tests.integration.conftest import World

world = conftest.world


@pytest.fixture
def topics() -> tuple[Topic, ...]:
    """Return those of inventory, on which faults are tried."""
    return conftest.topics_around("inventory")


@dataclass(slots=True)
class Process:
    """A service as its own process."""

    popen: subprocess.Popen[bytes]
    port: int
    log: Path

    async def health(self) -> dict[str, Any] | None:
        """Return what it says of itself; None while nobody answers."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"GET /health HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
            answer = await asyncio.wait_for(reader.read(), 3)
        except (OSError, TimeoutError):
            return None
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        return {"status": int(head.split()[1]), **json.loads(body)}

    async def ready(self) -> dict[str, Any] | None:
        """Return what it says of itself once it is ready."""
        health = await self.health()
        return health if health and health["status"] == 200 else None

    async def ended(self) -> int:
        """Return its exit code, once it has one."""
        return await asyncio.to_thread(self.popen.wait, 60)


@dataclass(slots=True)
class Starter:
    """Starts processes, and kills those that a test leaves."""

    world: World
    folder: Path
    processes: list[Process] = field(default_factory=list)

    def __call__(self, *module: str, **env: str) -> Process:
        port, log = free_port(), self.folder / f"{len(self.processes)}.log"
        settings = {
            "KAFKA_BOOTSTRAP_SERVERS": self.world.bus.bootstrap,
            "DATABASE_URL": self.world.url_of("inventory"),
            "TOPIC_PREFIX": self.world.bus.prefix,
            "HTTP_PORT": str(port),
        }
        kept = {name: value for name, value in os.environ.items() if name not in settings}
        with log.open("wb") as out:
            popen = subprocess.Popen(
                [sys.executable, "-m", *module], env={**kept, **settings, **env}, cwd=PROJECT, stdout=out, stderr=out
            )
        self.processes.append(Process(popen, port, log))
        return self.processes[-1]


@pytest.fixture
def start(world: World, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start a module as a process with the settings of inventory."""
    starter = Starter(world, tmp_path)
    yield starter
    for process in starter.processes:
        process.popen.kill()
        process.popen.wait()
