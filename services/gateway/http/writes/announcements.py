"""Writes become facts: durable in the outbox before they are answered."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.callers import seal
from services.gateway.handlers.numbers import numbered
from services.gateway.http.door.admission import WITHIN, Visit
from services.gateway.http.door.refusals import Refused
from services.gateway.http.writes.ids import claim_ids
from services.gateway.http.writes.known import guard_known
from services.gateway.http.writes.merchants import guard
from services.gateway.http.writes.order_changes import claim_change_numbers
from services.gateway.http.writes.times import guard_times
from services.gateway.store import callers as store
from shared.contracts.fields import Fact
from shared.messaging.transaction import TooLarge, Tx, begin
from shared.messaging.wire import id_in
from shared.messaging.worker import Worker

Facts = Callable[[datetime], Sequence[Fact]]
Shape = Callable[[list[dict[str, str]]], dict[str, Any]]
_LONGEST_KEY: Final = 200


class _AnsweredBefore(Exception):
    """The same request was answered before: whatever this one did is undone."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer


async def announce(
    worker: Worker, visit: Visit, request: Request, body: bytes, facts: Facts, shape: Shape, *, number: bool = False
) -> Response:
    """Announce all the facts of one request or none, and answer 202 with their ids; `number` changes of orders here."""

    async def do(tx: Tx) -> dict[str, Any]:
        announced = [await numbered(tx, fact) if number else fact for fact in facts(tx.now)]
        await check(tx, visit, announced)
        await claim_change_numbers(tx, announced)
        await claim_ids(tx, announced)
        return shape([_tell(tx, fact, request.headers.get("traceparent")) for fact in announced])

    return await once(worker, visit, request, body, do)


async def check(tx: Tx, visit: Visit, facts: Sequence[Fact]) -> None:
    """Refuse facts of another time, of others, or of what is not known."""
    guard_times(tx.now, visit.caller.scopes, facts)
    await guard(tx, visit.caller, facts)
    await guard_known(tx, visit.caller, facts)


async def once(
    worker: Worker, visit: Visit, request: Request, body: bytes, do: Callable[[Tx], Awaitable[dict[str, Any]]]
) -> Response:
    """Do something in one transaction and answer 202; under an Idempotency-Key that was answered, do nothing again."""
    try:
        async with asyncio.timeout(WITHIN), begin(worker.pool, worker.source, worker.bell) as tx:
            answer = json.dumps(await do(tx))
            await _keep(tx, visit, request, body, answer)
    except _AnsweredBefore as before:
        answer = before.answer
    return Response(answer, 202, media_type="application/json")


def _tell(tx: Tx, fact: Fact, traceparent: str | None) -> dict[str, str]:
    try:
        tx.announce(fact, traceparent)
    except TooLarge:
        raise Refused(413, "the event would be larger than 900 kB", "body", "tell it in parts") from None
    return {"event_id": id_in(tx.outgoing[-1][3]), "subject": fact.key()}


async def _keep(tx: Tx, visit: Visit, request: Request, body: bytes, answer: str) -> None:
    """Keep the answer under the request's Idempotency-Key; where it has one already, that is the answer."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return
    if not 0 < len(key) <= _LONGEST_KEY:
        raise Refused(400, f"must be 1 to {_LONGEST_KEY} characters", "Idempotency-Key", "use a UUID")
    path = f"{request.method} {request.url.path}?{request.url.query}"
    name, content = seal(visit.secret, visit.caller.actor, path, key), seal(visit.secret, body)
    if await store.keep_answer(tx, name, content, answer):
        return
    kept = await store.answer_kept(tx, name)
    if kept is None or kept[0] != content:
        fix = "use a new Idempotency-Key for a new request"
        raise Refused(409, "this Idempotency-Key stood on another request", "Idempotency-Key", fix)
    raise _AnsweredBefore(kept[1])
