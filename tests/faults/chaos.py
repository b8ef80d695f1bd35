"""Processes and servers are killed and frozen; facts are sent one to three times, late and shuffled."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.local.drain import Readers, wait_until_drained
from deploy.local.servers import Servers
from deploy.local.services import topics_read_by
from shared.contracts.fields import Fact
from shared.contracts.topics import SERVICES
from shared.messaging.clients import started
from shared.messaging.wire import announcement
from shared.testing.builders import MONDAY

_LONGEST_FREEZE: Final = 9.0
_MOST_KILLS: Final = 3


class Chaos(Thread):
    """Kills and freezes services, and kills each server once, until it is told to stop; starts again what ended."""

    def __init__(self, servers: Servers, chance: random.Random) -> None:
        super().__init__(name="chaos", daemon=True)
        self.servers, self.chance, self.calm, self.over = servers, chance, Event(), Event()
        self.did = Counter[str]()
        self.frozen: dict[int, float] = {}
        self.once = ["kafka", "postgres"]

    def run(self) -> None:
        while not self.over.is_set():
            if not self.calm.is_set():
                self._strike()
            self._thaw()
            for name in self.servers.supervisor.ended():
                with suppress(OSError):
                    self.servers.supervisor.start_again(name)
            self.over.wait(self.chance.uniform(0.2, 0.8))

    def _strike(self) -> None:
        if self.once and self.chance.random() < 0.2:
            name = self.once.pop(self.chance.randrange(len(self.once)))
        else:
            name = self.chance.choice(SERVICES)
        blow = self.chance.choice((signal.SIGKILL, signal.SIGSTOP)) if name in SERVICES else signal.SIGKILL
        if self.did[f"{name} {blow.name}"] >= _MOST_KILLS or not self.servers.supervisor.runs(name):
            return
        pid = self.servers.supervisor.pid(name)
        os.kill(pid, blow)
        self.did[f"{name} {blow.name}"] += 1
        if blow is signal.SIGSTOP:
            self.frozen[pid] = time.monotonic() + self.chance.uniform(1, _LONGEST_FREEZE)

    def _thaw(self) -> None:
        for pid, until in list(self.frozen.items()):
            if self.calm.is_set() or time.monotonic() > until:
                del self.frozen[pid]
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


@contextmanager
def chaos_on(servers: Servers, chance: random.Random) -> Iterator[Chaos]:
    """Let chaos reign until the block is left."""
    chaos = Chaos(servers, chance)
    chaos.start()
    try:
        yield chaos
    finally:
        chaos.calm.set()
        chaos.over.set()
        chaos.join()


async def send_all(servers: Servers, chance: random.Random, facts: Iterable[Fact], within: float) -> None:
    """Send each fact one to three times, as the same event, in any order, over so many seconds."""
    records = []
    for fact in facts:
        records += [announcement(fact, "outside", None, MONDAY)] * chance.randint(1, 3)
    chance.shuffle(records)
    pause = within / max(1, len(records))
    for first in range(0, len(records), 20):
        await _send(servers, records[first : first + 20])
        await asyncio.sleep(chance.uniform(0, 2) * pause * 20)


async def _send(servers: Servers, records: Sequence[Any]) -> None:
    """Send until the broker has taken all; it may be away for a while."""
    while True:
        try:
            async with started(AIOKafkaProducer(bootstrap_servers=servers.kafka_bootstrap, acks="all")) as producer:
                acks = [
                    await producer.send(topic, body, key=key, headers=list(headers))
                    for topic, key, body, headers in records
                ]
                await asyncio.gather(*acks)
                return
        except (KafkaError, OSError):
            await asyncio.sleep(0.5)


async def drained(servers: Servers) -> None:
    """Wait until every event has had all its effects; the servers may be away at first."""
    readers = Readers({name: topics_read_by(name) for name in SERVICES}, SERVICES)
    while True:
        try:
            return await wait_until_drained(servers.kafka_bootstrap, servers.database_url, readers, lambda: None)
        except (KafkaError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(1)
