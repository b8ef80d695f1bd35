"""Gateway over HTTP on a real database; with Kafka where a test asks for it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local.clock import start_clock
from services.gateway.app import SERVICE
from services.gateway.domain.callers import Scope
from services.gateway.http.api import api
from services.gateway.http.settings import HttpSettings
from services.gateway.keys import create_key
from services.gateway.store.known import keep_known
from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.contracts.orders import LineSwapped, OrderPlaced
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import MerchantUpserted, NodeUpserted, PolicyUpserted
from shared.contracts.story import examples_of
from shared.contracts.telling_requests import TellingConfirmed, TellingRejected
from shared.db.migrations import role_of, url_for
from shared.db.pool import create_pool
from shared.messaging.transaction import Bell, begin
from shared.messaging.wire import unpack
from shared.messaging.worker import Worker
from shared.testing.builders import MONDAY, a_merchant, a_node, a_product
from shared.testing.postgres import ROLE_PASSWORD
from tests.integration.conftest import World

Headers = Mapping[str, str]
AFTER_THE_STORY = MONDAY + timedelta(days=90)


@dataclass(slots=True)
class Site:
    """Gateway as its callers see it, and the database behind it."""

    client: httpx.AsyncClient
    pool: asyncpg.Pool

    async def key(
        self, *scopes: Scope, merchant: str | None = None, node: str | None = None, old: bool = True
    ) -> dict[str, str]:
        """Return the header of a new key, which may also tell `old` orders: the story is from long ago."""
        opened = frozenset({*scopes, "import"}) if old else frozenset(scopes)
        merchants, nodes = ([name] if name else None for name in (merchant, node))
        key = await create_key(self.pool, "tests", opened, merchants, nodes)
        return {"Authorization": f"Bearer {key.text()}"}

    async def post(self, path: str, body: Any, key: Headers, **headers: str) -> httpx.Response:
        """Send a body as JSON."""
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        sent = {"Content-Type": "application/json", **key, **headers}
        return await self.client.post(path, content=content, headers=sent)

    async def get(self, path: str, key: Headers, **asked: str | int) -> httpx.Response:
        """Ask."""
        return await self.client.get(path, params=asked, headers=dict(key))

    async def rows(self, path: str, key: Headers, **asked: str | int) -> list[dict[str, Any]]:
        """Return the rows of an answer."""
        answer = await self.get(path, key, **asked)
        assert answer.status_code == 200, answer.text
        (rows,) = answer.json().values()
        return list(rows)

    async def told(self) -> list[tuple[str, str, str, Any]]:
        """Return topic, key, type and body of all that waits to be published."""
        rows = await self.pool.fetch("select topic, key, body, headers from outbox order by id")
        return [
            (row["topic"], row["key"].decode(), (dict(unpack(row["headers"]))["ce_type"] or b"").decode(),
             json.loads(row["body"]))
            for row in rows
        ]  # fmt: skip


def an_example(event: type[Fact]) -> dict[str, Any]:
    """Return the body of an event's first example."""
    return dict(examples_of(event)[0].body)


@asynccontextmanager
async def site_of(worker: Worker, settings: HttpSettings | None = None) -> AsyncIterator[Site]:
    """Serve gateway over HTTP on a worker."""
    transport = httpx.ASGITransport(api(worker, settings or HttpSettings(requests_per_key="10000/minute")))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield Site(client, worker.pool)


async def know(worker: Worker) -> None:
    """Let gateway know who and what tests and examples name."""
    facts = [
        event.model_validate(example.body)
        for event in (NodeUpserted, MerchantUpserted, PolicyUpserted, ProductUpserted)
        for example in examples_of(event)
    ]
    ordered = [line["sku"] for example in examples_of(OrderPlaced) for line in example.body["lines"]]
    swaps = [example.body["sku"] for example in examples_of(LineSwapped)]
    goods = [a_product(sku) for sku in {"TEE-M", *ordered, *swaps}]
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        await keep_known(tx, [a_node(), a_node("lyon"), a_merchant(), a_merchant(merchant="zeta"), *goods, *facts])
        await tx.connection.executemany(
            "insert into gateway.exceptions (exception_id, version, class, subject, facts, state) "
            "values ($1, 1, 'telling_held', $1, '{}', 'open') on conflict do nothing",
            [
                (example.body["cause"],)
                for event in (TellingConfirmed, TellingRejected)
                for example in examples_of(event)
            ],
        )
        await tx.connection.executemany(
            "insert into gateway.exceptions (exception_id, version, class, subject, facts, state) "
            "values ($1, 1, 'short', 'asn-1', '{}', 'open') on conflict do nothing",
            [(example.body["exception_id"],) for example in examples_of(ExceptionSettleRequested)],
        )


@pytest.fixture
async def worker(database: str) -> AsyncIterator[Worker]:
    """Write to the outbox, which nobody publishes, after all that the examples tell of."""
    await start_clock(database, AFTER_THE_STORY)
    url = url_for(database, role_of("gateway"), ROLE_PASSWORD)
    async with await create_pool(url, "gateway") as pool:
        gateway = Worker("gateway", pool, {}, Bell("gateway_outbox"))
        await know(gateway)
        yield gateway


@pytest.fixture
async def site(worker: Worker) -> AsyncIterator[Site]:
    """Serve gateway without Kafka: what it would publish is seen in its outbox."""
    async with site_of(worker) as site:
        yield site


@pytest.fixture
async def live(world: World) -> AsyncIterator[Site]:
    """Run gateway as it is deployed, after all that tests tell of."""
    await start_clock(world.admin_url, AFTER_THE_STORY)
    async with world.start(SERVICE) as running, site_of(running.consumer.worker) as site:
        await know(running.consumer.worker)
        yield site
