"""A real SMTP server that can be told what to answer, and the service that sends through it."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.clock import make_movable
from services.notification.app import notification
from services.notification.mails.mailer import MailSettings
from shared.messaging.service import Running
from shared.testing.builders import MONDAY, a_contact, a_merchant, a_product, an_order
from shared.testing.invariants import broken_invariants
from shared.testing.until import until
from tests.integration.conftest import World

DROP = "drop after the data"
TARPIT = "answer after three seconds"
TOLD = "(kind not in ('on_track', 'late') or state not in ('planned', 'superseded'))"


def hang_up(session: SMTP) -> None:
    """End a connection without a word."""
    if isinstance(session.transport, asyncio.Transport):
        session.transport.abort()


@dataclass
class MailServer:  # without slots: aiosmtpd looks at every attribute
    """What it took, and what it is to answer next; an answer that is not there is 250."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    to_recipients: deque[str] = field(default_factory=deque)
    to_data: deque[str] = field(default_factory=deque)
    refused: Counter[str] = field(default_factory=Counter)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Server | None = None
    sessions: list[SMTP] = field(default_factory=list)

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:  # noqa: N802
        """Answer aiosmtpd for each recipient."""
        if self.to_recipients:
            self.refused["recipient"] += 1
            return self.to_recipients.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer aiosmtpd for each message."""
        answer = self.to_data.popleft() if self.to_data else "250 OK"
        if answer == TARPIT:
            await asyncio.sleep(3)
            answer = "250 OK at last"
        if answer == DROP or answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            message["X-Recipients"] = ",".join(envelope.rcpt_tos)
            self.senders.append(envelope.mail_from or "")
            self.taken.append(message)
            await self.may_answer.wait()
        else:
            self.refused["data"] += 1
        if answer == DROP:
            hang_up(server)
        return answer

    async def start(self) -> None:
        """Listen on a free port; after a stop, on the same."""
        self.may_answer.set()
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(self._session, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End every connection and refuses new ones."""
        if self.server:
            self.server.close()
            self.server = None
        for session in self.sessions:
            hang_up(session)
        self.sessions.clear()

    def _session(self) -> SMTP:
        self.sessions.append(SMTP(self, hostname="localhost", enable_SMTPUTF8=True))
        return self.sessions[-1]

    def settings(self) -> MailSettings:
        return MailSettings(smtp_url=f"smtp://127.0.0.1:{self.port}", smtp_connections=2)

    def subjects(self) -> list[str]:
        return [message["Subject"] for message in self.taken]

    def ids(self) -> list[str]:
        return [message["Message-ID"] for message in self.taken]


@dataclass(slots=True)
class Shop:
    """One merchant's world: topics, tables and the mailbox of all customers."""

    world: World
    mail: MailServer

    def start(self) -> AbstractAsyncContextManager[Running]:
        """Run the service until the block is left."""
        return self.world.start(notification(self.mail.settings()))

    async def passes(self, **time: float) -> None:
        """Let time pass, for the service and for whoever publishes."""
        await self.is_now(datetime.now(UTC) + self.world.bus.ahead + timedelta(**time))

    async def is_now(self, at: datetime) -> None:
        """Set the clock."""
        self.world.bus.ahead = at - datetime.now(UTC)
        await self.world.admin.execute("update public.local_clock set ahead = $1", self.world.bus.ahead)

    async def open(self) -> None:
        """Make the merchant, a product, an order and its customer known."""
        await self.world.bus.publish(a_merchant(), a_product(), an_order(), a_contact())
        await until(lambda: self.count("orders"))
        await until(lambda: self.count("contacts", "email is not null"))

    async def count(self, table: str, condition: str = "true") -> int:
        query = f"select count(*) from notification.{table} where {condition}"
        return int(await self.world.admin.fetchval(query) or 0)

    async def states(self) -> Counter[str]:
        """Return how many notices are in which state, without those that only time will bring."""
        rows = await self.world.admin.fetch(
            f"select kind || ' ' || state as ending from notification.notices where {TOLD}"
        )
        return Counter(row["ending"] for row in rows)

    async def reaches(self, **wanted: int) -> None:
        """Wait until the notices stand like this; `_` in names stands for the blank."""
        expected = Counter({name.replace("_", " "): count for name, count in wanted.items()})

        async def stands() -> bool:
            return await self.states() == expected

        await until(stands)
        await self.world.settled("notification")

    async def in_time_reaches(self, **wanted: int) -> None:
        """Wait until the notices stand like this, and let the time of each planned one come meanwhile."""

        async def stands() -> bool:
            await self.lets_time_come()
            return await self.states() == Counter({name.replace("_", " "): count for name, count in wanted.items()})

        await until(stands)
        await self.world.settled("notification")

    async def lets_time_come(self) -> None:
        """Let the time of each planned notice come."""
        latest = await self.world.admin.fetchval(
            "select max(due_at) from notification.notices where state = 'planned' and due_at > notification.clock() "
            f"and {TOLD}"
        )
        if latest:
            await self.is_now(latest)

    async def all_sent(self) -> bool:
        await self.lets_time_come()
        return await self.count("notices", f"state in ('planned', 'sending') and {TOLD}") == 0

    async def heard(self, line_version: int, order_id: str = "o1", line_id: str = "1") -> None:
        """Wait until a promise of a line is handled, and with it what must be told of it."""
        condition = f"order_id = '{order_id}' and line_id = '{line_id}' and promise_version = {line_version}"
        await until(lambda: self.count("lines", condition))


def part(message: EmailMessage, kind: str) -> str:
    """Return the text (`plain`) or the page (`html`) of a mail, as its reader has it."""
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n").replace("\u2009", " ")  # CLDR's thin blanks


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """Return a server that listens until the block is left."""
    server = MailServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    """Return a mail server of this test's own."""
    async with mail_server() as server:
        yield server


@pytest.fixture
async def shop(world: World, mail: MailServer) -> AsyncIterator[Shop]:
    """Return a world with a mailbox, in which the service's invariants hold whatever the test did."""
    await make_movable(world.admin)
    shop = Shop(world, mail)
    await shop.is_now(MONDAY)
    yield shop
    assert await broken_invariants(world.admin, "notification") == {}
