"""What people ask for: it waits as long as they want, can be undone until then, and is kept with who and why."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from uuid_utils import uuid7

from services.gateway.domain.callers import BY_ORDER
from services.gateway.handlers.requests import KINDS, send
from services.gateway.http.door.admission import Gate, Visit, allow, guard_action
from services.gateway.http.door.bodies import Body, model_of
from services.gateway.http.door.refusals import Refused, invalid
from services.gateway.http.writes.announcements import check, once
from services.gateway.http.writes.events import WRITES
from services.gateway.http.writes.ids import claim_ids
from services.gateway.store import requests as store
from services.gateway.store.requests import Asked, PlannedRequest
from shared.contracts.fields import Fact, Id, Text
from shared.messaging.transaction import Tx

_LONGEST_WAIT: Final = 24 * 60
CUSTOMERS_WAIT: Final = 10  # minutes in which a customer can undo what they asked for
CUSTOMERS: Final = ("OrderLineCancelled", "OrderSplit", "DelayConsented", "DelayRefused")
_PATHS: Final = {of.event.__name__: of for of in WRITES if of.event.__name__ in KINDS}


class AskedFor(Body):
    """An event to be sent, why, and how long it waits; what the event says of who, why and when may be left out."""

    kind: Annotated[str, Field(json_schema_extra={"enum": sorted(_PATHS)})]
    body: dict[str, Any]
    why: Annotated[Text, Field(min_length=1)]
    wait_minutes: Annotated[int, Field(ge=0, le=_LONGEST_WAIT, description="so long it can be undone")] = 0


class Undone(Body):
    """A request that shall not be sent after all."""

    request_id: Id
    why: Text = ""


async def ask(gate: Gate, request: Request) -> Response:
    """Plan a request, and send it at once where it does not wait."""
    visit = await gate.meet(request)
    asked = await model_of(request, AskedFor)
    allow_kind(visit, asked.kind)
    if visit.caller.order is not None:
        guard_action(gate, request)
        asked = _of_customer(asked, visit.caller.order)

    async def do(tx: Tx) -> dict[str, Any]:
        request_id = str(uuid7())
        fields: dict[str, Any] = dict.fromkeys(("changed_at", "requested_at", "answered_at", "made_at"), tx.now)
        fields |= {"change_no": 1, "request_id": request_id, "why": asked.why, "reason": asked.why}
        fact = _fact(asked, fields, dict.fromkeys(("by", "requested_by"), visit.caller.name))
        await check(tx, visit, [fact])
        await claim_ids(tx, [fact])
        body, due_at = fact.model_dump_json(exclude_none=True), tx.now + timedelta(minutes=asked.wait_minutes)
        traceparent = request.headers.get("traceparent")
        order_id, sku, node = (getattr(fact, field, None) for field in ("order_id", "sku", "node"))
        planned = Asked(
            request_id, asked.kind, fact.key(), order_id, sku, node, visit.caller.actor, asked.why, body, traceparent,
            tx.now, due_at,
        )  # fmt: skip
        await store.plan(tx, planned)
        if not asked.wait_minutes:
            await send(tx, [PlannedRequest(request_id, asked.kind, body, traceparent)])
        state = "planned" if asked.wait_minutes else "sent"
        return {"request_id": request_id, "state": state, "due_at": due_at.isoformat()}

    return await once(gate.worker, visit, request, asked.model_dump_json().encode(), do)


def _fact(asked: AskedFor, known: Mapping[str, Any], who: Mapping[str, str]) -> Fact:
    """Return the event that is asked for, by the caller; what is known of when and why fills what is not said."""
    event = KINDS[asked.kind]
    known, who = ({name: of[name] for name in of if name in event.model_fields} for of in (known, who))
    try:
        return event.model_validate_json(json.dumps({**known, **asked.body, **who}, default=str), extra="forbid")
    except ValidationError as error:
        raise invalid(error, "body") from None


def _of_customer(asked: AskedFor, order_id: str) -> AskedFor:
    """Return what a customer asks for: of their order alone, and not sent before they could undo it."""
    if asked.body.get("order_id", order_id) != order_id:
        raise Refused(403, "this is not known as your order", "order_id", "leave it out: the link says it")
    body, waits = {**asked.body, "order_id": order_id}, max(asked.wait_minutes, CUSTOMERS_WAIT)
    return asked.model_copy(update={"body": body, "wait_minutes": waits})


async def undo(gate: Gate, request: Request) -> Response:
    """Undo a request that was not sent yet; once it was, a new one must be asked for."""
    visit = await gate.meet(request)
    undone = await model_of(request, Undone)
    if visit.caller.order is not None:
        guard_action(gate, request)

    async def do(tx: Tx) -> dict[str, Any]:
        kind = await store.kind_of(tx, undone.request_id, visit.caller.order, *visit.caller.bounds())
        if kind is None:
            raise Refused(404, "there is no such request", "request_id", "see GET /v1/requests")
        allow_kind(visit, kind)
        if not await store.undo(tx, undone.request_id, visit.caller.actor, undone.why):
            raise Refused(409, "it was sent, or undone, already", "request_id", "ask for what is wanted instead")
        return {"request_id": undone.request_id, "state": "undone"}

    return await once(gate.worker, visit, request, undone.model_dump_json().encode(), do)


def allow_kind(visit: Visit, kind: str) -> None:
    """Refuse a caller who may not send an event to its own path; a customer may ask for some of their order."""
    if (of := _PATHS.get(kind)) is None:
        raise Refused(422, "this cannot be asked for", "kind", f"it is one of {', '.join(sorted(_PATHS))}")
    allow(visit.caller, of.scope, of.bound_by | BY_ORDER if kind in CUSTOMERS else of.bound_by)
