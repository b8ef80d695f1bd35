"""Customers consent to a later ship date."""

from collections.abc import Sequence
from uuid import uuid5

from services.allocation.domain.mail_order_rule import Consented
from services.allocation.handlers.decision.exceptions import tell_exceptions
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.mail_order_rule.watch import LineFact
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.order_changes import NAMES, OrderChanges
from services.allocation.store import mail_order_rule as store
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import DelayConsented
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def keep_consents(tx: Tx, consented: Sequence[Event[DelayConsented]]) -> None:
    """A yes to a later date, or to none, moves the day by which the law wants lines shipped, if given in time."""
    facts: list[LineFact] = []

    def read(event: Event[DelayConsented], book: OrderChanges) -> None:
        agreed = Consented(event.body.answered_at, event.body.revised_by)
        name = f"{event.source}/{event.body.change_no}"
        lines = [(event.body.order_id, line_id) for line_id in event.body.line_ids if book.parts(event, line_id)]
        facts.extend(LineFact(line, name, agreed.at, agreed) for line in lines)

    await change(tx, consented, read)
    await watch.hear(tx, facts)
    await tell_exceptions(tx, await _in_vain(tx, facts, consented))


async def _in_vain(
    tx: Tx, facts: Sequence[LineFact], consented: Sequence[Event[DelayConsented]]
) -> list[tuple[ExceptionChanged, str | None]]:
    """Consents to lines that were cancelled by then: their units are the next customer's, their money is on its way."""
    traces = {f"{event.source}/{event.body.change_no}": event.traceparent for event in consented}
    ended = await store.ended(tx, {fact.line for fact in facts})
    return [
        (
            ExceptionChanged(
                exception_id=str(uuid5(NAMES, f"{fact.line}\n{fact.name}")), version=1,
                exception_class="consent_after_cancel", subject=fact.line[0], state="open",
                facts={"line": fact.line[1], "answered_at": fact.at.isoformat(), "cancelled_at": at.isoformat(),
                       "todo": "the customer wants to wait, and we cancelled: tell them, or place the order anew"},
            ),
            traces[fact.name],
        )
        for fact in facts
        if (at := ended.get(fact.line))
    ]  # fmt: skip
