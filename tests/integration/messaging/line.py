"""The network between a service and a server, which a test can join late and cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from deploy.local.places import free_port


@dataclass(slots=True)
class Line:
    """A port that leads to a server while it is joined."""

    port: int
    there: tuple[str, int]
    lingers: float = 0.0  # seconds by which the end of a connection comes later than its last words
    server: asyncio.Server | None = None
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def join(self) -> None:
        self.server = await asyncio.start_server(self._forward, "127.0.0.1", self.port)

    def cut(self) -> None:
        """Interrupt whoever talks, and refuse whoever calls."""
        if self.server:
            self.server.close()
        for writer in self.open:
            writer.transport.abort()
        self.open.clear()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(*self.there)
        self.open |= {writer, forth}
        await asyncio.gather(_pour(reader, forth, 0), _pour(back, writer, self.lingers))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lingers: float) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
        await asyncio.sleep(lingers)
    except OSError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def line_to(host: str, port: int, lingers: float = 0.0) -> AsyncIterator[Line]:
    """Return a line to a server, not yet joined."""
    line = Line(free_port(), (host, port), lingers)
    yield line
    line.cut()
