"""Allocation on a real database, fed by hand: a test says what comes in one batch. Kafka is in test_on_kafka.py."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any, Final

import asyncpg
import pytest
from msgspec.structs import replace

from services.allocation.app import SERVICE
from services.allocation.domain.line import WaitingLine
from services.allocation.domain.ship_together import allocate
from services.allocation.handlers.clock import due
from services.allocation.store import positions, queue, settings
from shared.contracts.fields import Fact
from shared.contracts.settings import PolicyUpserted
from shared.contracts.topics import TOPIC_OF
from shared.db.migrations import role_of, url_for
from shared.db.pool import create_pool
from shared.messaging.transaction import Bell, begin
from shared.messaging.wire import Record, unpack
from shared.messaging.worker import Worker
from shared.testing.builders import MONDAY, a_merchant, a_node, a_product
from shared.testing.bus import Sent, record_of
from shared.testing.invariants import broken_invariants
from shared.testing.postgres import ROLE_PASSWORD, new_database
from shared.testing.until import until

_offsets = count()
_MOST_LOOKS: Final = 50
TABLES = (
    "nodes",
    "merchants",
    "products",
    "positions",
    "lots",
    "supplies",
    "orders",
    "lines",
    "queue",
    "releases",
    "departures",
    "unknown_shipments",
    "promises",
    "boundaries",
    "policies",
    "rollups",
    "timers",
    "order_sources",
    "moves",
    "stops",
    "stop_answers",
    "exceptions",
    "renewals",
    "calendars",
    "day_loads",
    "rule_facts",
    "rule_states",
    "bundles",
)
MESSAGING = ("inbox", "parked", "dead_letters", "outbox", "natural_ids", "reused_ids")


AT_ONCE = PolicyUpserted(merchant="acme", version=1, gather_minutes=0)  # what lands waits for no more from its truck


async def set_clock(admin: asyncpg.Connection, now: datetime) -> None:
    """Stop the business time at an instant."""
    await admin.execute(
        "create or replace function allocation.clock() returns timestamptz language sql stable as "
        f"$$ select '{now.isoformat()}'::timestamptz $$"
    )


@dataclass(slots=True)
class Desk:
    """The service's worker, its tables, and what it wrote to its outbox."""

    worker: Worker
    admin: asyncpg.Connection

    async def hear(self, *facts: Fact | Sent) -> list[Sent]:
        """Hear these in one batch."""
        sent = [fact if isinstance(fact, Sent) else record_of(fact) for fact in facts]
        await self.worker.handle([Record(s.topic, 0, next(_offsets), s.key, s.body, s.headers) for s in sent])
        return sent

    async def hear_at_once(self, table: str, *facts: Fact) -> None:
        """Hear each in a transaction of its own, in order; all want what is locked until the last has come."""
        async with asyncio.TaskGroup() as coming, self.admin.transaction():
            await self.admin.execute(f"select from {table} for update")
            for n, fact in enumerate(facts, 1):
                coming.create_task(self.hear(fact))
                await until(partial(self._wait, min(n, self.worker.pool.get_max_size())))

    async def _wait(self, transactions: int) -> bool:
        """Return whether so many wait for a lock."""
        found = await self.admin.fetchval("select count(distinct pid) from pg_locks where not granted")
        return bool(found >= transactions)

    async def empty(self) -> None:
        """Forget everything."""
        await self.admin.execute(f"truncate {', '.join((*TABLES, 'suppliers', *MESSAGING))} restart identity cascade")

    async def know(self, *skus: str, **fields: Any) -> None:
        """Make a node that works by UTC, a merchant, and these products known."""
        await self.hear(a_node(zone="UTC"), a_merchant(), *(a_product(sku, **fields) for sku in skus or ("TEE-M",)))

    async def told(self, kind: type[Fact], key: str | None = None) -> list[Any]:
        """Return every event of one type, of one key if given, in the order of the outbox."""
        rows = await self.admin.fetch(
            "select key, body, headers from outbox where topic = $1 order by id", TOPIC_OF[kind].name
        )
        records = [row for row in rows if dict(unpack(row["headers"]))["ce_type"] == kind.__name__.encode()]
        return [kind.model_validate_json(row["body"]) for row in records if key is None or row["key"] == key.encode()]

    async def retry(self) -> None:
        """Try what is parked again, as the sweep does once its time has come."""
        await self.admin.execute("update parked set retry_at = now()")
        await self.worker.handle_due()

    async def decide_due(self) -> None:
        """Decide whatever is due by now, as the leader does."""
        for _ in range(_MOST_LOOKS):
            if not await due.decide_once(self.worker):
                return
        pytest.fail("what is due is decided again and again")

    async def parked(self) -> list[str]:
        """Return what parked events wait for, oldest first."""
        return [row["waits_for"] for row in await self.admin.fetch("select waits_for from parked order by id")]

    async def dead(self) -> list[str]:
        """Return why events are dead."""
        return [row["reason"] for row in await self.admin.fetch("select reason from dead_letters order by id")]

    async def business(self) -> dict[str, list[Any]]:
        """Return every row but those of messaging, to be compared."""
        return {table: await self.admin.fetch(f"select t.*::text from {table} t order by 1") for table in TABLES}

    async def waiting(self) -> list[tuple[str, int, tuple[int, int] | None]]:
        """Return the queue in order of service: order, units, and its range as days of March."""
        rows = await self.admin.fetch(
            "select * from queue order by sku, node, queue_at, completed_at, order_id, line_id"
        )
        return [(r["order_id"], r["units"], r["latest"] and (r["earliest"].day, r["latest"].day)) for r in rows]

    async def covered(self) -> list[tuple[str, int, str]]:
        """Return what stock covers and is not released, in order of service: order, units, what they are kept for."""
        rows = await self.admin.fetch(
            "select * from queue where claimed > 0 order by queue_at, completed_at, order_id, line_id"
        )
        return [(row["order_id"], row["claimed"], row["kept_for"]) for row in rows]

    async def check(self) -> None:
        """Check every invariant of the tables, and the first half of I4."""
        assert await broken_invariants(self.admin, "allocation") == {}
        assert await self._left_to_grant() == []

    async def _left_to_grant(self) -> list[Any]:
        """Return what lines that need not wait for the rest of their order could get."""
        async with begin(self.worker.pool, "test", self.worker.bell) as tx:
            launched = (
                "select sku, node from positions join products using (sku) join nodes using (node) "
                "where launch_on is null or launch_on <= (clock() at time zone nodes.zone)::date"
            )
            keys = [tuple(row) for row in await self.admin.fetch(launched)]
            queues = await queue.next_in_line(tx, dict.fromkeys(keys, 10_000))
            alone = {
                key: [replace(line, units=line.uncovered, claimed=0) for line in lines if not line.together]
                for key, lines in queues.items()
            }
            covered = await queue.covered_lines(tx, keys)
            lots = await positions.free_lots(tx, keys)
            calendars = await settings.calendars(tx, {node for _, node in keys})
            days = {key: calendars[key[1]].next_shipping_day(tx.now) for key in keys}
            return [
                grant
                for key in keys
                for grant in allocate(_in_turn(alone[key], covered[key]), lots.get(key, ()), days[key])
                if grant.line in alone[key]
            ]


