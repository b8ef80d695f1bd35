"""Customers consent to a later ship date."""

from collections.abc import Sequence

from services.allocation.domain.mail_order_rule import Consented
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.mail_order_rule.watch import LineFact
from services.allocation.handlers.orders.apply import change
from services.allocation.handlers.orders.order_changes import OrderChanges
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
