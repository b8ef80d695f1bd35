"""A service whose handlers only write down, in the order of their transactions, what they were given."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from aiokafka.structs import ConsumerRecord

from shared.contracts.counts import OnHandReported
from shared.contracts.fields import Fact
from shared.contracts.products import ProductUpserted
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.settings import NodeUpserted
from shared.contracts.shipments import ShipmentConfirmed
from shared.messaging.service import Running, Service
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event
from shared.testing.until import until
from tests.integration.conftest import World

Hook = Callable[[Tx, Sequence[Event[Any]]], Awaitable[None]]
LIFE = (NodeUpserted, ProductUpserted, OnHandReported, ReceiptPosted, ShipmentConfirmed)


class Mishap(Exception):
    """A handler failed as a test told it to."""


async def nothing(_: Tx, __: Sequence[Event[Any]]) -> None:
    """Do nothing: most tests need no more than what the probe does by itself."""


def name_of(body: Any) -> str:
    """Return what a test calls an event."""
    if isinstance(body, ReceiptPosted):
        return body.receipt_id
    if isinstance(body, OnHandReported):
        return body.report_id
    return str(body.shipment_id if isinstance(body, ShipmentConfirmed) else f"{body.key()}/{body.version}")


def failing_on(*names: str) -> Hook:
    """Return a handler that cannot take these."""

    async def hook(_: Tx, events: Sequence[Event[Any]]) -> None:
        if bad := [name for event in events if (name := name_of(event.body)) in names]:
            raise Mishap(f"cannot take {bad[0]}")

    return hook


@dataclass(slots=True)
class Probe:
    """Stands in for a service; `on` is called first in each transaction of a handler."""

    world: World
    name: str = "inventory"
    kinds: tuple[type[Fact], ...] = LIFE
    on: Hook = nothing
    calls: list[list[str]] = field(default_factory=list)

    @property
    def service(self) -> Service:
        return Service(self.name, dict.fromkeys(self.kinds, self._handle))

    async def _handle(self, tx: Tx, events: Sequence[Event[Any]]) -> None:
        self.calls.append([name_of(event.body) for event in events])
        await self.on(tx, events)
        waiting = {id(parked.event) for parked in tx.parked}
        names = [name_of(event.body) for event in events if id(event) not in waiting]
        await tx.connection.execute("insert into probe (name) select unnest($1::text[])", names)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running]:
        """Run it as one process would; a test that expects its end looks into `world.ended`."""
        async with self.world.start(self.service) as at_work:
            yield at_work

    async def done(self) -> list[str]:
        """Return what had its effect, in order."""
        rows = await self.world.admin.fetch("select name from probe order by id")
        return [row["name"] for row in rows]

    async def has_done(self, *names: str, within: float = 30) -> None:
        """Wait until exactly this was done, in this order."""
        wanted = list(names)
        try:
            await until(lambda: self._is_done(wanted), within)
        except AssertionError:
            assert await self.done() == wanted, f"dead: {await self.reasons()}"

    async def _is_done(self, names: list[str]) -> bool:
        return await self.done() == names

    async def reasons(self) -> dict[str, str]:
        """Return why which key has a dead letter, in the order they died."""
        rows = await self.world.admin.fetch("select key, reason from dead_letters order by id")
        return {(row["key"] or b"-").decode("latin-1"): row["reason"] for row in rows}

    async def count(self, table: str) -> int:
        """Return the rows of a table of messaging."""
        return int(await self.world.admin.fetchval(f"select count(*) from {table}"))

    async def has(self, number: int, table: str) -> None:
        """Wait until a table has so many rows."""
        await until(lambda: self._counts(number, table))

    async def _counts(self, number: int, table: str) -> bool:
        return await self.count(table) == number

    async def aside(self, statement: str, *values: Any) -> None:
        """Do something in the database while the test may be looking."""
        connection = await asyncpg.connect(self.world.admin_url, server_settings={"search_path": self.name})
        await connection.execute(statement, *values)
        await connection.close()

    async def dead_copies(self, topic: str, number: int = 1) -> list[ConsumerRecord]:
        """Return what operators are told on a dead-letter topic."""
        await self.world.settled(self.name)
        copies = await self.world.bus.raw(f"{topic}.{self.name}.dlq")
        assert len(copies) == number
        return copies