def _in_turn(alone: list[WaitingLine], covered: list[WaitingLine]) -> list[WaitingLine]:
    """Return lines in order of service, covered ones with as many units as stock covers before what it does not."""
    return sorted([*(replace(line, units=line.claimed) for line in covered), *alone], key=lambda line: line.place)


@asynccontextmanager
async def desk_at(database: str) -> AsyncIterator[Desk]:
    """Return a desk on a database with the schema of allocation."""
    pool = await create_pool(url_for(database, role_of("allocation"), ROLE_PASSWORD), "allocation")
    admin = await asyncpg.connect(database, server_settings={"search_path": "allocation"})
    await set_clock(admin, MONDAY)
    try:
        yield Desk(Worker("allocation", pool, SERVICE.handlers, Bell("allocation_outbox")), admin)
    finally:
        await admin.close()
        await pool.close()


@pytest.fixture(scope="session")
async def desk_database(postgres_server: str, template: str) -> AsyncIterator[str]:
    """Return one database for every desk: emptying it is ten times faster than cloning another."""
    async with new_database(postgres_server, template) as url:
        yield url


@pytest.fixture
async def desk(desk_database: str) -> AsyncIterator[Desk]:
    """Return an empty desk on Monday 8:00 UTC; whatever a test does, the invariants hold at its end."""
    async with desk_at(desk_database) as desk:
        await desk.empty()
        yield desk
        await desk.check()
