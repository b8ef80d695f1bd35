"""Requests of people: sent when they are due, or when their order is released, and settled by what that causes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, TypeVar

from services.gateway.handlers.numbers import numbered
from services.gateway.store import requests as store
from services.gateway.store.requests import PlannedRequest
from shared.contracts.allocations import BackorderReleased, CancelRefused, ConsentRefused
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.contracts.orders import (
    DelayConsented,
    DelayRefused,
    LinePriorityChanged,
    LineSwapped,
    OrderHeld,
    OrderLineCancelled,
    OrderLineChanged,
    OrderSplit,
    OrderUnheld,
    RefundMade,
)
from shared.contracts.stock_requests import (
    HoldRequested,
    LotCorrectionRequested,
    StatusChangeRequested,
    UnholdRequested,
)
from shared.contracts.telling_requests import TellingConfirmed, TellingRejected
from shared.messaging.faults import retried
from shared.messaging.transaction import Tx, begin
from shared.messaging.wire import Event, id_in
from shared.messaging.worker import Worker

F = TypeVar("F", bound=Fact)
Handle = Callable[[Tx, Sequence[Event[F]]], Awaitable[None]]
ASKED: Final[tuple[type[Fact], ...]] = (
    OrderHeld,
    OrderUnheld,
    OrderLineCancelled,
    OrderLineChanged,
    LineSwapped,
    OrderSplit,
    LinePriorityChanged,
    DelayConsented,
    DelayRefused,
    RefundMade,
    ExceptionSettleRequested,
    TellingConfirmed,
    TellingRejected,
    HoldRequested,
    UnholdRequested,
    StatusChangeRequested,
    LotCorrectionRequested,
)
KINDS: Final = {event.__name__: event for event in ASKED}
_AT_ONCE: Final = 100
_EVERY: Final = 1.0


async def send_due_requests(worker: Worker) -> None:
    """Send what is due for as long as this process leads."""
    while True:
        if await retried(lambda: send_due(worker)) < _AT_ONCE:
            await asyncio.sleep(_EVERY)


async def send_due(worker: Worker) -> int:
    """Send a set of requests that are due, and return how many."""
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        planned = await store.due(tx, _AT_ONCE)
        await send(tx, planned)
    return len(planned)


async def send(tx: Tx, planned: Sequence[PlannedRequest]) -> None:
    """Make requests events; the change of an order gets its number only now, so that what is undone leaves no gap."""
    sent = []
    for request in planned:
        fact = await numbered(tx, KINDS[request.kind].model_validate_json(request.body))
        tx.announce(fact, request.traceparent)
        cause = f"{tx.source}/{id_in(tx.outgoing[-1][3])}"
        sent.append((request.request_id, cause, getattr(fact, "change_no", None)))
    await store.mark_sent(tx, sent)


def sending_at_release(handle: Handle[BackorderReleased]) -> Handle[BackorderReleased]:
    """Return a handler of releases that also sends what was asked of their orders and is not sent yet."""

    async def handled(tx: Tx, released: Sequence[Event[BackorderReleased]]) -> None:
        await handle(tx, released)
        await send(tx, await store.of_orders(tx, {event.body.order_id for event in released}))

    return handled


def settling(handle: Handle[F]) -> Handle[F]:
    """Return a handler that also settles the requests by whose events its own were caused."""

    async def handled(tx: Tx, events: Sequence[Event[F]]) -> None:
        await handle(tx, events)
        ours = f"{tx.source}/"
        causes = {cause for event in events for cause in _causes(event.body) if cause.startswith(ours)}
        await store.mark_done(tx, causes)

    return handled


def _causes(fact: Fact) -> Iterator[str]:
    for part in (fact, *getattr(fact, "lines", ())):
        if cause := getattr(part, "cause", None):
            yield cause


async def refuse_requests(tx: Tx, refused: Sequence[Event[CancelRefused | ConsentRefused]]) -> None:
    """Settle the requests that were refused, or the part of them that was."""
    rows = [(getattr(x.body, "request", None) or x.body.cause, x.body.lines[0].reason) for x in refused]
    await store.mark_refused(tx, rows)


async def settle_by_exceptions(tx: Tx, exceptions: Sequence[Event[ExceptionChanged]]) -> None:
    """Settle requests about exceptions that are settled, and refuse those that an exception says cannot be done.

    A cause that customers are told of, or are not, is the subject of its exception.
    """
    bodies = [event.body for event in exceptions]
    settled = [x for x in bodies if x.state == "settled"]
    causes = {x.subject for x in settled if x.exception_class == "telling_held"}
    await store.mark_settled(tx, causes | {x.exception_id for x in settled})
    await store.mark_impossible(tx, [_refusal(x) for x in bodies if _is_refusal(x, tx.source)])


def _is_refusal(exception: ExceptionChanged, source: str) -> bool:
    """Return whether it says that a change of an order that came from here cannot be made."""
    facts = exception.facts
    is_ours = exception.exception_class == "request_refused" and facts.get("source") == source
    return is_ours and facts.get("change_no", "").isdecimal()


def _refusal(exception: ExceptionChanged) -> tuple[str, int, str]:
    return exception.subject, int(exception.facts["change_no"]), exception.facts.get("todo", "")
