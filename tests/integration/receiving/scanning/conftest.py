"""Receiving on a real database, fed by hand: a test says what comes in one batch, and in which order."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import asyncpg
import pytest

from services.receiving.app import SERVICE
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import Fact
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.scan_answers import ScanAnswered
from shared.contracts.topics import TOPIC_OF
from shared.db.migrations import role_of, url_for
from shared.db.pool import create_pool
from shared.messaging.transaction import Bell
from shared.messaging.wire import Record, unpack
from shared.messaging.worker import Worker
from shared.testing.bus import Sent, record_of
from shared.testing.invariants import broken_invariants
from shared.testing.postgres import ROLE_PASSWORD, new_database

_offsets = count()


@dataclass(slots=True)
class Desk:
    """The service's worker, its tables, and what it wrote to its outbox."""

    worker: Worker
    admin: asyncpg.Connection

    async def hears(self, *facts: Fact | Sent) -> list[Sent]:
        """Hear these one after the other."""
        return [sent for fact in facts for sent in await self.hears_at_once(fact)]

    async def hears_at_once(self, *facts: Fact | Sent) -> list[Sent]:
        """Hear these in one batch."""
        sent = [fact if isinstance(fact, Sent) else record_of(fact) for fact in facts]
        await self.worker.handle([Record(s.topic, 0, next(_offsets), s.key, s.body, s.headers) for s in sent])
        return sent

    async def empty(self) -> None:
        """Forget everything."""
        rows = await self.admin.fetch("select tablename from pg_tables where schemaname = 'receiving'")
        await self.admin.execute(f"truncate {', '.join(row['tablename'] for row in rows)} restart identity")

    async def told(self, kind: type[Fact]) -> list[Any]:
        """Return every event of one type, in the order of the outbox."""
        rows = await self.admin.fetch(
            "select body, headers from outbox where topic = $1 order by id", TOPIC_OF[kind].name
        )
        records = [row for row in rows if dict(unpack(row["headers"]))["ce_type"] == kind.__name__.encode()]
        return [kind.model_validate_json(row["body"]) for row in records]

    async def retry(self) -> None:
        """Try what is parked again, as the sweep does once its time has come."""
        await self.admin.execute("update parked set retry_at = now()")
        while await self.worker.handle_due():
            await self.admin.execute("update parked set retry_at = now()")

    async def parked(self) -> list[str]:
        """Return what parked events wait for, oldest first."""
        return [row["waits_for"] for row in await self.admin.fetch("select waits_for from parked order by id")]

    async def units(self) -> dict[tuple[str, str], int]:
        """Return units told by SKU and disposition, what was taken back apart."""
        net: Counter[tuple[str, str]] = Counter()
        for receipt in await self.told(ReceiptPosted):
            net[receipt.sku, receipt.disposition] += receipt.units
        return {key: units for key, units in net.items() if units}

    async def receipts(self) -> list[tuple[str, int, str, str | None]]:
        """Return each receipt told: id, units, disposition and what it corrects."""
        return [(r.receipt_id, r.units, r.disposition, r.corrects) for r in await self.told(ReceiptPosted)]

    async def open(self) -> set[tuple[str, str]]:
        """Return class and subject of what a person must look at, as told last."""
        last = {e.exception_id: e for e in await self.told(ExceptionChanged)}
        return {(e.exception_class, e.subject) for e in last.values() if e.state == "open"}

    async def facts(self, exception_class: str) -> list[dict[str, str]]:
        """Return what was told last of each open discrepancy of a class."""
        last = {e.exception_id: e for e in await self.told(ExceptionChanged)}
        return [e.facts for e in last.values() if e.exception_class == exception_class and e.state == "open"]

    async def answers(self) -> list[tuple[str, str, str]]:
        """Return scan, result and the line on the screen, of each answer."""
        return [(a.scan_id, a.result, a.says) for a in await self.told(ScanAnswered)]

    async def check(self) -> None:
        """Check that nothing is dead, and that every invariant holds."""
        assert [row["reason"] for row in await self.admin.fetch("select reason from dead_letters")] == []
        assert await broken_invariants(self.admin, "receiving") == {}


@pytest.fixture(scope="session")
async def desk_database(postgres_server: str, template: str) -> AsyncIterator[str]:
    """Return one database for every desk: emptying it is faster than cloning another."""
    async with new_database(postgres_server, template) as url:
        yield url


@pytest.fixture
async def desk(desk_database: str) -> AsyncIterator[Desk]:
    """Return an empty desk; whatever a test does, the invariants hold at its end."""
    pool = await create_pool(url_for(desk_database, role_of("receiving"), ROLE_PASSWORD), "receiving")
    admin = await asyncpg.connect(desk_database, server_settings={"search_path": "receiving"})
    desk = Desk(Worker("receiving", pool, SERVICE.handlers, Bell("receiving_outbox")), admin)
    await desk.empty()
    yield desk
    await desk.check()
    await admin.close()
    await pool.close()
