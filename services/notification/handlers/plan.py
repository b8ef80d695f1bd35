"""Handlers for promises, releases, allocations and shipments, which decide what customers are told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from services.notification import store
from services.notification.domain.letters import one_line
from services.notification.domain.notices import (
    BROUGHT_BY_TIME,
    Covered,
    LineId,
    News,
    Notice,
    NoticeId,
    OrderId,
    Unsent,
    notice_of,
)
from services.notification.domain.plan import plan as plan_notices
from services.notification.domain.schedule import other_time, schedule
from services.notification.handlers import held_causes
from services.notification.handlers.held_causes import moves_of
from services.notification.store import Cause, letters, plans
from services.notification.store.held_causes import lock_causes
from services.notification.store.plans import Planned
from shared.contracts.allocations import AllocatedLine, AllocationRevoked, BackorderReleased, OfBundle
from shared.contracts.fields import OrderFact
from shared.contracts.notices import CoveredLine, NoticeSuperseded
from shared.contracts.promises import Promised, PromisedLine
from shared.contracts.shipments import ShipmentConfirmed
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event, caused_at

F = TypeVar("F", bound=OrderFact)
P = TypeVar("P", bound=Promised)
Released = Mapping[OrderId, Sequence[Notice]]


async def tell_of_promises(tx: Tx, promises: Sequence[Event[P]]) -> None:
    """Tell customers that lines have another range, or none, if the change matters to them."""
    reachable = await store.lock_orders(tx, {event.key for event in promises})
    known = await of_known_lines(tx, of_known_orders(tx, promises, reachable))
    rows = {(e.key, line.line_id, line.line_version): _promise(e.key, line) for e in known for line in e.body.lines}
    newest = {key[:2]: rows[key] for key in sorted(rows)}
    await store.set_promises(tx, newest.values())
    await letters.add_options(tx, [_option(e.key, line) for e in known for line in e.body.lines if line.send_before])
    await plan(tx, reachable, causes_of(known))


async def tell_of_releases(tx: Tx, releases: Sequence[Event[BackorderReleased]]) -> None:
    """Tell customers once that units of waiting lines went to the floor."""
    reachable = await store.lock_orders(tx, {event.key for event in releases})
    known = await of_known_lines(tx, of_known_orders(tx, releases, reachable))
    rows = {(e.key, line.line_id, line.line_version, line.units) for e in known for line in _new_units(e)}
    fresh = await store.add_releases(tx, sorted(rows))
    await store.add_components(tx, sorted({component for event in known for component in _components(event)}))
    notices: dict[OrderId, list[Notice]] = {}
    for event in known:
        covered = [
            Covered(LineId(line.line_id), line.line_version, line.units)
            for line in _new_units(event)
            if (event.key, line.line_id, line.line_version) in fresh
        ]
        if covered:
            order_id = OrderId(event.key)
            notices.setdefault(order_id, []).append(notice_of(order_id, "released", covered))
    await plan(tx, reachable, causes_of(known), notices)


def _new_units(event: Event[BackorderReleased]) -> list[OfBundle]:
    """Return the ordered lines of a release; leave out lines released again with other lots, and parts of bundles."""
    return _ordered(line for line in event.body.lines if not line.again)


def _components(event: Event[BackorderReleased]) -> Iterator[tuple[str, str, str, str, int, int]]:
    for line in event.body.lines:
        if bundle := line.bundle:
            yield event.key, line.line_id, line.sku, bundle.line_id, line.per_bundle, bundle.components


def _ordered(lines: Iterable[AllocatedLine]) -> list[OfBundle]:
    """Return lines as the customer ordered them: each bundle once, whatever its components."""
    return [line for line in dict.fromkeys(line.ordered for line in lines) if line.units]


async def tell_of_revocations(tx: Tx, revoked: Sequence[Event[AllocationRevoked]]) -> None:
    """Tell customers that units wait again after all, if they were told that these units are packed."""
    reachable = await store.lock_orders(tx, {event.key for event in revoked})
    known = await of_known_lines(tx, of_known_orders(tx, revoked, reachable))
    rows = {
        (event.key, line.line_id, line.line_version, line.units)
        for event in known
        for line in _ordered(line for line in event.body.lines if line.was_released)
    }
    await store.add_revocations(tx, sorted(rows))
    await plan(tx, reachable, causes_of(known))


async def tell_of_shipments(tx: Tx, shipped: Sequence[Event[ShipmentConfirmed]]) -> None:
    """Tell customers who waited that units left us, and nothing else of these any more."""
    reachable = await store.lock_orders(tx, {event.key for event in shipped})
    known = of_known_orders(tx, shipped, reachable)
    rows = {
        (e.key, e.body.shipment_id, place, line.line_id, line.units, line.sku, *_parcel(e.body))
        for e in known
        for place, line in enumerate(e.body.lines)
    }
    await store.add_shipments(tx, sorted(rows))
    await plan(tx, reachable, causes_of(known))


def _parcel(shipped: ShipmentConfirmed) -> tuple[str, str, str]:
    return one_line(shipped.carrier), one_line(shipped.tracking), shipped.tracking_url or ""


async def plan(
    tx: Tx, reachable: Mapping[OrderId, bool], causes: Mapping[OrderId, Cause], released: Released | None = None
) -> None:
    """Plan the notices of locked orders anew, and announce which notices that supersedes."""
    planned: list[Planned] = []
    superseded: list[tuple[Unsent, NoticeId | None]] = []
    kept: list[tuple[NoticeId, datetime]] = []
    every = await plans.news(tx, list(causes))
    for news in every:
        own = plan_notices(news, (released or {}).get(news.order_id, ()))
        planned += [_planned(notice, news, causes[news.order_id], reachable, tx.now) for notice in own.planned]
        superseded += own.superseded
        stays = {notice.notice_id for notice in own.kept}
        times = {x.notice.notice_id: other_time(x, news, tx.now) for x in news.unsent if x.notice.notice_id in stays}
        kept += [(notice_id, at) for notice_id, at in times.items() if at]
    states = await lock_causes(tx, {row.notice.cause for row in planned if row.notice.kind == "moved"})
    new = await plans.record_plans(tx, planned, [(old.notice.notice_id, by) for old, by in superseded])
    await plans.reschedule(tx, kept)
    await held_causes.hold(tx, moves_of((row.notice for row in planned if row.notice.notice_id in new), every), states)
    for old, by in superseded:
        if by is not None and old.notice.kind not in BROUGHT_BY_TIME:  # else nobody has to know that it was planned
            tx.announce(_superseded(old, by), old.traceparent)


def _planned(notice: Notice, news: News, cause: Cause, reachable: Mapping[OrderId, bool], now: datetime) -> Planned:
    """Return a notice with its schedule; it tells of what its customer was not told yet since the first of that.

    A promise moved when its cause happened, however late that became known here.
    """
    since = news.untold_since(notice.kind, min(cause.at, caused_at(notice.cause) or now, now))
    when = schedule(notice, news, since, now)
    since = when.send_at if notice.kind in BROUGHT_BY_TIME else since
    return Planned(notice, replace(cause, at=since), reachable[news.order_id], when)


def of_known_orders(tx: Tx, events: Sequence[Event[F]], known: Mapping[OrderId, bool]) -> list[Event[F]]:
    """Return the events of known orders; park the others until their order is known."""
    for event in events:
        if event.key not in known:
            tx.park(event, f"order:{event.key}")
    return [event for event in events if event.key in known]


async def of_known_lines(tx: Tx, events: Sequence[Event[F]]) -> list[Event[F]]:
    """Return the events whose lines are known; add a line that a change of its order made, once its SKU is known."""
    new = await store.unknown_lines(tx, {line for event in events for line in _ordered_sku(event)})
    unknown = await store.unknown_skus(tx, {sku for _, _, sku in new}) if new else set()
    waiting = new - (known := {line for line in new if line[2] not in unknown})
    for event in events:
        if needs := sorted(sku for _, _, sku in waiting.intersection(_ordered_sku(event))):
            tx.park(event, f"sku:{needs[0]}")
    await store.keep_lines(tx, [(*line, None) for line in sorted(known)])
    return [event for event in events if waiting.isdisjoint(_ordered_sku(event))]


def _ordered_sku(event: Event[Any]) -> set[tuple[str, str, str]]:
    """Return the SKU of the ordered line, and none for a component: the customer ordered the bundle."""
    return {(event.key, line.line_id, line.sku) for line in event.body.lines if not getattr(line, "bundle", None)}


def causes_of(events: Sequence[Event[F]]) -> dict[OrderId, Cause]:
    return {OrderId(event.key): Cause(event.cause, event.at, event.traceparent) for event in events}


def _promise(order_id: str, line: PromisedLine) -> tuple[Any, ...]:
    ships = (line.after.earliest, line.after.latest) if line.after else (None, None)
    unpadded = line.unpadded.latest if line.unpadded else ships[1]
    subject = (order_id, line.line_id, line.line_version)
    return (*subject, line.units, *ships, line.kind == "preorder", unpadded, line.sure, line.cause)


def _option(order_id: str, line: PromisedLine) -> tuple[Any, ...]:
    """Return the option that the mail-order rule gives the customer, where the promise is a delay under the rule."""
    return (
        order_id, line.line_id, line.line_version, line.consent, line.applicable_by, line.revised_by, line.answer_by,
        line.send_before,
    )  # fmt: skip


def _superseded(old: Unsent, by: NoticeId) -> NoticeSuperseded:
    notice = old.notice
    return NoticeSuperseded(
        order_id=notice.order_id, notice_id=notice.notice_id, kind=notice.kind, lines=covered_by(notice),
        caused_at=old.caused_at, cause=notice.cause or None, superseded_by=by,
    )  # fmt: skip


def covered_by(notice: Notice) -> tuple[CoveredLine, ...]:
    """Return the line versions that a notice covers, as other services read them."""
    return tuple(CoveredLine(line_id=line.line_id, line_version=line.line_version) for line in notice.lines)
