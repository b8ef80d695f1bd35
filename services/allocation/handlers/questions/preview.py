"""What would happen if: the real handlers hear it in a transaction that is undone, and what they announce is kept."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from services.allocation.domain.page import Page
from services.allocation.domain.position import PositionKey
from services.allocation.domain.preview import (
    ChangeKind,
    ChangeTotal,
    LineChange,
    LineNews,
    PageChange,
    PageSummary,
    changes,
    page_summary,
    totals,
)
from services.allocation.domain.window import Window
from services.allocation.handlers.clock.due import decide_positions, look_at_orders
from services.allocation.store import order_changes as orders
from services.allocation.store import previews, settings, timers
from services.allocation.store.previews import EVERYWHERE
from shared.contracts.allocations import AllocationRevoked, BackorderReleased, LineAllocated, ReleasedLine
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.bounds import Bounds
from shared.contracts.fields import DateRange, Fact
from shared.contracts.promises import Promised
from shared.messaging.transaction import Announced, Handler, Tx, begin
from shared.messaging.wire import Event, Record, announcement, read, unpack
from shared.messaging.worker import Worker

_SOURCE: Final = "firstfill/preview"
MOST_POSITIONS: Final = 500
_MOST_LISTED: Final = 1000
_ROUNDS: Final = 100
_MOST_DUE: Final = 20_000


class _Undone(Exception):
    """Nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would gain and who would lose. `lines` and `pages` list the first thousand, totals count all.

    `undecided` positions would be decided too, but are too many to be tried here.
    """

    as_of: datetime
    totals: dict[ChangeKind, ChangeTotal]
    lines: list[LineChange]
    more_lines: int
    pages: list[PageChange]
    more_pages: int
    undecided: int


@dataclass(slots=True)
class _TriedTransaction(Tx):
    """Remembers what is announced and writes none of it."""

    told: list[Announced] = field(default_factory=list)

    async def flush(self) -> None:
        self.told += self.take()


@dataclass(slots=True)
class Trial:
    """A transaction that is undone, and what the pages showed before it. Who is bound to merchants sees only theirs."""

    tx: _TriedTransaction
    bounds: Bounds
    pages: dict[PositionKey, Page] = field(default_factory=dict)
    seen: set[PositionKey] = field(default_factory=set)
    undecided: int = 0

    async def look(self, keys: Collection[PositionKey]) -> None:
        """Remembers what pages show before it is decided anew."""
        new = [key for key in keys if key not in self.seen]
        before = await previews.pages(self.tx, new)
        self.pages = before | self.pages
        self.seen.update(new)

    async def hear(self, handler: Handler, *facts: Fact) -> None:
        """The real handler hears facts under names that are thrown away; then what follows at once is decided."""
        rows, order_ids = await self._due()
        await handler(self.tx, [_event(self.tx, fact) for fact in facts])
        for _ in range(_ROUNDS):
            rows_now, orders_now = await self._due()
            keys, whole = {rows_now[row] for row in rows_now.keys() - rows.keys()}, orders_now - order_ids
            if not keys and not whole:
                return
            decided = await self._decide(keys, whole)
            rows = {row: key for row, key in (rows | rows_now).items() if key not in decided}
            order_ids |= orders_now
        rows_now, _ = await self._due()
        self.undecided += len({rows_now[row] for row in rows_now.keys() - rows.keys()})

    async def end_gathering(self, key: PositionKey) -> None:
        """What is kept for more of its truck goes to the floor, as it will in some minutes."""
        if await previews.end_gathering(self.tx, key):
            await self._decide({key}, ())

    async def _due(self) -> tuple[dict[tuple[object, ...], PositionKey], set[timers.Subject]]:
        return await previews.due(self.tx, _MOST_DUE), set(await timers.due(self.tx, "order", _MOST_DUE))

    async def _decide(
        self, keys: Collection[PositionKey], whole: Collection[timers.Subject]
    ) -> Collection[PositionKey]:
        """What the leader does next because of it; of too many positions only some are tried, and it says which."""
        group = sorted(keys)[:MOST_POSITIONS]
        self.undecided += len(keys) - len(group)
        await self.look(group)
        if group:
            await decide_positions(self.tx, group)
        if whole:
            await self.look(await orders.positions_of(self.tx, {order_id for order_id, _ in whole}))
            await look_at_orders(self.tx, whole)
        return group


@asynccontextmanager
async def trial(worker: Worker, bounds: Bounds) -> AsyncIterator[Trial]:
    """Ends with nothing changed, announced or locked, whatever was tried."""
    with suppress(_Undone):
        async with begin(worker.pool, worker.source, worker.bell) as tx:
            await previews.be_brief(tx)
            yield Trial(_TriedTransaction(tx.connection, tx.source, tx.now), bounds)
            raise _Undone


def _event(tx: Tx, fact: Fact) -> Event[Any]:
    topic, key, body, headers = announcement(fact, _SOURCE, None, tx.now)
    return read(Record(topic, 0, 0, key, body, headers))


async def outcome(tried: Trial) -> Preview:
    """What was announced, as changes from before to after."""
    tx = tried.tx
    await tx.flush()
    facts = [read(Record(topic, 0, 0, key, body, unpack(packed))).body for topic, key, body, packed in tx.told]
    lines = await _own(tried, changes(news for fact in facts for news in _told(fact)))
    pages = await _own_pages(tried, _pages(tried, facts))
    return Preview(
        tx.now, totals(lines), lines[:_MOST_LISTED], len(lines[_MOST_LISTED:]), pages[:_MOST_LISTED],
        len(pages[_MOST_LISTED:]), tried.undecided,
    )  # fmt: skip


def _told(fact: Fact) -> Iterator[LineNews]:
    if isinstance(fact, Promised):
        for p in fact.lines:
            yield LineNews(
                (fact.order_id, p.line_id), (p.sku, p.node), p.units, "promised", _of(p.before), _of(p.after)
            )
    elif isinstance(fact, LineAllocated | AllocationRevoked | BackorderReleased):
        for a in fact.lines:
            if not (isinstance(a, ReleasedLine) and a.again):
                yield LineNews((fact.order_id, a.line_id), (a.sku, a.node), a.units, _what(fact))


def _what(fact: LineAllocated | AllocationRevoked | BackorderReleased) -> Literal["released", "lost"]:
    return "lost" if isinstance(fact, AllocationRevoked) else "released"


def _of(said: DateRange | None) -> Window | None:
    return Window(said.earliest, said.latest) if said else None


def _pages(tried: Trial, facts: Collection[Fact]) -> list[PageChange]:
    """Each page as it was and as it is in the end."""
    last = {(f.sku, f.node or EVERYWHERE): f for f in facts if isinstance(f, AvailabilityChanged)}
    every = []
    for (sku, node), fact in sorted(last.items()):
        was = tried.pages.get((sku, node))
        now_is = PageSummary(fact.state, fact.available_to_sell, fact.max_orderable, fact.ships_by)
        every.append(PageChange(sku, node or None, page_summary(was) if was else None, now_is))
    return every


async def _own(tried: Trial, lines: list[LineChange]) -> list[LineChange]:
    """For who is bound to merchants: lines of their orders, of their SKUs."""
    if tried.bounds.merchants is None:
        return lines
    known = await orders.orders(tried.tx, {change.order_id for change in lines})
    skus = await _skus(tried, {change.sku for change in lines})
    own = {order_id for order_id, order in known.items() if tried.bounds.cover_merchant(order.merchant)}
    return [change for change in lines if change.sku in skus and change.order_id in own]


async def _own_pages(tried: Trial, pages: list[PageChange]) -> list[PageChange]:
    if tried.bounds.merchants is None:
        return pages
    skus = await _skus(tried, {change.sku for change in pages})
    return [change for change in pages if change.sku in skus]


async def _skus(tried: Trial, skus: Collection[str]) -> set[str]:
    products = await settings.products(tried.tx, skus)
    return {sku for sku, product in products.items() if tried.bounds.cover_merchant(product.merchant)}
