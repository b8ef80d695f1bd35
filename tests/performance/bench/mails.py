"""How fast notices leave as mails (P8), beside prepared bytes over as many connections."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import perf_counter, sleep
from typing import Final

import asyncpg
import psutil
from aiosmtplib import SMTP

from deploy.local.places import free_port, is_free
from services.notification.app import HANDLERS
from services.notification.handlers.send import send_due
from services.notification.mails.mailer import Mailer, MailSettings
from shared.db.migrations import role_of, url_for
from shared.db.pool import create_pool
from shared.messaging.transaction import Bell
from shared.messaging.worker import Worker
from shared.testing.builders import a_contact, a_merchant, a_product, an_order, promised
from shared.testing.postgres import ROLE_PASSWORD, new_database
from tests.integration.allocation.conftest import Desk
from tests.performance.bench.bench import BATCH, Bench
from tests.performance.bench.figures import Figure

MAILS: Final = 5_000
_HEAD: Final = b"From: shop@shop.example\r\nTo: anna@customer.example\r\nSubject: dates\r\n\r\n"
_MAIL: Final = _HEAD + 350 * (76 * b"y" + b"\r\n")  # as large as a confirmation of one line


async def notices(bench: Bench) -> list[Figure]:
    """Measure P8: every customer is told of a date, and the process is no larger afterwards."""
    mails = bench.size(MAILS)
    ours, floor, memory, before = list[float](), list[float](), list[float](), list[float]()
    with mail_server() as port:
        settings = MailSettings(smtp_url=f"smtp://127.0.0.1:{port}")
        for _ in range(bench.runs):
            floor.append(mails / await sent_bare(port, settings.smtp_connections, mails))
            async with planned(bench, mails) as desk:
                before.append(psutil.Process().memory_info().rss / 1e6)
                ours.append(mails / await sent(desk, settings, mails))
                memory.append(psutil.Process().memory_info().rss / 1e6)
    return [
        Figure("P8", f"{mails:,} customers are told", ours, floor, "F-mail", "mails/s", "at least", 0.7),
        Figure("P8", f"memory after {mails:,} mails", memory, before, "MB before", "MB", "at most", 1.1),
    ]


@asynccontextmanager
async def planned(bench: Bench, mails: int) -> AsyncIterator[Desk]:
    """Return notification's worker on a database in which as many confirmations are due."""
    async with new_database(bench.server, bench.template) as url:
        pool = await create_pool(url_for(url, role_of("notification"), ROLE_PASSWORD), "notification")
        admin = await asyncpg.connect(url, server_settings={"search_path": "notification"})
        desk = Desk(Worker("notification", pool, HANDLERS, Bell("notification_outbox")), admin)
        try:
            await desk.hear(a_merchant(), a_product())
            for first in range(0, mails, BATCH):
                names = [f"o{number}" for number in range(first, min(first + BATCH, mails))]
                await desk.hear(*(fact for name in names for fact in (an_order(name), a_contact(name), promised(name))))
            await admin.execute("vacuum analyze")
            yield desk
        finally:
            await admin.close()
            await pool.close()


async def sent(desk: Desk, settings: MailSettings, mails: int) -> float:
    """Return the seconds in which as many notices are claimed, written, sent and settled."""
    began = perf_counter()
    async with Mailer(settings) as mailer:
        while await send_due(desk.worker, mailer):
            pass
    taken = perf_counter() - began
    assert await desk.admin.fetchval("select count(*) from notices where state = 'sent'") == mails
    return taken


async def sent_bare(port: int, connections: int, mails: int) -> float:
    """Return the seconds in which as many prepared mails are sent over as many connections: F-mail."""

    async def lane(mails: int) -> None:
        async with SMTP(hostname="127.0.0.1", port=port) as client:
            for _ in range(mails):
                await client.sendmail("shop@shop.example", ["anna@customer.example"], _MAIL)

    began = perf_counter()
    await asyncio.gather(*(lane(len(range(n, mails, connections))) for n in range(connections)))
    return perf_counter() - began


@contextmanager
def mail_server() -> Iterator[int]:
    """Run a server, in a process of its own, that takes every mail and forgets it."""
    port = free_port()
    command = ("-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}")
    server = subprocess.Popen([sys.executable, *command])
    try:
        while is_free(port):
            sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()
