"""What was decided, as events: each order hears of it once, each page only when it shows something else."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Final, TypeAlias

from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import Match
from services.allocation.domain.page import Page
from services.allocation.domain.product import Product
from services.allocation.domain.promise import Promise
from services.allocation.domain.supply import known_as
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.announce_losses import LineTold, released_again, revoked
from services.allocation.handlers.decision.bundles import BundleEvents
from services.allocation.handlers.decision.decided_position import DecidedPosition, Versions, waited_seconds
from shared.contracts import allocations, availability, promises, queues
from shared.contracts.allocations import AllocationRevoked, BackorderReleased, LineAllocated, LineCancelled
from shared.contracts.fields import LARGEST, OrderFact
from shared.contracts.promises import BackorderPromised, PromiseMoved, PromiseWithdrawn
from shared.contracts.structs import Struct, struct_of
from shared.messaging.transaction import Tx

LinesTold: TypeAlias = dict[type[OrderFact], list[tuple[str, Struct]]]
_EVENTS: Final = (
    LineCancelled, AllocationRevoked, LineAllocated, BackorderReleased, BackorderPromised, PromiseMoved,
    PromiseWithdrawn,
)  # fmt: skip
_TURN: Final = 250
_Lot: Final = struct_of(allocations.AllocatedLot)
_AllocatedLine: Final = struct_of(allocations.AllocatedLine)
_ReleasedLine: Final = struct_of(allocations.ReleasedLine)
_CancelledLine: Final = struct_of(allocations.CancelledLine)
_PromisedLine: Final = struct_of(promises.PromisedLine)
_QueueChanged: Final = struct_of(queues.QueueChanged)
_AvailabilityChanged: Final = struct_of(availability.AvailabilityChanged)


async def lines_told(tx: Tx, served: Sequence[DecidedPosition], versions: Versions) -> LinesTold:
    """What was cancelled, revoked, allocated, released and promised of lines, by the event that tells it.

    Other work has its turn in between: what was decided is being written meanwhile.
    """
    found: LinesTold = {event: [] for event in _EVENTS}
    every = chain(
        _cancelled(served, versions), revoked(served, versions), _allocated(served, versions),
        released_again(tx, served, versions), _released(tx, served, versions), _promised(served, versions),
    )  # fmt: skip
    for number, (event, order_id, line) in enumerate(every):
        if number % _TURN == 0:
            await asyncio.sleep(0)
        found[event].append((order_id, line))
    return found


def tell(
    tx: Tx, known: PositionFacts, served: Sequence[DecidedPosition], lines: LinesTold, bundles: BundleEvents
) -> None:
    """Announces what becomes of lines, each order once of each kind; then what waits, and what pages show."""
    traces = _traces(served)
    for event, of_lines in lines.items():
        by_order: dict[str, list[Struct]] = {}
        for order_id, line in bundles.said(event, of_lines):
            by_order.setdefault(order_id, []).append(line)
        if by_order:
            tx.publish_all(_of_orders(event, by_order, traces))
    for position in served:
        if position.queue_version != position.position.queue_version:
            _tell_queue(tx, position)
        if position.is_page_new:
            node, shows, why = position.position.node, position.shows, position.news.why
            until = known.days[node].cuts_off_at
            tell_page(tx, position.product, node, shows.standing.page, shows.version, until, why)


def _of_orders(
    event: type[OrderFact],
    lines: Mapping[str, Sequence[Struct]],
    traces: Mapping[str, str | None],
) -> Iterator[tuple[type[OrderFact], str, Struct, str | None]]:
    """What each order is told at once of its lines."""
    struct = struct_of(event)
    more = {"release": "now"} if event is LineAllocated else {}
    return (
        (event, order, struct(order_id=order, lines=own, **more), traces.get(order)) for order, own in lines.items()
    )


def _traces(served: Iterable[DecidedPosition]) -> dict[str, str | None]:
    """For each order that is told something: the trace of the event that caused it."""
    return {line[0]: position.news.of(line).traceparent for position in served for line in position.told}


def _cancelled(served: Iterable[DecidedPosition], versions: Versions) -> Iterator[LineTold]:
    for position in served:
        for cancelled in position.news.cancelled:
            yield (
                LineCancelled,
                cancelled.line[0],
                _CancelledLine(
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


def _allocated(served: Iterable[DecidedPosition], versions: Versions) -> Iterator[LineTold]:
    for position in served:
        sku, node = position.position.key
        for release in position.allocated:
            line = release.line
            yield (
                LineAllocated,
                line.order_id,
                _AllocatedLine(
                    line_id=line.line_id, line_version=versions[line.line, "allocated"], sku=sku, node=node,
                    units=release.units, lots=_lots(release.grants),
                ),
            )  # fmt: skip


def _released(tx: Tx, served: Iterable[DecidedPosition], versions: Versions) -> Iterator[LineTold]:
    for position in served:
        sku, node = position.position.key
        for release in position.released:
            line = release.line
            yield (
                BackorderReleased,
                line.order_id,
                _ReleasedLine(
                    line_id=line.line_id, line_version=versions[line.line, "released"], sku=sku, node=node,
                    units=release.units, lots=_lots(release.grants),
                    waited_seconds=waited_seconds(tx.now, line.completed_at),
                ),
            )  # fmt: skip


def _lots(grants: Sequence[Match[FreeLot]]) -> list[Struct]:
    return [
        _Lot(lot=grant.source.lot or None, expires_on=grant.source.expires_on, units=grant.units) for grant in grants
    ]


def _promised(served: Iterable[DecidedPosition], versions: Versions) -> Iterator[LineTold]:
    for position in served:
        for promise in position.decision.told:
            yield _event(position, promise), promise.line.order_id, _promised_line(position, promise, versions)


def _event(one: DecidedPosition, promise: Promise) -> type[OrderFact]:
    if one.is_first(promise):
        return BackorderPromised
    return PromiseMoved if promise.after else PromiseWithdrawn


def _promised_line(one: DecidedPosition, promise: Promise, versions: Versions) -> Struct:
    why, delay = one.news.behind(promise), promise.delay
    return _PromisedLine(
        line_id=promise.line.line_id, line_version=versions[promise.line.line, "promised"], sku=one.position.sku,
        node=one.position.node, units=promise.line.units, before=promise.before, after=promise.after,
        kind="backorder" if one.launched else "preorder",
        supply_id=known_as(promise.supply), reason=why.reason, cause=why.cause,
        unpadded=promise.unpadded if promise.unpadded != promise.after else None,
        applicable_by=promise.applicable_by, revised_by=delay.revised_by, consent=delay.consent,
        answer_by=delay.answer_by, send_before=delay.send_before,
    )  # fmt: skip


def _tell_queue(tx: Tx, one: DecidedPosition) -> None:
    sku, node = one.position.key
    lines, units, value = one.waiting
    changed = _QueueChanged(
        sku=sku,
        node=node,
        version=one.queue_version,
        waiting_lines=lines,
        waiting_units=units,
        waiting_value=min(value, LARGEST),
    )
    tx.publish(queues.QueueChanged, f"{sku}|{node}", changed, one.news.why.traceparent)


def tell_page(
    tx: Tx, product: Product, node: str | None, page: Page, version: int, valid_until: datetime, why: Why
) -> None:
    """What the page of a SKU shows at a node, or over all nodes where none is named, until one of them cuts off."""
    changed = _AvailabilityChanged(
        sku=product.sku, node=node, merchant=product.merchant, version=version, state=page.state,
        available_to_sell=page.available_to_sell, breaks=page.breaks, max_orderable=page.max_orderable,
        ships_by=page.ships_by, as_of=tx.now, alternatives=page.alternatives, valid_until=valid_until,
    )  # fmt: skip
    key = f"{product.sku}|{node}" if node else product.sku
    tx.publish(availability.AvailabilityChanged, key, changed, why.traceparent)
