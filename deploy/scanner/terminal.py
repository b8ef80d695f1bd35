"""A device at work: what is typed is kept, sent when there is a network, and answered when it is counted."""

import asyncio
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from deploy.scanner.journal import Journal
from deploy.scanner.screen import Screen
from deploy.scanner.wedge import Hand, NotUnderstood, closing, read
from shared.contracts.scan_answers import ScanAnswered
from shared.contracts.scans import ScanRecorded
from shared.contracts.topics import TOPIC_OF
from shared.messaging.clients import started
from shared.messaging.wire import announcement

_ANSWERS: Final = TOPIC_OF[ScanAnswered].name
_AGAIN: Final = 2.0
_PATIENCE: Final = 5.0
_SWALLOWED: Final = 0.2


@dataclass(slots=True)
class Terminal:
    """One device and its person."""

    hand: Hand
    journal: Journal
    screen: Screen
    bootstrap: str
    ahead: timedelta = timedelta()
    said: asyncio.Event = field(default_factory=asyncio.Event)
    hearing: asyncio.Event = field(default_factory=asyncio.Event)
    progress: asyncio.Event = field(default_factory=asyncio.Event)
    unanswered: set[str] = field(default_factory=set)
    offline: bool = False

    async def run(self) -> None:
        """Work until the input ends; then wait a little for answers."""
        self.screen.note(f"{self.hand.device_id} at {self.hand.node}, {self.hand.holds}; type help")
        self.unanswered.update(fact.scan_id for fact in self.journal.unsent() if isinstance(fact, ScanRecorded))
        self.said.set()
        work = [asyncio.create_task(self._hear()), asyncio.create_task(self._send())]
        try:
            await self._type()
            await self._finish()
        finally:
            await _ended(work)
        self.screen.list()

    async def _type(self) -> None:
        """Read lines from the wedge, until `quit` or the end of input."""
        while line := await asyncio.to_thread(sys.stdin.readline):
            text = line.rstrip("\r\n").strip(" ")
            if text == "quit":
                return
            if text == "help":
                self.screen.help()
            elif text == "list":
                self.screen.list()
            elif text:
                self._take(text)

    def _take(self, text: str) -> None:
        try:
            self.hand, fact = read(self.hand, text, datetime.now(UTC) + self.ahead)
        except NotUnderstood as error:
            return self.screen.trouble(str(error))
        if fact is None:
            return self.screen.note(self.hand.holds)
        self.journal.add(fact)
        if isinstance(fact, ScanRecorded):
            self.unanswered.add(fact.scan_id)
        if words := closing(fact):
            self.screen.note(words)
        if self.offline:
            self.screen.note(f"kept on this device: {len(self.journal.unsent())} to be sent")
        self.said.set()
        return None

    async def _finish(self) -> None:
        """Wait a little for the network and for answers; what is not sent stays in the journal."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while self.journal.unsent() or self.unanswered:
                    self.progress.clear()
                    await self.progress.wait()
        if unsent := len(self.journal.unsent()):
            self.screen.trouble(f"{unsent} kept on this device: they are sent when it is started next with a network")
        elif self.unanswered:
            self.screen.trouble(f"{len(self.unanswered)} sent and not answered yet: nothing is lost")

    async def _send(self) -> None:
        """Send what is in the journal, in order; without a network wait and try again."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.said.wait(), _AGAIN)
            self.said.clear()
            try:
                await self._send_unsent()
                self.offline = False
            except (KafkaError, OSError):
                if not self.offline:
                    self.screen.trouble(f"no network: {len(self.journal.unsent())} kept, sent when it is back")
                self.offline = True

    async def _send_unsent(self) -> None:
        if not self.journal.unsent():
            return
        sender = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all", enable_idempotence=True)
        async with started(sender) as producer:
            await self.hearing.wait()
            while unsent := self.journal.unsent():
                topic, key, body, headers = announcement(
                    unsent[0], f"scanners/{self.hand.device_id}", None, datetime.now(UTC) + self.ahead
                )
                await producer.send_and_wait(topic, body, key=key, headers=list(headers))
                self.journal.has_sent(1)
                self.progress.set()

    async def _hear(self) -> None:
        """Show what this device is answered; a broker that goes away comes back."""
        while True:
            try:
                async with started(AIOKafkaConsumer(_ANSWERS, bootstrap_servers=self.bootstrap)) as consumer:
                    await self._show_answers(consumer)
            except (KafkaError, OSError):
                self.hearing.clear()
                await asyncio.sleep(_AGAIN)

    async def _show_answers(self, consumer: AIOKafkaConsumer) -> None:
        await consumer.seek_to_end()
        self.hearing.set()
        async for record in consumer:
            if record.key == self.hand.device_id.encode():
                answer = ScanAnswered.model_validate_json(record.value)
                self.unanswered.discard(answer.scan_id)
                self.progress.set()
                self.screen.answered(answer, self.journal.void_of(answer.scan_id))


async def _ended(work: Collection[asyncio.Task[None]]) -> None:
    """End tasks for good: a client that is just starting swallows being cancelled."""
    running = set(work)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_SWALLOWED)
    await asyncio.gather(*work, return_exceptions=True)
