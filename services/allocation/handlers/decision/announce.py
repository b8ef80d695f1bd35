"""What was decided, as events: each order hears of it once, each page only when it shows something else."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final, Literal, TypeVar

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.line import LineKey
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import Match
from services.allocation.domain.page import Page, next_cut_off
from services.allocation.domain.product import Product
from services.allocation.domain.promise import Promise
from services.allocation.domain.reorder import UNNAMED
from services.allocation.domain.window import Window
from services.allocation.handlers.decision.announce_losses import released_again, revoked
from services.allocation.handlers.decision.bundles import BundleEvents
from services.allocation.handlers.decision.decided_position import DecidedPosition, Versions, Why, waited_seconds
from services.allocation.handlers.decision.facts import PositionFacts
from shared.contracts.allocations import (
    AllocatedLine,
    AllocatedLot,
    AllocationRevoked,
    BackorderReleased,
    CancelledLine,
    LineAllocated,
    LineCancelled,
    ReleasedLine,
)
from shared.contracts.availability import AvailabilityChanged, Break
from shared.contracts.fields import DateRange, OrderFact, Part
from shared.contracts.promises import BackorderPromised, PromisedLine, PromiseMoved, PromiseWithdrawn
from shared.contracts.queues import QueueChanged
from shared.messaging.transaction import Tx

L = TypeVar("L")
_AT_ONCE: Final = 1_000
_EVENTS = {"made": BackorderPromised, "moved": PromiseMoved, "withdrawn": PromiseWithdrawn}


async def tell(
    tx: Tx, known: PositionFacts, served: Sequence[DecidedPosition], versions: Versions, bundles: BundleEvents
) -> None:
    """Announces what was revoked, allocated, released and promised; what waits, and what pages show."""
    traces = _traces(served)
    kinds: list[tuple[Callable[..., OrderFact], Iterable[tuple[str, Part]]]] = [
        (LineCancelled, _cancelled(served, versions)),
        (AllocationRevoked, revoked(served, versions)),
        (partial(LineAllocated, release="now"), _allocated(served, versions)),
        (BackorderReleased, [*released_again(tx, served, versions), *_released(tx, served, versions)]),
        *((event, _promised(served, versions, kind)) for kind, event in _EVENTS.items()),
    ]
    for event, lines in kinds:
        by_order = await _by_order(tx, bundles.said(event, lines))
        async for order_id, own in _now_and_then(tx, by_order.items()):
            tx.announce(event(order_id=order_id, lines=tuple(own)), traces.get(order_id))
    for position in served:
        if position.queue_version != position.position.queue_version:
            tx.announce(_queue(position), position.news.why.traceparent)
        if position.is_page_new:
            node, page = position.position.node, position.shows.standing.page
            tell_page(
                tx, position.product, node, page, position.shows.version, [known.calendars[node]], position.news.why
            )


def _traces(served: Iterable[DecidedPosition]) -> dict[str, str | None]:
    """For each order that is told something: the trace of the event that caused it."""
    return {line[0]: position.news.of(line).traceparent for position in served for line in position.told}


async def _by_order(tx: Tx, lines: Iterable[tuple[str, L]]) -> Mapping[str, list[L]]:
    orders: dict[str, list[L]] = defaultdict(list)
    async for order_id, line in _now_and_then(tx, lines):
        orders[order_id].append(line)
    return orders


async def _now_and_then(tx: Tx, some: Iterable[L]) -> AsyncIterator[L]:
    """All of these; what was announced by then is written after each thousand."""
    for number, first in enumerate(some, 1):
        yield first
        if number % _AT_ONCE == 0:
            await tx.flush()


def _cancelled(served: Iterable[DecidedPosition], versions: Versions) -> Iterator[tuple[str, CancelledLine]]:
    for position in served:
        for cancelled in position.news.cancelled:
            yield (
                cancelled.line[0],
                CancelledLine(
                    line_id=cancelled.line[1],
                    line_version=versions[cancelled.line, "cancelled"],
                    sku=position.position.sku,
                    node=position.position.node,
                    units=cancelled.units,
                    left=cancelled.left,
                    new_line_id=cancelled.new_line_id,
                    reason=cancelled.why.reason,
                    cause=cancelled.why.cause,
                ),
            )


def _allocated(served: Iterable[DecidedPosition], versions: Versions) -> Iterator[tuple[str, AllocatedLine]]:
    for position in served:
        given = position.decision.given
        for line in position.allocated:
            yield line[0], AllocatedLine(**_of(position, line, versions[line, "allocated"], _lots(given[line])))


def _lots(grants: Sequence[Match[FreeLot]]) -> tuple[AllocatedLot, ...]:
    return tuple(
        AllocatedLot(lot=grant.source.lot or None, expires_on=grant.source.expires_on, units=grant.units)
        for grant in grants
    )


def _of(one: DecidedPosition, line: LineKey, line_version: int, lots: Sequence[AllocatedLot]) -> dict[str, Any]:
    return {
        "line_id": line[1], "line_version": line_version, "sku": one.position.sku, "node": one.position.node,
        "units": sum(lot.units for lot in lots), "lots": tuple(lots),
    }  # fmt: skip


def _released(tx: Tx, served: Iterable[DecidedPosition], versions: Versions) -> Iterator[tuple[str, ReleasedLine]]:
    for position in served:
        given = position.decision.given
        for line in position.released:
            waited = waited_seconds(tx.now, given[line][0].line.completed_at)
            fields = _of(position, line, versions[line, "released"], _lots(given[line]))
            yield line[0], ReleasedLine(**fields, waited_seconds=waited)


def _promised(served: Iterable[DecidedPosition], versions: Versions, kind: str) -> Iterator[tuple[str, PromisedLine]]:
    for position in served:
        for promise in position.decision.promises:
            if promise.told and _kind(position, promise) == kind:
                yield promise.line.order_id, _promised_line(position, promise, versions)


def _kind(one: DecidedPosition, promise: Promise) -> Literal["made", "moved", "withdrawn"]:
    if one.is_first(promise):
        return "made"
    return "moved" if promise.after else "withdrawn"


def _promised_line(one: DecidedPosition, promise: Promise, versions: Versions) -> PromisedLine:
    why = one.news.behind(promise)
    return PromisedLine(
        line_id=promise.line.line_id, line_version=versions[promise.line.line, "promised"], sku=one.position.sku,
        node=one.position.node, units=promise.line.units, before=_range(promise.before), after=_range(promise.after),
        supply_id=promise.supply_id if promise.supply_id not in UNNAMED else None, reason=why.reason, cause=why.cause,
        unpadded=_range(promise.unpadded) if promise.unpadded != promise.after else None,
        applicable_by=promise.applicable_by, revised_by=promise.delay.revised_by, consent=promise.delay.consent,
        answer_by=promise.delay.answer_by, send_before=promise.delay.send_before,
    )  # fmt: skip


def _queue(one: DecidedPosition) -> QueueChanged:
    sku, node = one.position.key
    lines, units, value = one.waiting
    return QueueChanged(
        sku=sku, node=node, version=one.queue_version, waiting_lines=lines, waiting_units=units, waiting_value=value
    )


def tell_page(
    tx: Tx, product: Product, node: str | None, page: Page, version: int, calendars: Iterable[Calendar], why: Why
) -> None:
    """What the page of a SKU shows at a node, or over all nodes where none is named, until one of them cuts off."""
    breaks = tuple(
        Break(
            up_to_units=page_break.up_to_units,
            ships=DateRange(earliest=page_break.ships.earliest, latest=page_break.ships.latest),
        )
        for page_break in page.breaks
    )
    fact = AvailabilityChanged(
        sku=product.sku, node=node, merchant=product.merchant, version=version, state=page.state,
        available_to_sell=page.available_to_sell, breaks=breaks, max_orderable=page.max_orderable,
        ships_by=page.ships_by, as_of=tx.now, alternatives=page.alternatives,
        valid_until=min(next_cut_off(calendar, tx.now) for calendar in calendars),
    )  # fmt: skip
    tx.announce(fact, why.traceparent)


@lru_cache(maxsize=1024)
def _range(window: Window | None) -> DateRange | None:
    return DateRange(earliest=window.earliest, latest=window.latest) if window else None
