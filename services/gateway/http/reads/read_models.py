"""Questions to gateway's own read models. An empty list says that nothing is known, not that nothing is there."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.callers import BY_BOTH, BY_MERCHANT, BY_NODE, BY_ORDER, NOTHING, Binding, Caller, Scope
from services.gateway.domain.days import bounds_of
from services.gateway.http.door.admission import WITHIN, Gate
from services.gateway.http.door.refusals import Refused, invalid
from services.gateway.store.reads import Question, ask, zone_of
from shared.contracts.exceptions import ACTIONS, ExceptionClass
from shared.contracts.fields import Day, Id, Text

Limit = Annotated[int, Field(ge=1, le=1000)]
Asked = tuple[Question, tuple[Any, ...]]
_ACTIONS: Final = json.dumps(dict(ACTIONS))  # what a person may do about each class


class Query(BaseModel):
    """The parameters of a query string."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, validate_by_alias=True)


class Exceptions(Query):
    """One page of the exceptions that a person must settle."""

    state: Literal["open", "settled"] | None = None
    exception_class: Annotated[ExceptionClass | None, Field(alias="class")] = None
    subject: Text | None = None
    limit: Limit = 100
    after: Annotated[Id | None, Field(description="the last exception_id of the page before")] = None


class OfDevice(Query):
    """One device, or one scan of it."""

    device_id: Id
    scan_id: Id | None = None
    limit: Limit = 100


class OfAsn(Query):
    """One truck."""

    asn_id: Id


class OfFile(Query):
    """One file."""

    file_id: Id


class Dock(Query):
    """A node's doors on a day, or a truck at any."""

    node: Id | None = None
    day: Annotated[Day | None, Field(description="by the node's own clock")] = None
    asn_id: Id | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.asn_id is None) == (self.node is None or self.day is None):
            raise ValueError("give node and day, or asn_id")
        return self


class Inbound(Query):
    """Positions by SKU, by node or by both."""

    sku: Id | None = None
    node: Id | None = None
    limit: Limit = 100


class Queues(Query):
    """The longest queues first."""

    node: Id | None = None
    order_by: Literal["value", "units"] = "value"
    limit: Limit = 100


class Availability(Query):
    """One SKU, at one node or at all."""

    sku: Id
    node: Id | None = None


class Requests(Query):
    """One page of what people asked for, newest first."""

    order_id: Id | None = None
    subject: Text | None = None
    state: Literal["planned", "sent", "done", "refused", "undone"] | None = None
    actor: Id | None = None
    limit: Limit = 100
    before: Annotated[Id | None, Field(description="the last request_id of the page before")] = None


class OfOrder(Query):
    """One order."""

    order_id: Id


@dataclass(frozen=True, slots=True)
class Read:
    """A path that answers a list: its parameters, and the query that they become for a caller."""

    path: str
    says: str
    rows: str
    query: type[Query]
    question: Callable[[Gate, Any, Caller], Awaitable[Asked]]
    bound_by: frozenset[Binding] = NOTHING
    scope: Scope = "read"


async def _exceptions(_: Gate, q: Exceptions, caller: Caller) -> Asked:
    return "exceptions", (q.state, q.exception_class, q.subject, q.after, q.limit, _ACTIONS, *caller.bounds())


async def _requests(_: Gate, q: Requests, caller: Caller) -> Asked:
    return "requests", (q.order_id, q.subject, q.state, q.actor, q.before, q.limit, *caller.bounds())


async def _scan_answers(_: Gate, q: OfDevice, caller: Caller) -> Asked:
    return "scan_answers", (q.device_id, q.scan_id, q.limit, caller.bounds()[1])


async def _advices(_: Gate, q: OfAsn, caller: Caller) -> Asked:
    return "advices", (q.asn_id, caller.bounds()[1])


async def _files(_: Gate, q: OfFile, __: Caller) -> Asked:
    return "asn_files", (q.file_id,)


async def _closed(_: Gate, q: OfAsn, caller: Caller) -> Asked:
    return "closed", (q.asn_id, caller.bounds()[1])


