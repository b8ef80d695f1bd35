"""Lines end before they ship: they are declined, cancelled or swapped, and money goes back."""

from collections.abc import Sequence

from services.notification import store
from services.notification.domain.endings import what_of
from services.notification.domain.letters import one_line
from services.notification.handlers.plan import causes_of, of_known_lines, of_known_orders, plan
from shared.contracts.allocations import LineCancelled, LineDeclined, RefundDue
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def tell_of_declines(tx: Tx, declined: Sequence[Event[LineDeclined]]) -> None:
    """Lines are not accepted: their customers hear why, and what there is instead."""
    reachable = await store.lock_orders(tx, {event.key for event in declined})
    known = await of_known_lines(tx, of_known_orders(tx, declined, reachable))
    rows = {
        (e.key, x.line_id, x.line_version): ("declined", x.units, 0, one_line(x.reason), x.alternatives)
        for e in known
        for x in e.body.lines
    }
    await store.add_endings(tx, [(*key, *row) for key, row in sorted(rows.items())])
    await plan(tx, reachable, causes_of(known))


async def tell_of_cancels(tx: Tx, cancelled: Sequence[Event[LineCancelled]]) -> None:
    """Units are not wanted any more: nothing else is told of them but that, and of swapped ones not even that.

    A shop's own words for it are not kept: they may say more than its customer is to read.
    """
    reachable = await store.lock_orders(tx, {event.key for event in cancelled})
    known = await of_known_lines(tx, of_known_orders(tx, cancelled, reachable))
    rows: dict[tuple[str, str, int], tuple[str, int, int, str, tuple[str, ...]]] = {}
    for event in known:
        for x in event.body.lines:
            kind = what_of(x.cause, swapped=x.new_line_id is not None)
            reason = one_line(x.reason) if kind == "ours" else ""
            rows[event.key, x.line_id, x.line_version] = (kind, x.units, x.left, reason, ())
    await store.add_endings(tx, [(*key, *row) for key, row in sorted(rows.items())])
    await plan(tx, reachable, causes_of(known))


async def tell_of_refunds(tx: Tx, due: Sequence[Event[RefundDue]]) -> None:
    """Money must be sent back: its day stands in the notice of what ended, or in one of its own."""
    reachable = await store.lock_orders(tx, {event.key for event in due})
    known = of_known_orders(tx, due, reachable)
    rows = {
        (event.key, line.line_id, event.body.cause): (line.units, event.body.due_by)
        for event in known
        for line in event.body.lines
    }
    await store.add_refunds(tx, [(*key, *row) for key, row in rows.items()])
    await plan(tx, reachable, causes_of(known))
