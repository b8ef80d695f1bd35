"""Writes become facts: durable in the outbox before they are answered."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.callers import seal
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
from shared.messaging.wire import unpack
from shared.messaging.worker import Worker

Facts = Callable[[datetime], Sequence[Fact]]
Shape = Callable[[list[dict[str, str]]], dict[str, Any]]
_LONGEST_KEY: Final = 200


async def announce(worker: Worker, visit: Visit, request: Request, body: bytes, facts: Facts, shape: Shape) -> Response:
    """Announce all the facts of one request or none, and answer 202 with their ids."""
    async with asyncio.timeout(WITHIN), begin(worker.pool, worker.source, worker.bell) as tx:
        announced = facts(tx.now)
        guard_times(tx.now, visit.caller.scopes, announced)
        await guard(tx, visit.caller, announced)
        await guard_known(tx, visit.caller, announced)
        await claim_change_numbers(tx, announced)
        await claim_ids(tx, announced)
        events = [_tell(tx, fact, request.headers.get("traceparent")) for fact in announced]
        answer = await _once(tx, visit, request, body, json.dumps(shape(events)))
    return Response(answer, 202, media_type="application/json")


def _tell(tx: Tx, fact: Fact, traceparent: str | None) -> dict[str, str]:
    try:
        tx.announce(fact, traceparent)
    except TooLarge:
        raise Refused(413, "the event would be larger than 900 kB", "body", "tell it in parts") from None
    event_id = dict(unpack(tx.outgoing[-1][3]))["ce_id"] or b""
    return {"event_id": event_id.decode(), "subject": fact.key()}


async def _once(tx: Tx, visit: Visit, request: Request, body: bytes, answer: str) -> str:
    """Return the answer, or the one that the same Idempotency-Key got before; then nothing is announced."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return answer
    if not 0 < len(key) <= _LONGEST_KEY:
        raise Refused(400, f"must be 1 to {_LONGEST_KEY} characters", "Idempotency-Key", "use a UUID")
    path = f"{request.method} {request.url.path}?{request.url.query}"
    name, content = seal(visit.secret, visit.caller.actor, path, key), seal(visit.secret, body)
    if await store.keep_answer(tx, name, content, answer):
        return answer
    tx.outgoing.clear()
    kept = await store.answer_kept(tx, name)
    if kept is None or kept[0] != content:
        fix = "use a new Idempotency-Key for a new request"
        raise Refused(409, "this Idempotency-Key stood on another request", "Idempotency-Key", fix)
    return kept[1]
