"""Orders that did not leave by the last day that their customers were told: a person hears of them at once."""

from collections.abc import Mapping, Sequence

from services.notification.store import late_orders as store
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.messaging.transaction import Tx, begin
from shared.messaging.wire import Event
from shared.messaging.worker import Worker

PREFIX = "late/"
_WHAT_TO_DO = "find it on the floor and send it; its customer is told in the morning if it has not left by then"


async def alarm_late_orders(worker: Worker) -> None:
    """Announce orders that should have left by now, and settle those that did."""
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        for row in await store.settle_late(tx):
            facts = {"settled_by": tx.source, "why": "it left, or waits again"}
            tx.announce(_exception(row["notice_id"], row["order_id"], "settled", facts), row["traceparent"])
        for row in await store.alarm_late(tx):
            facts = {"lines": row["lines"], "told_by": f"{row['latest']:%Y-%m-%d}", "todo": _WHAT_TO_DO}
            found = _exception(row["notice_id"], row["order_id"], "open", facts)
            found = found.model_copy(update={"opened_at": tx.now, "merchant": row["merchant"]})
            tx.announce(found, row["traceparent"])


async def settle_late_orders(tx: Tx, requests: Sequence[Event[ExceptionSettleRequested]]) -> None:
    """Settle late orders that a person has dealt with; the first to say so is right."""
    own = {e.body.exception_id.removeprefix(PREFIX): e for e in reversed(requests) if e.key.startswith(PREFIX)}
    for row in await store.settle_late_by_hand(tx, own):
        body = own[row["notice_id"]].body
        facts = {"settled_by": body.by, "why": body.why}
        tx.announce(_exception(row["notice_id"], row["order_id"], "settled", facts), row["traceparent"])


def _exception(notice_id: str, order_id: str, state: str, facts: Mapping[str, str]) -> ExceptionChanged:
    fields = {
        "exception_id": f"{PREFIX}{notice_id}", "version": 1 if state == "open" else 2, "class": "ships_late",
        "subject": order_id, "facts": {name: value[:500] for name, value in facts.items()}, "state": state,
    }  # fmt: skip
    return ExceptionChanged.model_validate(fields)
