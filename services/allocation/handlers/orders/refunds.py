"""Refunds that are due for cancelled lines, and refunds that shops made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from services.allocation.domain.line import LineKey
from services.allocation.domain.mail_order_rule import Cause, Ended, Refused, refund_due_by
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.order_changes import ChangeRequest, OrderChanges
from services.allocation.store import mail_order_rule as store
from services.allocation.store import settings
from shared.contracts.allocations import RefundDue, RefundedLine
from shared.contracts.orders import RefundMade
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def count_refunds(tx: Tx, made: Sequence[Event[RefundMade]]) -> None:
    """Refunds change no queue; they count as changes of the order, so that later ones follow."""
    await change(tx, made, lambda _, __: None)


REASONS: Final[Mapping[Cause, str]] = {
    "refused": "the customer does not agree to the delay",
    "cancelled": "it was cancelled",
    "no_consent": "the customer did not agree in time to a later date, or to none",
    "no_further_consent": "the customer did not agree in time to a further delay",
    "no_notice": "it did not ship in time, and no option to wait or cancel reached the customer",
}


async def refund_cancelled(
    tx: Tx, book: OrderChanges | None, noes: Sequence[tuple[LineKey, ChangeRequest, datetime]]
) -> None:
    """A no to all of a line ends it in law, if a deadline had not before.

    Where the customer had no right to it yet, it ends when the floor has put back what it has: until then money is due
    only for units that are cancelled already, since the others may still leave.
    """
    if book is None or not noes:
        return
    asks = {line: event for line, event, _ in noes}
    early = await _before_the_floor_answers(tx, book, {line: at for line, _, at in noes})
    await tell_refunds(tx, book, early, asks)
    final = [no for no in noes if no[0] not in early]
    await store.add_facts(
        tx, ((line, f"{event.source}/{event.body.change_no}", at, Refused(at)) for line, event, at in final)
    )
    given_up = {line: book.given_up(line) for line, *_ in final}
    ended = await watch.judge(tx, given_up.keys(), given_up)
    await store.end(tx, ended)
    await tell_refunds(tx, book, ended, asks)


async def _before_the_floor_answers(
    tx: Tx, book: OrderChanges, noes: Mapping[LineKey, datetime]
) -> dict[LineKey, Ended]:
    """Lines of which the floor is still asked to put back some, and whose customer has no right to the money yet."""
    stopping = {line: at for line, at in noes.items() if any(part.stopping for part, _ in book.parts_of(line))}
    return await given_up_by_request(tx, book, stopping)


async def given_up_by_request(tx: Tx, book: OrderChanges, at: Mapping[LineKey, datetime]) -> dict[LineKey, Ended]:
    """Units of lines under the rule that are cancelled just now, of whose delay no option was given."""
    if not at:
        return {}
    nodes = {line: book.parts_of(line)[0][0].placed.node for line in at}
    calendars = await settings.calendars(tx, set(nodes.values()))
    zones = {line: calendars[node].zone for line, node in nodes.items()}
    kept = await store.rule_states(tx, zones)
    return {
        line: Ended(at[line], at[line].astimezone(zones[line]).date(), "cancelled", book.given_up(line))
        for line, state in kept.items()
        if not state.standing.offered
    }


async def tell_refunds(
    tx: Tx, book: OrderChanges, ended: Mapping[LineKey, Ended], asks: Mapping[LineKey, ChangeRequest]
) -> None:
    """Money is due where units ended: one RefundDue for all of an order whose money is due for one reason."""
    refunds: dict[tuple[str, date, str, Cause], list[RefundedLine]] = defaultdict(list)
    for line, end in ((line, end) for line, end in ended.items() if end.units):
        amount = end.units * book.unit_price(line)
        due = (line[0], end.vests_on, asks[line].cause, end.cause)
        refunds[due].append(RefundedLine(line_id=line[1], units=end.units, amount=amount))
    traces = {(line[0], ask.cause): ask.traceparent for line, ask in asks.items()}
    for (order_id, vests_on, cause, because), lines in refunds.items():
        tx.announce(
            RefundDue(
                order_id=order_id, lines=tuple(lines), cause=cause, reason=REASONS[because], vests_on=vests_on,
                due_by=refund_due_by(vests_on), told_at=tx.now,
            ),
            traces[order_id, cause],
        )  # fmt: skip
