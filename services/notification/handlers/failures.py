"""Notices that could not be sent are a task for a person, who tells the customer in another way."""

from collections.abc import Sequence
from typing import Final

from services.notification import store
from services.notification.handlers.alarms import settle_alarms
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.notices import NoticeFailed
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_PREFIX: Final = "notice/"
_WHAT_TO_DO: Final = "tell the customer in another way, and settle this with what you did"


def failure(failed: NoticeFailed, merchant: str | None) -> ExceptionChanged:
    """Return what a person is asked of a notice that failed."""
    return ExceptionChanged(
        exception_id=f"{_PREFIX}{failed.notice_id}", version=1, exception_class="notice_failed",
        subject=failed.order_id, state="open", opened_at=failed.failed_at, merchant=merchant,
        facts={"kind": failed.kind, "reason": failed.reason, "todo": _WHAT_TO_DO},
    )  # fmt: skip


async def settle_failures(tx: Tx, requests: Sequence[Event[ExceptionSettleRequested]]) -> None:
    """Settle failed notices of which the customer was told otherwise, and alarms; the first to say so is right."""
    await settle_alarms(tx, requests)
    own = {event.body.exception_id: event for event in reversed(requests) if event.key.startswith(_PREFIX)}
    asked = [(name.removeprefix(_PREFIX), event.body.by, event.body.why) for name, event in sorted(own.items())]
    for failed in await store.tell_otherwise(tx, asked):
        event = own[f"{_PREFIX}{failed.notice_id}"]
        tx.announce(settled_failure(failed, event.body.by, event.body.why), event.traceparent)


def settled_failure(failed: store.FailedNotice, by: str, why: str) -> ExceptionChanged:
    """Return what a person hears of a failed notice that is dealt with."""
    return ExceptionChanged(
        exception_id=f"{_PREFIX}{failed.notice_id}", version=2, exception_class="notice_failed",
        subject=failed.order_id, facts={"settled_by": by, "why": why}, state="settled", opened_at=failed.failed_at,
        merchant=failed.merchant,
    )  # fmt: skip
