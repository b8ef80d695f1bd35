"""What a person hears of at once: an order that did not leave in time, a customer whom their shop did not tell."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.notification.store import alarms as store
from shared.contracts.exceptions import ExceptionChanged, ExceptionClass, ExceptionSettleRequested
from shared.messaging.transaction import Tx, begin
from shared.messaging.wire import Event
from shared.messaging.worker import Worker

_PREFIX: Final = "alarm/"
_SHIPS_LATE: Final = "find it on the floor and send it; its customer is told in the morning if it has not left by then"
_OVERDUE: Final = "the shop mails for itself and has not said that it told its customer: ask it, or tell them yourself"


async def alarm_notices(worker: Worker) -> None:
    """Announce what is late or overdue by now, and settle what is in order since."""
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        for row in await store.settle_alarms(tx):
            why = "it left, or waits again" if row["kind"] == "late" else "the shop told its customer"
            tx.announce(_exception(row, "settled", {"settled_by": tx.source, "why": why}), row["traceparent"])
        for row in await store.alarm_notices(tx):
            tx.announce(_exception(row, "open", _facts(row)), row["traceparent"])


async def settle_alarms(tx: Tx, requests: Sequence[Event[ExceptionSettleRequested]]) -> None:
    """Settle alarms that a person has dealt with; the first to say so is right."""
    own = {e.body.exception_id.removeprefix(_PREFIX): e for e in reversed(requests) if e.key.startswith(_PREFIX)}
    settled_by = [(name, event.body.by, event.body.why) for name, event in sorted(own.items())]
    for row in await store.settle_alarms_by_hand(tx, settled_by):
        body = own[row["notice_id"]].body
        tx.announce(_exception(row, "settled", {"settled_by": body.by, "why": body.why}), row["traceparent"])


def _facts(row: Mapping[str, Any]) -> dict[str, str]:
    if row["kind"] == "late":
        return {"lines": row["lines"], "told_by": f"{row['latest']:%Y-%m-%d}", "todo": _SHIPS_LATE}
    return {"lines": row["lines"], "kind": row["kind"], "mail_id": row["mail_id"] or "", "todo": _OVERDUE}


def _exception(row: Mapping[str, Any], state: str, facts: Mapping[str, str]) -> ExceptionChanged:
    named: ExceptionClass = "ships_late" if row["kind"] == "late" else "notice_overdue"
    fields = {
        "exception_id": f"{_PREFIX}{row['notice_id']}", "version": 1 if state == "open" else 2, "class": named,
        "subject": row["order_id"], "facts": {name: value[:500] for name, value in facts.items()}, "state": state,
        "opened_at": row["opened_at"], "merchant": row["merchant"],
    }  # fmt: skip
    return ExceptionChanged.model_validate(fields)
