"""The receiving service on real Kafka and PostgreSQL, and what it told."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from services.receiving.app import HANDLERS, SERVICE
from services.receiving.http import reads
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import Fact
from shared.contracts.inbound import InboundChanged
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.stock import Movement, StockAdjusted
from shared.db.pool import create_pool
from shared.db.queries import Queries
from shared.messaging.consumer import topics_of
from shared.messaging.transaction import Bell
from shared.messaging.worker import Worker
from shared.testing.builders import MONDAY
from shared.testing.bus import Sent, record_of
from shared.testing.until import until
from tests.integration.conftest import World

INVARIANTS = Queries(Path(__file__).parents[3] / "services/receiving/invariants.sql")


@dataclass(slots=True)
class Dock:
    """A running service, and how far it has read."""

    world: World
    admin: AIOKafkaAdminClient
    reader: AIOKafkaConsumer

    async def hears(self, *facts: Fact | Sent) -> list[Sent]:
        """Publish facts one after the other, each when the one before it has had all its effects."""
        records = []
        for fact in facts:
            records += await self.world.bus.publish(fact)
            await self.idle()
        return records

    async def hears_at_once(self, *facts: Fact | Sent) -> list[Sent]:
        """Publish facts together."""
        records = await self.world.bus.publish(*facts)
        await self.idle()
        return records

    async def idle(self) -> None:
        """Wait until all that was published, by the service too, has been read, handled and answered."""
        due = "select not exists (select from receiving.parked where retry_at <= now())"
        answered = False
        while not answered:
            await until(self._has_read_all)
            await until(lambda: self.world.admin.fetchval(due))
            await self.world.settled("receiving")
            answered = await self._has_read_all()

    async def _has_read_all(self) -> bool:
        prefix = self.world.bus.prefix
        places = [TopicPartition(prefix + name, part) for name in topics_of(SERVICE.handlers) for part in range(2)]
        read = await self.admin.list_consumer_group_offsets(prefix + "receiving")
        ends = await self.reader.end_offsets(places)
        return all(place in read and read[place].offset >= end for place, end in ends.items() if end)

    async def is_now(self, at: datetime) -> None:
        """Set the clock."""
        await self.world.admin.execute("update public.local_clock set ahead = $1 - now()", at)

    async def waiting(self) -> list[str]:
        """Return what parked events wait for."""
        rows = await self.world.admin.fetch("select waits_for from receiving.parked order by waits_for")
        return [row["waits_for"] for row in rows]

    async def inbound(self, key: str = "TEE-M|ams") -> list[tuple[int, dict[str, int], int | None]]:
        """Return each news of a position: version, units expected by supply, and the stock sequence it waits for."""
        events = await self.world.bus.told(InboundChanged, key)
        return [(n.version, {s.supply_id: s.expected_units for s in n.supplies}, n.after_sequence) for n in events]

    async def receipts(self) -> dict[str, tuple[str, int, str]]:
        """Return receipts told: SKU, units and disposition by id."""
        events = await self.world.bus.told(ReceiptPosted)
        assert len({r.receipt_id for r in events}) == len(events), "a receipt is told once"
        return {r.receipt_id: (r.sku, r.units, r.disposition) for r in events}

    async def exceptions(self) -> Counter[tuple[str, str]]:
        """Return class and state of what was told for people to look at."""
        return Counter((e.exception_class, e.state) for e in await self.world.bus.told(ExceptionChanged))

    async def rows(self) -> dict[str, list[Any]]:
        """Return every business row, to see whether anything changed."""
        landed = "not exists (select from receiving.supplies where supply_id = asn_id and not landed)"
        unseen = f"select from receiving.asns where closed_at is not null and observed_at is null and {landed}"
        await until(lambda: self.world.admin.fetchval(f"select not exists ({unseen})"))
        tables = (
            "asns", "asn_lines", "positions", "supplies", "scans", "receipts", "postings", "discrepancies",
            "purchase_orders", "purchase_order_lines", "coverage", "receiving_advices", "files", "file_asns",
        )  # fmt: skip
        found = {table: await self.world.admin.fetch(f"select * from receiving.{table}") for table in tables}
        return {table: sorted(map(str, records)) for table, records in found.items()}

    async def broken(self) -> list[str]:
        """Return the invariants that do not hold."""
        await self.world.admin.execute("set search_path = receiving")
        return [name for name, check in INVARIANTS.items() if await self.world.admin.fetch(check)]


@pytest.fixture
async def dock(world: World, kafka_admin: AIOKafkaAdminClient) -> AsyncIterator[Dock]:
    """Return the service at work, on a Monday; in the end nothing is dead and every invariant holds."""
    async with AIOKafkaConsumer(bootstrap_servers=world.bus.bootstrap) as reader, world.start(SERVICE):
        row = Dock(world, kafka_admin, reader)
        await row.is_now(MONDAY)
        yield row
        await row.idle()
    assert await world.admin.fetchval("select array_agg(reason) from receiving.dead_letters") is None
    assert await row.broken() == []


@pytest.fixture
async def web(dock: Dock) -> AsyncIterator[httpx.AsyncClient]:
    """Ask the service what it knows."""
    async with await create_pool(dock.world.url_of("receiving"), "receiving") as pool:
        app = reads(Worker("receiving", pool, HANDLERS, Bell("receiving_outbox")))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://receiving") as client:
            yield client


async def answer(web: httpx.AsyncClient, path: str, **asked: Any) -> Any:
    response = await web.get(path, params=asked)
    assert response.status_code == 200, response.text
    return response.json()


def told_at(fact: Fact, when: datetime) -> Sent:
    """Return a fact as it was published at another time."""
    sent = record_of(fact)
    headers = tuple((k, when.isoformat().encode() if k == "ce_time" else v) for k, v in sent.headers)
    return Sent(sent.topic, sent.key, sent.body, headers)


def posted(sequence: int, *movements: tuple[str, str, int], supply_id: str = "asn-1") -> StockAdjusted:
    """Return movements of TEE-M: reason, status and units."""
    return StockAdjusted(
        sku="TEE-M",
        node="ams",
        sequence=sequence,
        movements=tuple(
            Movement(
                movement_id=f"{sequence}/{n}", reason=reason, status=status, delta=units, on_hand=100,
                supply_id=supply_id if reason == "receipt" else None, cause=f"wms/{sequence}",
            )
            for n, (reason, status, units) in enumerate(movements)
        ),
    )  # fmt: skip