async def _inbound(_: Gate, q: Inbound, caller: Caller) -> Asked:
    return "inbound", (q.sku, q.node, q.limit, *caller.bounds())


async def _queues(_: Gate, q: Queues, caller: Caller) -> Asked:
    return "queues_by_value" if q.order_by == "value" else "queues_by_units", (q.node, q.limit, *caller.bounds())


async def _availability(_: Gate, q: Availability, caller: Caller) -> Asked:
    return "availability", (q.sku, q.node, *caller.bounds())


async def _promises(_: Gate, q: OfOrder, caller: Caller) -> Asked:
    return "promises", (q.order_id, *caller.bounds())


async def _order_lines(_: Gate, q: OfOrder, caller: Caller) -> Asked:
    return "order_lines", (q.order_id, caller.bounds()[0])


async def _dock(gate: Gate, q: Dock, caller: Caller) -> Asked:
    if q.node is None or q.day is None:
        return "dock_of_asn", (q.asn_id, caller.bounds()[1])
    zone = await zone_of(gate.worker.pool, q.node) if caller.may_see_node(q.node) else None
    if zone is None:
        raise Refused(404, "this node is not known", "node", "send it to /v1/settings/nodes first")
    try:
        return "dock", (q.node, *bounds_of(q.day, zone))
    except OverflowError:
        raise Refused(422, "there is no day after this one", "day", "name another day") from None


READS: Final = (
    Read("/v1/exceptions", "What a person must look at", "exceptions", Exceptions, _exceptions, BY_BOTH),
    Read(
        "/v1/requests",
        "What people asked for, and what became of it",
        "requests",
        Requests,
        _requests,
        BY_BOTH | BY_ORDER,
    ),
    Read("/v1/scan-answers", "What a device is told", "scan_answers", OfDevice, _scan_answers, BY_NODE, "scan"),
    Read("/v1/advices", "What a supplier was told of a truck", "advices", OfAsn, _advices, BY_NODE),
    Read("/v1/asn-files", "What became of a file: taken, or refused for these faults", "asn_files", OfFile, _files),
    Read("/v1/dock", "Bookings, arrivals, no-shows and closes", "dock", Dock, _dock, BY_NODE),
    Read("/v1/asns/closed", "What a closed truck came to", "closed", OfAsn, _closed, BY_NODE),
    Read("/v1/inbound", "What is on its way to positions", "inbound", Inbound, _inbound, BY_BOTH),
    Read("/v1/queues", "How much waits for positions", "queues", Queues, _queues, BY_BOTH),
    Read(
        "/v1/availability",
        "What a product page shows",
        "availability",
        Availability,
        _availability,
        BY_BOTH,
        "storefront",
    ),
    Read("/v1/promises", "What an order's lines were promised", "promises", OfOrder, _promises, BY_BOTH | BY_ORDER),
    Read(
        "/v1/order-lines",
        "What became of an order's lines",
        "order_lines",
        OfOrder,
        _order_lines,
        BY_MERCHANT | BY_ORDER,
    ),
)


async def read(gate: Gate, of: Read, request: Request) -> Response:
    """Answer the rows of a question; of what the caller may not see there are none."""
    visit = await gate.admit(request, of.scope, of.bound_by)
    try:
        query = of.query.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise invalid(error, "query") from None
    async with asyncio.timeout(WITHIN):
        question, values = await of.question(gate, _of_order(query, visit.caller), visit.caller)
        rows = await ask(gate.worker.pool, question, *values)
    return Response(f'{{"{of.rows}":[{",".join(rows)}]}}', media_type="application/json")


def _of_order(query: Query, caller: Caller) -> Query:
    """Return a question as a customer may ask it: of their order, and of another as of one that is not there."""
    if caller.order is None or not isinstance(query, OfOrder | Requests):
        return query
    own = query.order_id in (None, caller.order)
    return query.model_copy(update={"order_id": caller.order if own else ""})
