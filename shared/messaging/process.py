"""The process of a service, with logs as lines, and `/health` and `/parked` over HTTP."""

import asyncio
import gc
import json
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import asyncpg
import structlog
import uvicorn
import uvloop
from pydantic import ValidationError

from shared.messaging.leases import NoSlot
from shared.messaging.patience import ImpatientProtocol
from shared.messaging.problems import MEDIA_TYPE, problem
from shared.messaging.service import (
    DATABASE_AWAY,
    Asgi,
    CannotStart,
    Receive,
    Running,
    Scope,
    Send,
    Service,
    Settings,
    at_work,
    end_process,
    made_ready,
)

log = structlog.get_logger(__name__)
_NOISE_EVERY: Final = 10.0
_OBJECTS_UNTIL_SEARCH: Final = 20_000


class OncePerWhile(logging.Filter):
    """A filter that passes a library's line once in ten seconds: aiokafka logs hundreds when a broker dies."""

    def __init__(self) -> None:
        super().__init__()
        self._passed: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether this line may pass."""
        last = self._passed.get(str(record.msg), 0.0)
        if record.created - last < _NOISE_EVERY:
            return False
        self._passed[str(record.msg)] = record.created
        return True


class _Server(uvicorn.Server):
    """A server that ends when asked to; uvicorn's would end the process by the same signal, before the service."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT for good: a second one changes nothing."""
        for asked in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(asked, self._end)
        yield

    def _end(self) -> None:
        self.should_exit = True


@dataclass(slots=True)
class Front:
    """What is answered over HTTP: by the service while it works, else that it does not."""

    app: Asgi | None = None

    @contextmanager
    def open(self, app: Asgi) -> Iterator[None]:
        """Let the service answer until the block is left."""
        self.app = app
        try:
            yield
        finally:
            self.app = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if self.app:
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/health":
            await _respond(send, 503, {"ready": False, "stopped": "waits for its database or its topics"})
        else:
            await _respond(send, 503, DATABASE_AWAY)


def serve(service: Service) -> None:
    """Run a service until SIGTERM or SIGINT."""
    _log_as_lines()
    try:
        settings = Settings()
    except ValidationError as error:
        missing = ", ".join(str(e["loc"][0]).upper() for e in error.errors())
        sys.exit(f"{service.name}: set {missing} in the environment")
    try:
        uvloop.run(_serve(service, settings))
    except (CannotStart, NoSlot) as error:
        sys.exit(f"{service.name}: {str(error) or error.__doc__}")


async def _serve(service: Service, settings: Settings) -> None:
    """Answer over HTTP until asked to end, and work whenever there is a database."""
    with _bound(settings) as port:
        front = Front()
        server = _Server(uvicorn.Config(front, http=ImpatientProtocol, lifespan="off", log_config=None))
        serving = asyncio.ensure_future(server.serve([port]))
        working = asyncio.ensure_future(_work(service, settings, front))
        await asyncio.wait({serving, working}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def _work(service: Service, settings: Settings, front: Front) -> None:
    """Do the service's work; one that stays up begins anew once its database is back, others end with it."""
    while True:
        away = asyncio.Event()
        async with made_ready(service, settings) as ready:
            answer = service.http(ready.worker) if service.http else _only_health
            keep_what_is_loaded()
            loop = asyncio.get_running_loop()
            lost = partial(_go_without_database, loop, away) if service.stays_up else end_process
            async with at_work(ready, database_lost=lost) as running:
                with front.open(_app(running, answer)):
                    await away.wait()


def _go_without_database(loop: asyncio.AbstractEventLoop, away: asyncio.Event, reason: str) -> None:
    """Hear from the lease's thread that the database is away."""
    log.warning("stops working until the database is back", reason=reason)
    with suppress(RuntimeError):  # the loop is closed: the process ends anyway
        loop.call_soon_threadsafe(away.set)


def keep_what_is_loaded() -> None:
    """Keep all that is loaded by now out of the search for garbage, which would take a tenth of a second each time.

    A transaction makes objects by the ten thousand and few cycles, so the search comes less often than Python's does.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_UNTIL_SEARCH, 20, 20)


def _bound(settings: Settings) -> socket.socket:
    """Bind the port before anything else, so that a taken one is told at once."""
    try:
        return socket.create_server((settings.http_host, settings.http_port), backlog=2048)
    except OSError as error:
        raise CannotStart(f"HTTP_PORT={settings.http_port} on {settings.http_host}: {error.strerror}") from error


async def _only_health(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 as ASGI calls it
    await _respond(send, 404, problem(404, "only /health and /parked are here"))


def _app(running: Running, others: Asgi) -> Asgi:
    parked = f"/parked/{running.consumer.worker.service}"

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path not in {"/health", parked}:
            return await others(scope, receive, send)
        try:
            if path == parked:
                return await _respond(send, 200, {"parked": await running.parked()})
            health = await running.health()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            return await _respond(send, 503, {"ready": False, "stopped": f"database: {type(error).__name__}"})
        return await _respond(send, 200 if health["ready"] else 503, health)

    return answer


async def _respond(send: Send, status: int, body: dict[str, Any]) -> None:
    text = json.dumps(body).encode()
    kind = MEDIA_TYPE if "detail" in body else "application/json"
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(text)).encode())]
    headers += [(b"retry-after", b"2")] if status == 503 else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _log_as_lines() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(OncePerWhile())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ]
    )
