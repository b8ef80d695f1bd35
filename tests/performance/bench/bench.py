"""A server with durability on, and databases that are filled once and cloned for every run."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlsplit

import asyncpg
import uvloop
from rich.progress import track

from deploy.local.places import on_free_ports
from deploy.local.postgres import prepare_postgres, start_postgres
from shared.contracts.fields import Fact
from shared.contracts.orders import OrderPlaced
from shared.testing.builders import a_line, an_order
from shared.testing.bus import record_of
from shared.testing.postgres import build_template, create_database, new_database
from shared.testing.session import session_servers
from tests.integration.allocation.conftest import Desk, desk_at

BATCH = 500  # as many records as the consumer takes at once


@dataclass(frozen=True, slots=True)
class Bench:
    """The server, the template of its databases, how many runs each figure gets, and by how much sizes are divided.

    `databases` are those that were filled so far, by what they hold; they end with the server.
    """

    server: str
    template: str
    runs: int
    smaller: int
    databases: dict[str, str] = field(default_factory=dict)

    def size(self, full: int) -> int:
        """Return a size as this run measures it."""
        return max(1, full // self.smaller)

    async def filled(self, name: str, facts: Callable[[], Sequence[Fact]]) -> str:
        """Return the name of a database that the handlers themselves have filled, once for all who ask for it."""
        if name not in self.databases:
            url = await create_database(self.server, self.template)
            heard = facts()
            async with desk_at(url) as desk:
                for first in track(range(0, len(heard), BATCH), f"{name}: {len(heard):,} facts"):
                    await desk.hear(*heard[first : first + BATCH])
                await desk.admin.execute("vacuum analyze")
            self.databases[name] = urlsplit(url).path.removeprefix("/")
        return self.databases[name]

    async def grown(self, name: str, origin: str, grow: Callable[[Desk], Awaitable[None]]) -> str:
        """Return the name of a database that was made of another, once for all who ask for it."""
        if name not in self.databases:
            url = await create_database(self.server, origin)
            async with desk_at(url) as desk:
                await grow(desk)
                await desk.admin.execute("vacuum analyze")
            self.databases[name] = urlsplit(url).path.removeprefix("/")
        return self.databases[name]

    @asynccontextmanager
    async def clone(self, name: str) -> AsyncIterator[Desk]:
        """Return a desk on a copy of a filled database."""
        async with new_database(self.server, name) as url, desk_at(url) as desk:
            await desk.admin.execute("checkpoint")
            yield desk

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[asyncpg.Connection]:
        """Return a connection to an empty database, for a floor."""
        async with new_database(self.server) as url:
            connection = await asyncpg.connect(url, server_settings={"jit": "off"})
            try:
                yield connection
            finally:
                await connection.close()


@contextmanager
def a_bench(runs: int, smaller: int) -> Iterator[Bench]:
    """Start a server that survives power loss, and build the template of its databases."""
    with session_servers() as (supervisor, places):

        def start(port: int) -> str:
            server = prepare_postgres(places, port, fsync=True)
            start_postgres(supervisor, server)
            return server.url

        server = on_free_ports(start, None)
        template = uvloop.run(_template(server))
        yield Bench(server, template, runs, smaller)


async def _template(server: str) -> str:
    url = await create_database(server)
    await build_template(url)
    return urlsplit(url).path.removeprefix("/")


def order(sku: str, number: int, lines: int = 1) -> OrderPlaced:
    """Return an order of one unit of a SKU."""
    return an_order(f"{sku}/{number:06}", *(a_line(str(line), sku) for line in range(1, lines + 1)))


async def seconds(desk: Desk, *facts: Fact) -> float:
    """Return how long facts take, in batches as the consumer hands them in: from the records to the last commit."""
    records = [record_of(fact) for fact in facts]
    began = perf_counter()
    for first in range(0, len(records), BATCH):
        await desk.hear(*records[first : first + BATCH])
    taken = perf_counter() - began
    assert await desk.dead() == []
    assert await desk.parked() == []
    return taken
