"""A caller who sends a head byte by byte is hung up on; one who asks, however often, is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import create_server

import pytest
import uvicorn

from shared.messaging import patience
from shared.messaging.service import Receive, Scope, Send

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


async def answer(_: Scope, __: Receive, send: Send) -> None:
    await asyncio.sleep(0.5)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """Serve until the block is left."""
    listening = create_server(("127.0.0.1", 0))
    config = uvicorn.Config(answer, http=patience.ImpatientProtocol, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server.serve([listening]))
    yield listening.getsockname()[1]
    server.should_exit = True
    await task


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "WITHIN", 0.3)


@pytest.mark.parametrize("before", [b"", REQUEST])
async def test_a_head_that_does_not_end_is_not_waited_for(before: bytes) -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(before)
        if before:
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")

        async def trickle() -> None:
            for byte in b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 500:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)

        trickling = asyncio.ensure_future(trickle())
        assert await asyncio.wait_for(reader.read(), 5) == b""
        trickling.cancel()
        writer.close()


async def test_an_answer_may_take_longer_than_a_head() -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(REQUEST)
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.close()
