"""The OpenAPI document: the contracts' models under their own names."""

from collections.abc import Collection
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.gateway.domain.callers import BY_BOTH, BY_MERCHANT
from services.gateway.http.reads.owners import Owned
from services.gateway.http.reads.previews import PREVIEWS, Preview, QueuePage
from services.gateway.http.reads.read_models import Read
from services.gateway.http.writes.events import MOST_SCANS, WRITES, Write
from services.gateway.http.writes.files import FileQuery
from services.gateway.http.writes.order_changes import COUNTED
from shared.contracts.fields import Fact
from shared.contracts.orders import OrderChange
from shared.contracts.story import examples_of
from shared.messaging.problems import MEDIA_TYPE

Json = dict[str, Any]
_REF: Final = "#/components/schemas/{model}"
_KEY: Final[Json] = {"type": "http", "scheme": "bearer", "bearerFormat": "ff_<prefix>_<secret>"}
_PROBLEM: Final[Json] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "what the status means"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, in one sentence"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason", "fix"],
                "properties": {
                    "field": {"type": "string", "description": "where; empty where it is no field"},
                    "reason": {"type": "string"},
                    "fix": {"type": "string", "description": "what to do"},
                },
            },
        },
    },
}
_OF_MERCHANTS: Final = (
    "A key that is bound to a merchant may say this of the merchant's own SKUs and orders. A new SKU or order_id then "
    "begins with the merchant's name and a slash, such as acme/1001."
)
_REPEAT: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "the same key within a day gets the same answer, and nothing is told twice",
    "schema": {"type": "string", "maxLength": 200},
}

_SUCH_AS: Final[Json] = {
    "actor": "user/kim",
    "before": "0192f0c1-0000-7000-8000-000000000000",
    "after": "0192f0c1-0000-7000-8000-000000000000",
    "asn_id": "mills/ASN-7",
    "class": "short",
    "day": "2027-03-08",
    "device_id": "gun-1",
    "file_id": "mills/7",
    "format": "x12",
    "limit": 20,
    "name": "truck.edi",
    "node": "ams",
    "order_by": "units",
    "order_id": "acme/1001",
    "scan_id": "gun-1/42",
    "sender": "mills",
    "sku": "acme/TEE-M",
    "state": "open",
    "Requests.state": "planned",
    "subject": "mills/ASN-7",
}


class Api(FastAPI):
    """FastAPI's document, with the schemas of events that may be written."""

    def openapi(self) -> Json:
        """Return the document, made when it is asked for first."""
        if self.openapi_schema is None:
            document = super().openapi()
            parts = document.setdefault("components", {})
            parts.setdefault("schemas", {}).update({**_contracts(), "Problem": _PROBLEM})
            parts["securitySchemes"] = {"key": _KEY}
        return self.openapi_schema or {}


def describe_write(of: Write) -> Json:
    """Describe a path that takes an event."""
    single: Json = {"$ref": _REF.format(model=of.event.__name__)}
    several: Json = {"oneOf": [single, {"type": "array", "items": single, "minItems": 1, "maxItems": MOST_SCANS}]}
    body = _body(of.event, several if of.several else single)
    about = {"description": _OF_MERCHANTS} if "merchant" in of.bound_by else {}
    return {"requestBody": body, "parameters": [_REPEAT], **about, **_guarded(of.scope, of.bound_by)}


def _body(event: type[Fact], schema: Json) -> Json:
    """Describe a body, with its examples."""
    fields = {example.name: {"summary": example.says, "value": example.body} for example in examples_of(event)}
    counted = {"description": COUNTED} if issubclass(event, OrderChange) else {}
    return {"required": True, **counted, "content": {"application/json": {"schema": schema, "examples": fields}}}


def describe_upload() -> Json:
    """Describe the path that takes files."""
    content = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    body = {"required": True, "content": content}
    return {"requestBody": body, "parameters": [*_parameters(FileQuery), _REPEAT], **_guarded("asn")}


def describe_preview(of: Preview) -> Json:
    """Describe a preview: its body, and an example that can be sent."""
    schema = {"$ref": _REF.format(model=of.asked.__name__)}
    content = {"application/json": {"schema": schema, "example": dict(of.example)}}
    return {"requestBody": {"required": True, "content": content}, **_guarded("plan", BY_MERCHANT)}


def describe_queue() -> Json:
    """Describe the lines before a line; a slash in an id may stand as it is."""
    names = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "example": example}
        for name, example in (("order_id", "acme/1001"), ("line_id", "1"))
    ]
    return {"parameters": [*names, *_parameters(QueuePage)], **_guarded("read", BY_BOTH)}


def describe_read(of: Read | Owned) -> Json:
    """Describe a path that answers; an owner's own parameters are the owner's to describe."""
    if isinstance(of, Owned):
        return {"parameters": [], **_guarded("read", of.bound_by)}
    return {"parameters": _parameters(of.query), **_guarded(of.scope, of.bound_by)}


def describe_own(
    body: type[BaseModel] | None, scope: str, *, repeat: bool = False, bound_by: Collection[str] = ()
) -> Json:
    """Describe a path that takes no event; without a scope, it depends on what is asked, or is open to everybody."""
    parameters = {"parameters": [_REPEAT]} if repeat else {}
    if body is None:
        return {**parameters, **_guarded(scope)}
    content = {"application/json": {"schema": body.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}, **parameters, **_guarded(scope, bound_by)}


def _guarded(scope: str, bound_by: Collection[str] = ()) -> Json:
    refused = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
    answers = {"4XX": {"description": "refused; nothing was taken", "content": refused}}
    return {"security": [{"key": []}], "x-scope": scope, "x-bound-by": sorted(bound_by), "responses": answers}


def _parameters(query: type[BaseModel]) -> list[Json]:
    schema = query.model_json_schema()
    needed = schema.get("required", ())
    return [
        {
            "name": name,
            "in": "query",
            "required": name in needed,
            "schema": of,
            "example": _SUCH_AS.get(f"{query.__name__}.{name}", _SUCH_AS[name]),
        }
        for name, of in schema["properties"].items()
    ]


def _contracts() -> Json:
    events = sorted({of.event for of in WRITES} | {of.asked for of in PREVIEWS}, key=lambda event: event.__name__)
    _, schemas = models_json_schema([(event, "validation") for event in events], ref_template=_REF)
    changes = {event.__name__ for event in events if issubclass(event, OrderChange)}
    return {name: _as_sent(of, is_change=name in changes) for name, of in schemas["$defs"].items()}


def _as_sent(schema: Json, *, is_change: bool) -> Json:
    """Return the schema of what may be sent: nothing else, and the change of an order with or without its number."""
    needed = {"required": [name for name in schema["required"] if name != "change_no"]} if is_change else {}
    return {**schema, **needed, "additionalProperties": False}
