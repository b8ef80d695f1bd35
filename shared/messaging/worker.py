"""The worker: it turns records into effects in waves, a transaction each, halved until the bad event stands alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Any, Final

import asyncpg
import structlog

from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.messaging import inbox, long_waits, reused_ids, service_stopped
from shared.messaging.faults import TooSlow, is_lost, reason_of, retried, retried_three_times
from shared.messaging.pulse import pulse
from shared.messaging.transaction import Bell, Handler, Tx, begin
from shared.messaging.wire import Event, Poison, Record, identity, read

log = structlog.get_logger(__name__)
Handlers = Mapping[type[Fact], Handler]
TOO_MANY_DEAD: Final = 20
FROM_AT_LEAST: Final = 3  # merchants or sources
_UNKNOWN: Final = "unknown"
_LONG: Final = 4.0  # the server ends what is idle in a transaction for 5 s (shared.db.pool)


class TooManyDead(Exception):
    """More than 20 events in a row, of three merchants or sources at least, could not be handled: a bad deploy."""


@dataclass(slots=True)
class Failures:
    """The events that could not be handled since the last that was, and whose they are."""

    in_a_row: int = 0
    origins: set[str] = field(default_factory=set)
    may_be_told: bool = True  # this process, or one before it, may have told that the service stopped

    def add(self, record: Record) -> None:
        """Count one; raise TooManyDead where it is not the fault of one merchant or of one source."""
        self.in_a_row += 1
        self.origins.add(origin_of(record))
        if self.in_a_row > TOO_MANY_DEAD and len(self.origins) >= FROM_AT_LEAST:
            raise TooManyDead

    def clear(self) -> None:
        """Forget all: an event was handled."""
        self.in_a_row, self.may_be_told = 0, False
        self.origins.clear()


def origin_of(record: Record) -> str:
    """Return the merchant whose name its key begins with, else the source of its event, else that it is unknown."""
    merchant, slash, _ = (record.key or b"").decode(errors="replace").partition("/")
    if slash:
        return merchant
    source, _ = identity(record)
    return _UNKNOWN if source.startswith("kafka:") else source


def in_waves(events: Iterable[Event[Any]], life_order: Sequence[type[Fact]]) -> list[list[Event[Any]]]:
    """Group events by type in the life order of their subjects; a key that would go backwards begins a new round."""
    rank = {kind: place for place, kind in enumerate(life_order)}
    last: dict[tuple[str, str], tuple[int, int]] = {}
    waves: dict[tuple[int, int], list[Event[Any]]] = {}
    for event in events:
        key = (event.record.topic, event.key)
        own = rank.get(type(event.body), len(rank))
        round_, before = last.get(key, (0, 0))
        last[key] = place = (round_, own) if own >= before else (round_ + 1, own)
        waves.setdefault(place, []).append(event)
    return [waves[place] for place in sorted(waves)]


@dataclass(slots=True)
class Worker:
    """The handling of one service's records."""

    service: str
    pool: asyncpg.Pool
    handlers: Handlers
    bell: Bell
    failures: Failures = field(default_factory=Failures)

    @property
    def source(self) -> str:
        return f"firstfill/{self.service}"

    async def handle(self, records: Sequence[Record]) -> None:
        """Give every record its effect, once, or keep it parked or dead; then do so for what that woke."""
        woken = await self._handle(records)
        while woken:
            woken = await self.handle_due()

    async def handle_due(self) -> bool:
        """Try the parked records whose time has come; return whether more may be due now."""
        records = await retried(partial(inbox.due, self.pool))
        return await self._handle(records) or len(records) == inbox.DUE_AT_ONCE

    async def _handle(self, records: Sequence[Record]) -> bool:
        woken, readable = False, list[Event[Any]]()
        for record in records:
            try:
                event = read(record)
            except Poison as error:
                woken |= await self._handle_readable(readable)
                readable = []
                await self._bury(record, str(error), poison=error)
            else:
                # What was parked and is nobody's any more must not stay parked.
                if type(event.body) in self.handlers or record.parked_id is not None:
                    readable.append(event)
        return await self._handle_readable(readable) or woken

    async def _handle_readable(self, events: Sequence[Event[Any]]) -> bool:
        woken = [await self._work(wave) for wave in in_waves(events, list(self.handlers))]
        return any(woken)

    async def _work(self, events: Sequence[Event[Any]]) -> bool:
        """Handle events in one transaction; if it fails, each half alone; alone and failing three times, bury it.

        After twenty failures in a row each is tried once: whoever sends a thousand of them must not hold up others.
        """
        try:
            if len(events) == 1 and self.failures.in_a_row <= TOO_MANY_DEAD:
                return await retried_three_times(partial(self._transact, events))
            return await retried(partial(self._transact, events))
        except Exception as error:  # noqa: BLE001 any error of a handler counts
            if len(events) == 1:
                return await self._bury_failed(events[0].record, error)
            middle = len(events) // 2
            first, second = events[:middle], events[middle:]
            log.warning("halving a failed batch", events=len(events), error=type(error).__name__)
        woken = await self._work(first)
        return await self._work(second) or woken

    async def _transact(self, events: Sequence[Event[Any]]) -> bool:
        """Handle events in a transaction; raise TooSlow where it took too long by itself: a retry would too."""
        begun = inf
        try:
            async with begin(self.pool, self.source, self.bell) as tx:
                begun = pulse().seconds
                woken = await self._give_effect(tx, events)
                if self.failures.may_be_told:
                    await service_stopped.tell_at_work(tx, self.service)
        except Exception as error:
            if (is_lost(error) and pulse().seconds - begun > _LONG) or (
                begun < inf and isinstance(error, TimeoutError)
            ):
                raise TooSlow from error
            raise
        self.failures.clear()
        for refused in tx.refused:
            _log_dead(refused.event.record, refused.reason)
        return woken

    async def _give_effect(self, tx: Tx, events: Sequence[Event[Any]]) -> bool:
        claimed = await inbox.claim(tx, events)
        watched = reused_ids.watched(claimed, self.service)
        ours = await reused_ids.first_uses(tx, claimed, watched)
        if ours and (handler := self.handlers.get(type(ours[0].body))):
            await handler(tx, ours)
            if type(ours[0].body) is ExceptionSettleRequested:
                await reused_ids.settle(tx, ours)
                await long_waits.settle(tx, ours)
        refused = {id(refused.event) for refused in tx.refused}
        await reused_ids.keep(tx, [content for event, content in watched if id(event) not in refused])
        return await inbox.settle(tx, claimed, self.service)

    async def _bury_failed(self, record: Record, error: Exception) -> bool:
        personal = inbox.is_personal(record)
        return await self._bury(record, reason_of(error, personal=personal), None if personal else error)

    async def _bury(
        self, record: Record, reason: str, error: Exception | None = None, *, poison: Poison | None = None
    ) -> bool:
        async def bury() -> bool:
            async with begin(self.pool, self.source, self.bell) as tx:
                return await inbox.bury(tx, record, self.service, reason, poison)

        if await retried(bury):
            _log_dead(record, reason, error)
            self.failures.add(record)
        return False


def _log_dead(record: Record, reason: str, error: Exception | None = None) -> None:
    log.error("dead letter", at=f"{record.topic}/{record.partition}/{record.offset}", reason=reason, exc_info=error)
