"""The sample shift: suppliers, a shop, a dock and a floor that know nothing but the topics."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

from aiokafka import AIOKafkaProducer
from rich.console import Console

from deploy.local import sample_files as sample
from deploy.local.clock import move_clock, next_monday, start_clock, time_at
from deploy.local.drain import Readers, wait_until_drained
from deploy.local.places import CannotRun
from deploy.local.processes import Program
from deploy.local.servers import Servers
from deploy.local.services import topics_read_by
from shared.contracts.dock import TruckArrived
from shared.contracts.fields import Fact
from shared.contracts.topics import SERVICES
from shared.messaging.wire import announcement

_BETWEEN_PHASES: Final = timedelta(minutes=11)  # the quiet window of customers is over then
_FLOOR: Final = "floor"
_STOREFRONT: Final = "storefront"


@dataclass
class Shift:
    """One shift on running services. Played again on the same data it changes nothing."""

    servers: Servers
    console: Console
    look: Callable[[], None]
    readers: dict[str, list[str]] = field(default_factory=lambda: {name: topics_read_by(name) for name in SERVICES})
    heard: int = 0
    phase: int = 0

    def play(self) -> None:
        """Play the shift; every phase ends when all that it caused has happened.

        Eleven minutes pass between two phases, so that customers hear of what moved.
        """
        asyncio.run(start_clock(self.servers.database_url, self.start))
        self._phase("settings, products and opening stock", *sample.catalogue(), *sample.opening(self.start))
        self._open_the_doors()
        self._phase("the shop sells from stock; the floor packs", self._orders("1"))
        self._phase(
            "three trucks are announced: as X12 in cases, as JSON, as EDIFACT",
            sample.edi("asn-1001-revision-1.x12", self.start),
            sample.asn("asn-1002-revision-1.json", self.start),
            sample.edi("asn-1003-revision-1.desadv", self.start),
        )
        self._phase("customers order what is out of stock", self._orders("2"))
        self._phase("some more join the end of the queue", self._orders("3"))
        self._phase("ASN-1002 slips three days", sample.asn("asn-1002-revision-2.json", self.start))
        self._phase("ASN-1003 comes early", sample.edi("asn-1003-revision-2.desadv", self.start))
        self._phase("a hold, three counts and what expires soon", self._stockkeeper("hands"))
        for asn_id in ("ASN-1001", "ASN-1003"):
            truck = f"{sample.SUPPLIER}/{asn_id}"
            arrived = TruckArrived(asn_id=truck, node=sample.NODE, arrived_at=self._now())
            self._phase(f"{asn_id} is at the dock", arrived)
            self._phase("its cartons are scanned", self._scanner("scan", truck))
            self._phase(f"{asn_id} is empty: receiving closes", self._scanner("close", truck))
        self._phase("what came without a label has one now", self._stockkeeper("rework"))

    @cached_property
    def start(self) -> datetime:
        """Return Monday eight o'clock at the node; on kept data the Monday of the shift that was played there."""
        file = self.servers.places.data / "shift-starts-at"
        if not file.exists():
            file.write_text(next_monday(sample.ZONE, datetime.now(UTC)).isoformat())
        return datetime.fromisoformat(file.read_text())

    def _open_the_doors(self) -> None:
        bootstrap = self.servers.kafka_bootstrap
        self.servers.supervisor.start(_program(_FLOOR, bootstrap, self._now().isoformat()))
        self.servers.supervisor.start(_program(_STOREFRONT, "listen", bootstrap))
        self.readers[_FLOOR] = ["allocations.v1"]

    def _phase(self, title: str, *facts: Fact | Program) -> None:
        self.phase += 1
        self.console.print(f"[bold cyan]{self._now():%a %H:%M:%S}[/]  [bold]{title}[/]")
        for program in facts:
            if isinstance(program, Program):
                _run(program)
        asyncio.run(self._publish([fact for fact in facts if isinstance(fact, Fact)]))
        asyncio.run(self._until_drained())
        asyncio.run(move_clock(self.servers.database_url, self._now() + _BETWEEN_PHASES))
        asyncio.run(self._until_drained())

    async def _until_drained(self) -> None:
        servers = self.servers
        readers = Readers(self.readers, SERVICES)
        await wait_until_drained(servers.kafka_bootstrap, servers.database_url, readers, self._print_what_is_heard)

    def _now(self) -> datetime:
        """Return the time on every clock of the shift."""
        return asyncio.run(time_at(self.servers.database_url)).astimezone(self.start.tzinfo)

    def _orders(self, wave: str) -> Program:
        return _program(_STOREFRONT, "order", self.servers.kafka_bootstrap, wave, self.start.isoformat())

    def _scanner(self, what: str, asn_id: str) -> Program:
        now = self._now().isoformat()
        return _program("scanner", what, self.servers.kafka_bootstrap, sample.NODE, asn_id, now)

    def _stockkeeper(self, when: str) -> Program:
        return _program("stockkeeper", self.servers.kafka_bootstrap, sample.NODE, when, self._now().isoformat())

    async def _publish(self, facts: Iterable[Fact]) -> None:
        """Publish what a shop's and a supplier's systems would, or gateway for them."""
        async with AIOKafkaProducer(bootstrap_servers=self.servers.kafka_bootstrap, acks="all") as producer:
            for fact in facts:
                topic, key, body, headers = announcement(fact, "sample", None, self.start)
                await producer.send(topic, body, key=key, headers=list(headers))

    def _print_what_is_heard(self) -> None:
        """Print what the storefront printed since the last look, and look after the services."""
        self.look()
        log = self.servers.supervisor.log(_STOREFRONT)
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        for line in lines[self.heard :]:
            self.console.print(f"       {line}", style="dim")
        self.heard = len(lines)


def _program(name: str, *arguments: str) -> Program:
    return Program(name, (sys.executable, sample.FOLDER / f"{name}.py", *arguments))


def _run(program: Program) -> None:
    done = subprocess.run(program.command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"{program.name} failed: {done.stderr.strip().splitlines()[-1]}")
