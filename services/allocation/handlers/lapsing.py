"""Lines that the rule takes as cancelled: their units serve the next in line, and their money is due."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final, TypeVar

from services.allocation.domain.law import Cause, Ended, Refused, refund_due_by
from services.allocation.domain.matching import LineKey
from services.allocation.handlers import law
from services.allocation.handlers.book import Asking, Book, Lapse, Lapsed, Part, open_book
from services.allocation.handlers.changing import change, settle
from services.allocation.handlers.served import News, Why
from services.allocation.handlers.serving import serve
from services.allocation.store import changes, positions
from services.allocation.store import law as store
from shared.contracts.allocations import RefundDue, RefundedLine
from shared.contracts.orders import DelayRefused, OrderChange, OrderLineCancelled
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

C = TypeVar("C", bound=OrderChange)
REASONS: Final[Mapping[Cause, str]] = {
    "refused": "the customer does not agree to the delay",
    "cancelled": "it was cancelled",
    "no_consent": "the customer did not agree in time to a later date, or to none",
    "no_further_consent": "the customer did not agree in time to a further delay",
    "no_notice": "it did not ship in time, and no option to wait or cancel reached the customer",
}


async def look_at_lines(tx: Tx, lines: Collection[LineKey]) -> None:
    """Lines whose deadline is over are cancelled; those that can no longer ship in time are promised anew before it."""
    order_ids = {order_id for order_id, _ in lines}
    locked = await positions.lock_positions(tx, await changes.positions_of(tx, order_ids))
    await changes.lock_orders(tx, order_ids)
    ended = await law.judge(tx, lines)
    if ended:
        book = await open_book(tx, order_ids)
        asks = {line: Lapse(tx.source, tx.source, Lapsed(line[0])) for line in ended}
        for line, one in ended.items():
            _cancel(book, asks[line], book.parts_of(line), REASONS[one.cause])
        why = Why("a deadline of the law is over", tx.source, None)
        await settle(tx, book, locked, dict.fromkeys((order_id for order_id, _ in ended), why))
        await _end(tx, book, ended, asks)
    await _move_late(tx, set(lines) - ended.keys())


async def _move_late(tx: Tx, lines: Collection[LineKey]) -> None:
    late: dict[tuple[str, str], set[LineKey]] = defaultdict(set)
    for served_as in (await store.watched(tx, lines)).values():
        for line, key in served_as.items():
            late[key].add(line)
    if late:
        why = Why("it can no longer ship in time", tx.source, None)
        locked = await positions.lock_positions(tx, late)
        await serve(tx, locked, {key: News(why, late=late[key], by_fact=False) for key in locked})


def _cancel(book: Book, asking: Asking, parts: Collection[Part], reason: str) -> None:
    """Takes all that is left of a line, of every component of a bundle; what the floor has, it is asked to stop."""
    for line, _ in parts:
        if line.open_units:
            book.take(asking, line, line.open_units, reason)


def _is_open(parts: Collection[Part]) -> bool:
    return any(line.open_units for line, _ in parts)


async def refuse_delays(tx: Tx, refused: Sequence[Event[DelayRefused]]) -> None:
    """A customer who does not wait: all that has not shipped is cancelled, in whatever market."""
    noes: list[tuple[LineKey, Event[DelayRefused], datetime]] = []

    def read(event: Event[DelayRefused], book: Book) -> None:
        for line_id in event.body.line_ids:
            parts = book.parts(event, line_id)
            if _is_open(parts):
                noes.append(((event.body.order_id, line_id), event, event.body.answered_at))
                _cancel(book, event, parts, REASONS["refused"])
            elif shipped := max((line.shipped // per for line, per in parts), default=0):
                book.refuse(event, line_id, [line for line, _ in parts], shipped)

    await _refund(tx, await change(tx, refused, read), noes)


async def cancel_units(tx: Tx, cancelled: Sequence[Event[OrderLineCancelled]]) -> None:
    """Units that nobody has in hand yet go to the next in line at once; the floor is asked to stop the others.

    In law a line is cancelled when nothing of it is wanted any more. What fewer units cost is the shop's to say.
    """
    noes: list[tuple[LineKey, Event[OrderLineCancelled], datetime]] = []

    def read(event: Event[OrderLineCancelled], book: Book) -> None:
        body = event.body
        if parts := book.parts(event, body.line_id):
            line = (body.order_id, body.line_id)
            book.cancel(event, body.line_id, parts, body.units, body.reason or REASONS["cancelled"])
            if _is_open(parts) and not _is_open(book.parts_of(line)):
                noes.append((line, event, body.changed_at))

    await _refund(tx, await change(tx, cancelled, read), noes)


async def _refund(tx: Tx, book: Book | None, noes: Sequence[tuple[LineKey, Event[C], datetime]]) -> None:
    """A no to all of a line ends it in law, if a deadline had not before."""
    if book is None or not noes:
        return
    await store.add_facts(
        tx, ((line, f"{event.source}/{event.body.change_no}", at, Refused(at)) for line, event, at in noes)
    )
    given_up = {line: book.given_up(line) for line, *_ in noes}
    ended = await law.judge(tx, given_up.keys(), given_up)
    await _end(tx, book, ended, {line: event for line, event, _ in noes})


async def _end(tx: Tx, book: Book, ended: Mapping[LineKey, Ended], asks: Mapping[LineKey, Asking]) -> None:
    """Lines are at their end in law; one RefundDue for all of an order whose money is due for one reason."""
    await store.end(tx, ended)
    refunds: dict[tuple[str, date, str, Cause], list[RefundedLine]] = defaultdict(list)
    for line, one in ended.items():
        amount = one.units * book.unit_price(line)
        due = (line[0], one.vests_on, asks[line].cause, one.cause)
        refunds[due].append(RefundedLine(line_id=line[1], units=one.units, amount=amount))
    traces = {(line[0], ask.cause): ask.traceparent for line, ask in asks.items()}
    for (order_id, vests_on, cause, because), lines in refunds.items():
        tx.announce(
            RefundDue(
                order_id=order_id, lines=tuple(lines), cause=cause, reason=REASONS[because], vests_on=vests_on,
                due_by=refund_due_by(vests_on), told_at=tx.now,
            ),
            traces[order_id, cause],
        )  # fmt: skip
