"""Refunds that are due for cancelled lines, and refunds that shops made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, TypeVar

from services.allocation.domain.line import LineKey
from services.allocation.domain.mail_order_rule import Cause, Ended, Refused, refund_due_by
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.order_changes import ChangeRequest, OrderChanges
from services.allocation.store import mail_order_rule as store
from shared.contracts.allocations import RefundDue, RefundedLine
from shared.contracts.orders import OrderChange, RefundMade
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def count_refunds(tx: Tx, made: Sequence[Event[RefundMade]]) -> None:
    """Refunds change no queue; they count as changes of the order, so that later ones follow."""
    await change(tx, made, lambda _, __: None)


C = TypeVar("C", bound=OrderChange)


REASONS: Final[Mapping[Cause, str]] = {
    "refused": "the customer does not agree to the delay",
    "cancelled": "it was cancelled",
    "no_consent": "the customer did not agree in time to a later date, or to none",
    "no_further_consent": "the customer did not agree in time to a further delay",
    "no_notice": "it did not ship in time, and no option to wait or cancel reached the customer",
}


async def refund_cancelled(
    tx: Tx, book: OrderChanges | None, noes: Sequence[tuple[LineKey, Event[C], datetime]]
) -> None:
    """A no to all of a line ends it in law, if a deadline had not before."""
    if book is None or not noes:
        return
    await store.add_facts(
        tx, ((line, f"{event.source}/{event.body.change_no}", at, Refused(at)) for line, event, at in noes)
    )
    given_up = {line: book.given_up(line) for line, *_ in noes}
    ended = await watch.judge(tx, given_up.keys(), given_up)
    await end_lines(tx, book, ended, {line: event for line, event, _ in noes})


async def end_lines(
    tx: Tx, book: OrderChanges, ended: Mapping[LineKey, Ended], asks: Mapping[LineKey, ChangeRequest]
) -> None:
    """Lines are at their end in law; one RefundDue for all of an order whose money is due for one reason."""
    await store.end(tx, ended)
    refunds: dict[tuple[str, date, str, Cause], list[RefundedLine]] = defaultdict(list)
    for line, end in ended.items():
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
