"""Customers consent to a later ship date."""

from collections.abc import Mapping, Sequence
from uuid import uuid5

from services.allocation.domain.mail_order_rule import Consented
from services.allocation.handlers.decision.exceptions import tell_exceptions
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.mail_order_rule.watch import LineFact
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.order_changes import NAMES, OrderChanges
from services.allocation.store import mail_order_rule as store
from shared.contracts.allocations import ConsentRefused, RefusedConsent
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import DelayConsented
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def keep_consents(tx: Tx, consented: Sequence[Event[DelayConsented]]) -> None:
    """A yes to a later date, or to none, moves the day by which the law wants lines shipped, if given in time."""
    facts: list[LineFact] = []

    def read(event: Event[DelayConsented], book: OrderChanges) -> None:
        agreed = Consented(event.body.answered_at, event.body.revised_by)
        lines = [(event.body.order_id, line_id) for line_id in event.body.line_ids if book.parts(event, line_id)]
        facts.extend(LineFact(line, _name(event), agreed.at, agreed) for line in lines)

    await change(tx, consented, read)
    await watch.hear(tx, facts)
    await _tell_in_vain(tx, facts, {(event.body.order_id, _name(event)): event for event in consented})


def _name(event: Event[DelayConsented]) -> str:
    """By what a yes of an order counts once."""
    return f"{event.source}/{event.body.change_no}"


async def _tell_in_vain(
    tx: Tx, facts: Sequence[LineFact], consented: Mapping[tuple[str, str], Event[DelayConsented]]
) -> None:
    """Consents to lines that were cancelled by then: their units are the next customer's, their money is on its way.

    The customer hears so, and a person may offer the order anew.
    """
    ended = await store.ended(tx, {fact.line for fact in facts})
    found: list[tuple[ExceptionChanged, str | None]] = []
    for fact in facts:
        if not (end := ended.get(fact.line)):
            continue
        (order_id, line_id), event = fact.line, consented[fact.line[0], fact.name]
        reason = f"we had cancelled them on {end.vests_on:%-d %B}, before your answer came"
        refused = RefusedConsent(line_id=line_id, units=end.units, reason=reason)
        answer = ConsentRefused(order_id=order_id, change_no=event.body.change_no, lines=(refused,), cause=event.cause)
        tx.announce(answer, event.traceparent)
        facts_ = {
            "line": line_id, "answered_at": fact.at.isoformat(), "cancelled_at": end.at.isoformat(),
            "todo": "the customer wants to wait, and we cancelled: they are told so; place the order anew, if you can",
        }  # fmt: skip
        in_vain = ExceptionChanged(
            exception_id=str(uuid5(NAMES, f"{fact.line}\n{fact.name}")), version=1,
            exception_class="consent_after_cancel", subject=order_id, state="open", facts=facts_,
        )  # fmt: skip
        found.append((in_vain, event.traceparent))
    await tell_exceptions(tx, found)
