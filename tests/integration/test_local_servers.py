"""The local servers survive what happens on a developer's machine: kill -9, taken ports, a second run."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.places import LOOPBACK, is_free
from shared.testing.until import until

PROJECT = Path(__file__).resolve().parents[2]
PREFERRED = (5432, 9092, 9093, 1025)
# Says where the servers are and waits to be ended, however that happens.
RUNNER = """
import json, signal, sys
from deploy.local.places import run_places
from deploy.local.servers import running_servers
for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts what runs in the background with SIGINT ignored
    signal.signal(number, signal.default_int_handler)
try:
    with running_servers(run_places(), lambda text: None, keep="keep" in sys.argv) as servers:
        print(json.dumps([servers.database_url, servers.kafka_bootstrap, servers.smtp_url]), flush=True)
        sys.stdin.read()
except KeyboardInterrupt:
    pass
"""


@dataclass(frozen=True)
class Runner:
    process: subprocess.Popen[str]
    database: str
    kafka: str
    smtp: str
    children: tuple[psutil.Process, ...]


@dataclass(frozen=True)
class Checkout:
    """A copy of what runs the servers, with data of its own."""

    folder: Path
    running: ExitStack

    def start(self, *arguments: str) -> Runner:
        command = [sys.executable, "-c", RUNNER, *arguments]
        process = self.running.enter_context(
            subprocess.Popen(command, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        self.running.callback(process.kill)
        assert process.stdout
        database, kafka, smtp = json.loads(process.stdout.readline())
        children = tuple(psutil.Process(process.pid).children(recursive=True))
        return Runner(process, database, kafka, smtp, children)

    def command(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "deploy.local", *arguments]
        home = {"HOME": str(Path.home())}
        return subprocess.run(command, cwd=self.folder, env=home | env, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    folder = tmp_path / "a checkout"
    for name in ("deploy", "shared", "services"):
        shutil.copytree(PROJECT / name, folder / name)
    with ExitStack() as running:
        yield Checkout(folder, running)
    cleaned = Checkout(folder, running).command("clean")
    assert cleaned.returncode == 0, cleaned.stderr


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


async def write(runner: Runner) -> None:
    connection = await asyncpg.connect(runner.database)
    await connection.execute("create table stock as select 7 as units")
    await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=runner.kafka)
    await admin.start()
    await admin.create_topics([NewTopic("stock.v1", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=runner.kafka) as producer:
        await producer.send_and_wait("stock.v1", b"7 units")


async def read(runner: Runner) -> tuple[Any, Any]:
    connection = await asyncpg.connect(runner.database)
    units = await connection.fetchval("select units from stock")
    await connection.close()
    async with AIOKafkaConsumer(bootstrap_servers=runner.kafka) as consumer:
        consumer.assign([topic := TopicPartition("stock.v1", 0)])
        await consumer.seek_to_beginning(topic)
        return units, (await consumer.getone()).value


async def test_after_kill_9_the_next_start_finds_the_data_and_stops_the_orphans(checkout: Checkout) -> None:
    killed = checkout.start()
    await write(killed)
    killed.process.kill()
    killed.process.wait()
    assert all(alive(child) for child in killed.children)

    heir = checkout.start("keep")
    assert not any(alive(child) for child in killed.children)
    assert await read(heir) == (7, b"7 units")

    heir.process.terminate()
    heir.process.wait(30)
    await until(lambda: not any(alive(child) for child in heir.children))


async def test_taken_ports_are_left_alone_and_a_second_runner_is_refused(checkout: Checkout) -> None:
    with ExitStack() as taken:
        for port in filter(is_free, PREFERRED):
            taken.enter_context(socket.create_server((LOOPBACK, port)))
        runner = checkout.start()
    used = {int(url.rpartition(":")[2].partition("/")[0]) for url in (runner.database, runner.kafka, runner.smtp)}
    assert len(used - set(PREFERRED)) == 3

    second = checkout.command("up", "--once")
    assert second.returncode == 1
    assert second.stderr == f"Firstfill: it is already running here, as process {runner.process.pid}\n"

    runner.process.send_signal(signal.SIGINT)
    runner.process.wait(30)
    assert not any(alive(child) for child in runner.children)


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("DATABASE_URL", "postgresql://postgres:secret@127.0.0.1:1/firstfill"),
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
        ("SMTP_URL", "smtp://127.0.0.1:1"),
    ],
)
def test_a_given_server_that_does_not_answer_is_one_clear_line(checkout: Checkout, variable: str, address: str) -> None:
    done = checkout.command("up", "--once", **{variable: address})
    assert done.returncode == 1
    assert done.stderr.startswith(f"Firstfill: {variable} is set, but ")
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stdout + done.stderr
