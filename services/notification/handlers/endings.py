"""Handlers for lines that end before they ship, their refunds, and what was asked for and could not be done."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from services.notification import store
from services.notification.domain.endings import ending_kind
from services.notification.domain.letters import one_line
from services.notification.handlers.plan import causes_of, of_known_lines, of_known_orders, plan
from services.notification.store import endings
from shared.contracts.allocations import CancelRefused, ConsentRefused, LineCancelled, LineDeclined, RefundDue
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

R = TypeVar("R", CancelRefused, ConsentRefused)


async def tell_of_declines(tx: Tx, declined: Sequence[Event[LineDeclined]]) -> None:
    """Tell customers that lines were declined, why, and which alternatives there are."""
    reachable = await store.lock_orders(tx, {event.key for event in declined})
    known = await of_known_lines(tx, of_known_orders(tx, declined, reachable))
    rows = {
        (e.key, x.line_id, x.line_version): ("declined", x.units, 0, one_line(x.reason), x.alternatives, None)
        for e in known
        for x in e.body.lines
    }
    await endings.add_endings(tx, [(*key, *row) for key, row in sorted(rows.items())])
    await plan(tx, reachable, causes_of(known))


async def tell_of_cancels(tx: Tx, cancelled: Sequence[Event[LineCancelled]]) -> None:
    """Tell customers that units were cancelled, or are swapped for those of another line.

    A shop's own reason is not stored, since it may say more than its customer is to read.
    """
    reachable = await store.lock_orders(tx, {event.key for event in cancelled})
    known = await of_known_lines(tx, of_known_orders(tx, cancelled, reachable))
    rows: dict[tuple[str, str, int], tuple[Any, ...]] = {}
    for event in known:
        for x in event.body.lines:
            kind = ending_kind(x.cause, swapped=x.new_line_id is not None)
            reason = one_line(x.reason) if kind == "ours" else ""
            rows[event.key, x.line_id, x.line_version] = (kind, x.units, x.left, reason, (), x.new_line_id)
    await endings.add_endings(tx, [(*key, *row) for key, row in sorted(rows.items())])
    await plan(tx, reachable, causes_of(known))


async def tell_of_refunds(tx: Tx, due: Sequence[Event[RefundDue]]) -> None:
    """Tell customers by which day money is sent back: in the notice of the line's end, or in a notice of its own."""
    reachable = await store.lock_orders(tx, {event.key for event in due})
    known = of_known_orders(tx, due, reachable)
    rows = {
        (event.key, line.line_id, event.body.cause): (line.units, line.amount, event.body.due_by)
        for event in known
        for line in event.body.lines
    }
    await endings.add_refunds(tx, [(*key, *row) for key, row in rows.items()])
    await plan(tx, reachable, causes_of(known))


async def tell_of_refused_cancels(tx: Tx, refused: Sequence[Event[CancelRefused]]) -> None:
    """Tell customers that units could not be cancelled, since they had left, as a rule; of a bundle once for all parts.

    What the law cancels nobody asked for: nobody is told that it could not be.
    """
    asked = [event for event in refused if event.body.change_no]
    await _tell_of_refusals(
        tx, asked, [(e, *x.ordered, x.line_id, "cancel", x.reason) for e in asked for x in e.body.lines]
    )


async def tell_of_refused_consents(tx: Tx, refused: Sequence[Event[ConsentRefused]]) -> None:
    """Tell customers that units were cancelled before they agreed to wait."""
    await _tell_of_refusals(
        tx, refused, [(e, x.line_id, x.units, x.line_id, "consent", x.reason) for e in refused for x in e.body.lines]
    )


async def _tell_of_refusals(
    tx: Tx, refused: Sequence[Event[R]], lines: Iterable[tuple[Event[R], str, int, str, str, str]]
) -> None:
    reachable = await store.lock_orders(tx, {event.key for event in refused})
    known = of_known_orders(tx, refused, reachable)
    rows = [
        (
            event.key,
            line_id,
            served_as,
            event.body.cause,
            event.body.change_no,
            asked_for,
            units,
            one_line(reason),
        )
        for event, line_id, units, served_as, asked_for, reason in lines
        if event in known
    ]
    await endings.add_refusals(tx, rows)
    await plan(tx, reachable, causes_of(known))
