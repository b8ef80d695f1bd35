"""Asks allocation over HTTP, and sees all that it keeps."""

import json
from collections.abc import Iterable
from typing import Any

import httpx

from services.allocation.http import app
from shared.contracts.bounds import Bounds
from shared.messaging.transaction import Announced
from shared.messaging.wire import unpack
from shared.testing.until import until
from tests.integration.allocation.conftest import MESSAGING, Desk

BUSY = 503
WORDS = ("cause", "reason", "as_of")


async def ask(
    desk: Desk, what: str, body: dict[str, Any] | None = None, merchant: str | None = None, **asked: Any
) -> httpx.Response:
    """Return the answer to one preview, or without a body to one question."""
    transport = httpx.ASGITransport(app(desk.worker))
    headers = Bounds((merchant,) if merchant else None).headers()
    async with httpx.AsyncClient(transport=transport, base_url="http://allocation", headers=headers) as client:
        if body is None:
            return await client.get(f"/{what}", params=asked)
        return await client.post(f"/previews/{what}", json=body)


async def answer(desk: Desk, what: str, body: dict[str, Any] | None = None, **asked: Any) -> dict[str, Any]:
    """Return what is answered, where it is; on a busy machine it may have to be asked again."""

    async def answers() -> list[httpx.Response]:
        got = await ask(desk, what, body, **asked)
        return [got] if got.status_code != BUSY else []

    (got,) = await until(answers)
    assert got.status_code == 200, got.text
    return dict(got.json())


async def everything(desk: Desk) -> dict[str, Any]:
    """Return every row, and how far the numbers are that are never given twice."""
    kept: dict[str, Any] = await desk.business()
    for table in MESSAGING:
        kept[table] = await desk.admin.fetch(f"select t.*::text from {table} t order by 1")
    kept["sequences"] = await desk.admin.fetch(
        "select sequencename, last_value from pg_sequences where schemaname = 'allocation' order by 1"
    )
    return kept


def announced(records: Iterable[Announced]) -> list[tuple[str, str, str, str]]:
    """Return topic, key, type and body of records, without the words for why they were told."""
    return [
        (topic, key.decode(), (dict(unpack(headers))["ce_type"] or b"").decode(), _plain(body))
        for topic, key, body, headers in records
    ]


def _plain(body: bytes | None) -> str:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(row) for name, row in value.items() if name not in WORDS}
        return [without(row) for row in value] if isinstance(value, list) else value

    return json.dumps(without(json.loads(body or b"{}")))


async def outbox(desk: Desk, after: int = 0) -> list[tuple[str, str, str, str]]:
    """Return what was announced for good, since a row of the outbox."""
    rows = await desk.admin.fetch("select topic, key, body, headers from outbox where id > $1 order by id", after)
    return announced([tuple(row) for row in rows])


async def last_row(desk: Desk) -> int:
    return int(await desk.admin.fetchval("select coalesce(max(id), 0) from outbox"))
