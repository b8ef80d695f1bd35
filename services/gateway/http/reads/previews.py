"""Previews and queue positions: allocation is asked, for a merchant only about what is theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.callers import BY_BOTH, BY_MERCHANT
from services.gateway.http.door.admission import Gate
from services.gateway.http.door.bodies import json_of
from services.gateway.http.door.refusals import invalid
from services.gateway.http.reads.owners import Owners
from services.gateway.http.reads.read_models import Query
from shared.contracts.fields import Part, Text
from shared.contracts.previews import MoveAsked, ReceiptAsked, SlipAsked
from shared.contracts.settings import PolicyUpserted

_OWNER: Final = "allocation"
LINE_QUEUE: Final = "/v1/orders/{order_id:path}/lines/{line_id:path}/queue"


@dataclass(frozen=True, slots=True)
class Preview:
    """A path that says what would happen, and changes nothing; `example` is a body that can be sent."""

    path: str
    asked: type[Part]
    says: str
    example: Mapping[str, Any]


PREVIEWS: Final = (
    Preview(
        "/v1/previews/receipt",
        ReceiptAsked,
        "Who would get the units of a receipt",
        {"sku": "acme/TEE-M", "node": "ams", "units": 50},
    ),
    Preview(
        "/v1/previews/asn-slip",
        SlipAsked,
        "Whose dates would move if a supply came on other days, or brought other units",
        {"supply_id": "mills/ASN-7", "later_by_days": 5},
    ),
    Preview(
        "/v1/previews/policy",
        PolicyUpserted,
        "Which dates and pages would change under another policy; its head starts are those of orders to come",
        {"merchant": "acme", "version": 2, "longest_wait_days": 21},
    ),
    Preview(
        "/v1/previews/move",
        MoveAsked,
        "Who would stand behind a line that a person moves",
        {"order_id": "acme/1001", "line_id": "1"},
    ),
)


class QueuePage(Query):
    """A page of the lines before a line."""

    limit: Annotated[int, Field(ge=1, le=100)] = 100
    after: Annotated[Text | None, Field(description="the next of the page before")] = None


async def preview(gate: Gate, owners: Owners, of: Preview, request: Request) -> Response:
    """Pass a preview to allocation; it locks what it tries for a moment, so not every key may ask."""
    visit = await gate.admit(request, "plan", BY_MERCHANT)
    body = await json_of(request)
    try:
        of.asked.model_validate_json(body, extra="forbid")
    except ValidationError as error:
        raise invalid(error, "body") from None
    path = of.path.removeprefix("/v1")
    return await owners.answer(_OWNER, visit, request, path, body=body)


async def line_queue(gate: Gate, owners: Owners, request: Request) -> Response:
    """Answer who is before a line, and why."""
    visit = await gate.admit(request, "read", BY_BOTH)
    try:
        page = QueuePage.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise invalid(error, "query") from None
    query = urlencode({**request.path_params, **page.model_dump(exclude_none=True)})
    return await owners.answer(_OWNER, visit, request, "/queue", query)
