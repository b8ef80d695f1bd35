"""The floor answers what it was asked to stop: in words, or by what it ships."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import uuid5

from services.allocation.domain.cancel import LineState, owned_without, split_stopped, units_stopped
from services.allocation.domain.line import LineKey
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.position import PositionKey
from services.allocation.domain.stock_loss import OwnershipChange, sums
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.decided_position import CancelledLine, LostUnits, PositionNews
from services.allocation.handlers.decision.exceptions import tell_exceptions
from services.allocation.handlers.orders.apply import settle, whys_of
from services.allocation.handlers.orders.cancel import is_open
from services.allocation.handlers.orders.order_changes import (
    NAMES,
    OrderChanges,
    OwnRequest,
    OwnRequestBody,
    read_orders,
)
from services.allocation.handlers.orders.refunds import given_up_by_request, refund_cancelled, tell_refunds
from services.allocation.store import order_changes, positions
from services.allocation.store.order_changes import Stop
from shared.contracts.allocations import CancelRefused, RefusedBundle, RefusedCancel
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.shipments import StopAnswered
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def put_back_stopped(tx: Tx, answered: Sequence[Event[StopAnswered]]) -> None:
    """What the floor put back is cancelled, or waits again if its order was held, and goes to the next in line.

    What it cannot stop stays asked for. One answer of one instant counts once, however often and under whatever id.
    """
    known = await order_changes.known_stops(tx, {event.body.stop_id for event in answered})
    for event in answered:
        if event.body.stop_id not in known:
            tx.park(event, f"stop:{event.body.stop_id}")
    events = await _first_heard(tx, [e for e in answered if e.body.stopped and e.body.stop_id in known])
    if not events:
        return
    order_ids = {known[event.body.stop_id].line[0] for event in events}
    locked = await positions.lock_positions(tx, await order_changes.positions_of(tx, order_ids))
    await order_changes.lock_orders(tx, order_ids)
    open_stops = {stop.stop_id: stop for stop in await order_changes.open_stops(tx, order_ids)}
    of_open = [event for event in events if event.body.stop_id in open_stops]
    if not of_open:
        return
    book = await read_orders(tx, order_ids)
    settled = Counter[str]()
    for event in of_open:
        _put_back(book, event, open_stops, settled)
    await order_changes.settle_stops(tx, settled)
    await settle(tx, book, locked, whys_of(of_open))
    noes = {
        book.ordered(open_stops[event.body.stop_id].line): (
            _asked_by(open_stops[event.body.stop_id], event.cause, event.traceparent), event.body.answered_at,
        )
        for event in of_open
        if open_stops[event.body.stop_id].line in book.cancelled
    }  # fmt: skip
    await refund_cancelled(tx, book, [(line, *no) for line, no in noes.items() if not is_open(book.parts_of(line))])


async def _first_heard(tx: Tx, answered: Sequence[Event[StopAnswered]]) -> list[Event[StopAnswered]]:
    answers = {(event.body.stop_id, event.body.answered_at): event for event in reversed(answered)}
    new = await order_changes.hear_answers(tx, answers)
    return [event for answer, event in reversed(answers.items()) if answer in new]


def _put_back(book: OrderChanges, event: Event[StopAnswered], stops: Mapping[str, Stop], settled: Counter[str]) -> None:
    """Takes what the floor put back off a line: of what is to be cancelled first, whichever stop it answers."""
    stop = stops[event.body.stop_id]
    line = book.lines[stop.line]
    given = units_stopped(line.owned, min(event.body.units, stop.units - settled[stop.stop_id]))
    units = -sum(change.units for change in given)
    book.changes[line.placed.key] += given
    cancelled, waits = split_stopped(line, units) if stop.purpose == "hold" else (units, 0)
    asked = {
        purpose: [other for other in stops.values() if (other.line, other.purpose) == (stop.line, purpose)]
        for purpose in ("cancel", "hold")
    }
    asked[stop.purpose].sort(key=lambda other: other is not stop)
    _settle(asked["cancel"], cancelled, settled)
    _settle(asked["hold"], units, settled)
    if cancelled:
        of = asked["cancel"][0]
        earlier = book.cancelled.get(line.line)
        every = cancelled + (earlier.units if earlier else 0)
        why = Why(of.reason, of.cause, event.traceparent)
        book.cancelled[line.line] = CancelledLine(line.line, every, line.wanted - cancelled, why)
    if waits:
        why = Why(stop.reason, stop.cause, event.traceparent)
        book.waits[line.line] += waits
        book.whys[line.line] = why
        book.lost += [
            LostUnits(line.line, FreeLot(change.lot, change.expires_on, units), True, why)
            for change, units in _last(given, waits)
        ]
    book.lines[line.line] = replace(
        line, cancelled=line.cancelled + cancelled, waiting=line.waiting + waits,
        owned=owned_without(line.owned, given), stopping=line.stopping - cancelled,
        holding=max(0, line.holding - units),
    )  # fmt: skip


def _settle(asked: Iterable[Stop], units: int, settled: Counter[str]) -> None:
    for stop in asked:
        now = min(units, stop.units - settled[stop.stop_id])
        settled[stop.stop_id] += now
        units -= now


def _last(given: Sequence[OwnershipChange], units: int) -> Iterator[tuple[OwnershipChange, int]]:
    """The last of these units, lot by lot."""
    for change in reversed(given):
        if now := min(units, -change.units):
            yield change, now
        units -= now


async def follow_stops(tx: Tx, news: Mapping[PositionKey, PositionNews]) -> dict[PositionKey, PositionNews]:
    """Units that left before the floor answered: shipped ones cannot be stopped, those not found wait no more.

    Of a held order those that were not found wait, and a person hears of those that were shipped.
    """
    touched = {change.line[0] for position_news in news.values() for change in position_news.changes}
    stops: dict[LineKey, list[Stop]] = defaultdict(list)
    for stop in await order_changes.open_stops(tx, touched) if touched else ():
        stops[stop.line].append(stop)
    if not stops:
        return dict(news)
    book = await read_orders(tx, {line[0] for line in stops})
    followed = dict(news)
    settled: dict[str, int] = {}
    too_late: list[tuple[ExceptionChanged, str | None]] = []
    for line, asked in stops.items():
        key = book.lines[line].placed.key
        if key in followed:
            too_late += _follow_holds(followed[key], book.lines[line], asked, settled)
            followed[key] = _follow(tx, followed[key], book, line, asked, settled)
    await order_changes.settle_stops(tx, settled)
    await tell_exceptions(tx, too_late)
    await order_changes.cancel(tx, {line: cancelled_line.units for line, cancelled_line in book.cancelled.items()})
    asks = {
        book.ordered(line): _asked_by(stops[line][0], why.cause, why.traceparent)
        for line in book.cancelled
        for why in (news[book.lines[line].placed.key].why,)
    }
    await _refund_unfound(tx, book, asks)
    return followed


def _follow(
    tx: Tx, news: PositionNews, book: OrderChanges, name: LineKey, asked: Sequence[Stop], settled: dict[str, int]
) -> PositionNews:
    line = book.lines[name]
    asked = [stop for stop in asked if stop.purpose == "cancel"]
    waiting = line.waiting + news.waits.get(name, 0)
    gone = max(0, sum(stop.units for stop in asked) - line.on_the_floor)
    unfound = min(gone, waiting)
    left, before = unfound, line.stopping
    for stop in asked:
        units = min(stop.units, gone)
        settled[stop.stop_id] = units
        if units > left:
            tx.announce(_too_late(stop, units - left, book, news.why.cause), news.why.traceparent)
        gone, left = gone - units, left - min(units, left)
    stopping = before - sum(settled[stop.stop_id] for stop in asked)
    book.lines[name] = replace(line, stopping=stopping, waiting=waiting - unfound, cancelled=line.cancelled + unfound)
    if not unfound:
        return news
    why = Why(asked[0].reason, asked[0].cause, news.why.traceparent)
    book.cancelled[name] = CancelledLine(name, unfound, line.wanted - unfound, why)
    waits = {**news.waits, name: waiting - line.waiting - unfound}
    return replace(news, waits=waits, cancelled=[*news.cancelled, book.cancelled[name]])


def _follow_holds(
    news: PositionNews, line: LineState, asked: Sequence[Stop], settled: dict[str, int]
) -> Iterator[tuple[ExceptionChanged, str | None]]:
    """Units of a held order that are no longer on the floor need not be stopped; of shipped ones a person hears."""
    held = [stop for stop in asked if stop.purpose == "hold"]
    gone = max(0, sum(stop.units for stop in held) - line.on_the_floor)
    shipped = min(gone, sums(news.changes).shipped.get(line.line, 0))
    for stop in held:
        settled[stop.stop_id] = min(stop.units, gone)
        gone -= settled[stop.stop_id]
    if shipped:
        yield _shipped_though_held(line, held[0], shipped), news.why.traceparent


def _shipped_though_held(line: LineState, stop: Stop, units: int) -> ExceptionChanged:
    order_id, line_id = line.line
    facts = {
        "order": order_id, "line": line_id, "sku": line.placed.sku, "node": line.placed.node, "units": str(units),
        "reason": stop.reason, "todo": "it left before the floor could stop it: have the carrier stop it",
    }  # fmt: skip
    return ExceptionChanged(
        exception_id=str(uuid5(NAMES, f"held\n{stop.stop_id}\n{line.shipped}")), version=1,
        exception_class="held_order_shipped", subject=order_id, facts=facts, state="open",
    )  # fmt: skip


async def _refund_unfound(tx: Tx, book: OrderChanges, asks: Mapping[LineKey, OwnRequest]) -> None:
    """Units to be stopped that no picker found did not leave: their money is due as if the floor had put them back."""
    at = {line: tx.now for line in asks if not is_open(book.parts_of(line))}
    ended = await given_up_by_request(tx, book, at)
    await tell_refunds(tx, book, ended, asks)


def _asked_by(stop: Stop, cause: str, traceparent: str | None) -> OwnRequest:
    """What asked for a cancel, as of the answer that made it final."""
    return OwnRequest(cause, cause, OwnRequestBody(stop.line[0], stop.change_no), traceparent)


def _too_late(stop: Stop, units: int, book: OrderChanges, cause: str) -> CancelRefused:
    order_id, line_id = stop.line
    ordered = book.ordered(stop.line)
    per = next(per for part, per in book.parts_of(ordered) if part.line == stop.line)
    bundle = RefusedBundle(line_id=ordered[1], units=-(-units // per)) if ordered != stop.line else None
    reason = "they were shipped before the floor could stop them"
    refused = RefusedCancel(line_id=line_id, units=units, reason=reason, bundle=bundle)
    request = stop.cause if stop.change_no else None
    return CancelRefused(order_id=order_id, change_no=stop.change_no, lines=(refused,), cause=cause, request=request)
