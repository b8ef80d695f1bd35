"""What only an owner knows is asked of the owner: their answer, or within two seconds a clear one of ours."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from deploy.local.places import LOOPBACK, free_port
from services.gateway.http.reads.owners import OWNED
from services.gateway.http.settings import HttpSettings
from shared.messaging.worker import Worker
from shared.testing.faults import fault_of
from tests.integration.gateway.conftest import Site, site_of

Reply = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Owner:
    """A small HTTP server: keeps what it was asked, and answers by its reply."""

    reply: Reply
    url: str = ""
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head.lower())
        target = head.split(" ")[1]
        self.asked.append(target)
        try:
            await self.reply(target, writer)
        finally:
            writer.close()


def says(status: int, body: str = "{}") -> Reply:
    async def reply(_: str, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n"
        writer.write(head.encode() + body.encode())
        await writer.drain()

    return reply


async def silence(_: str, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def drops(_: str, writer: asyncio.StreamWriter) -> None:
    """Send an answer a byte at a time, never late for one byte and never done."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _byte in range(600):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


@asynccontextmanager
async def an_owner(reply: Reply) -> AsyncIterator[Owner]:
    owner = Owner(reply)
    server = await asyncio.start_server(owner.serve, LOOPBACK)
    owner.url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    try:
        yield owner
    finally:
        server.close()


@asynccontextmanager
async def asking(worker: Worker, receiving: str = "", inventory: str = "", allocation: str = "") -> AsyncIterator[Site]:
    at = HttpSettings(receiving_url=receiving, inventory_url=inventory, allocation_url=allocation)
    async with site_of(worker, at) as site:
        yield site


async def test_every_path_of_an_owner_reaches_that_owner(worker: Worker) -> None:
    async with (
        an_owner(says(200, '{"from": "receiving"}')) as receiving,
        an_owner(says(200, '{"from": "inventory"}')) as inventory,
        asking(worker, receiving.url, inventory.url + "/") as site,
    ):
        key = await site.key("read")
        owned = [of for of in OWNED if of.owner in {"receiving", "inventory"}]
        for of in owned:
            answer = await site.client.get(f"{of.path}?sku=a%2F1&sku=b%26c&node=ams", headers=key)
            assert (answer.status_code, answer.json()) == (200, {"from": of.owner})
        for owner, name in ((receiving, "receiving"), (inventory, "inventory")):
            paths = [of.path.removeprefix("/v1") for of in OWNED if of.owner == name]
            assert owner.asked == [f"{path}?sku=a%2F1&sku=b%26c&node=ams" for path in paths]


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_an_owners_refusal_is_passed_on_in_their_words(worker: Worker, status: int) -> None:
    refusal = json.dumps({"error": "there is no such node", "field": "node", "fix": "name another"})
    async with an_owner(says(status, refusal)) as owner, asking(worker, owner.url) as site:
        answer = await site.get("/v1/free-slots", await site.key("read"), node="xyz")
    assert (answer.status_code, answer.text) == (status, refusal)


@pytest.mark.parametrize("reply", [silence, drops, says(500, "Traceback"), says(302)])
async def test_an_owner_that_does_not_answer_is_named_within_two_seconds(worker: Worker, reply: Reply) -> None:
    async with an_owner(reply) as owner, asking(worker, inventory=owner.url) as site:
        key = await site.key("read")
        began = time.monotonic()
        answer = await site.get("/v1/stock", key, sku="TEE-M")
        took = time.monotonic() - began
    assert (answer.status_code, answer.json()["detail"]) == (503, "inventory does not answer")
    assert "Traceback" not in answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert took < 3


async def test_an_absent_owner_is_named(worker: Worker) -> None:
    async with asking(worker, receiving=f"http://{LOOPBACK}:{free_port()}") as site:
        key = await site.key("read")
        gone = await site.get("/v1/asns", key)
        unset = await site.get("/v1/stock", key)
    assert (gone.status_code, gone.json()["detail"]) == (503, "receiving does not answer")
    assert (unset.status_code, fault_of(unset)["fix"]) == (503, "set INVENTORY_URL for gateway")


async def test_an_owner_is_asked_only_for_callers_who_may_read(worker: Worker) -> None:
    async with an_owner(says(200)) as owner, asking(worker, owner.url) as site:
        assert (await site.get("/v1/asns", await site.key("asn"))).status_code == 403
        assert (await site.get("/v1/asns", {})).status_code == 401
        assert owner.asked == []
