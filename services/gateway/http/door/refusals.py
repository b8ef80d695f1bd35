"""Refusals of requests: one sentence, the field it is about, and what to do."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.messaging.faults import is_transient
from shared.messaging.problems import MEDIA_TYPE, problem

log = structlog.get_logger(__name__)
_LISTED: Final = 500
_LONGEST_NAME: Final = 200
_LOOK_UP: Final = "see /v1/openapi.json for what it takes"
_FIXES: Final[Mapping[str, str]] = {
    "missing": "add this field",
    "json_invalid": "send JSON (RFC 8259) in UTF-8, nested no deeper than 100",
    "extra_forbidden": "leave this out",
    "too_long": "send it in parts",
    "too_short": "add at least one",
}


@dataclass(slots=True, eq=False)
class Refused(Exception):
    """The request is refused; the caller learns why."""

    status: int
    error: str
    field: str = ""
    fix: str = ""
    faults: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] | None = None

    def answer(self) -> JSONResponse:
        """Return the response that the caller gets."""
        body = problem(self.status, self.error, self.field, self.fix, self.faults)
        return JSONResponse(body, self.status, dict(self.headers or {}), MEDIA_TYPE)


def invalid(error: ValidationError, of: str) -> Refused:
    """Name every fault of a body or query, with its place; no value that was sent is quoted."""
    number = error.error_count()
    if number > _LISTED:
        return Refused(422, f"the {of} has {number} faults", of, _LOOK_UP)
    faults = [
        {
            "field": ".".join(map(str, typed_dict_type["loc"]))[:_LONGEST_NAME] or of,
            "reason": typed_dict_type["msg"].removeprefix("Value error, "),
            "fix": _FIXES.get(typed_dict_type["type"], _LOOK_UP),
        }
        for typed_dict_type in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    first = faults[0]
    status = 400 if error.errors(include_input=False)[0]["type"] == "json_invalid" else 422
    text = first["reason"] if number == 1 else f"the {of} has {number} faults, the first: {first['reason']}"
    return Refused(status, text, first["field"], first["fix"], faults)


async def refused(_: Request, error: Exception) -> JSONResponse:
    """Answer a refusal of ours."""
    assert isinstance(error, Refused)  # noqa: S101 as Starlette calls it
    return error.answer()


async def not_here(request: Request, error: Exception) -> JSONResponse:
    """Answer a refusal of the router: an unknown path with those nearby, a wrong method with the right ones."""
    assert isinstance(error, HTTPException)  # noqa: S101 as Starlette calls it
    if error.status_code == 405:
        allowed = _methods(request)
        fix, right = f"use {' or '.join(allowed)}", {"Allow": ", ".join(allowed)}
        return Refused(405, "this path takes another method", "", fix, (), right).answer()
    paths = sorted({route.path for route in request.app.routes})
    near = difflib.get_close_matches(request.url.path, paths, n=5, cutoff=0.5)
    fix = f"nearby: {', '.join(near)}" if near else "see /v1/openapi.json for all paths"
    return Refused(404, "there is nothing at this path", "", fix).answer()


async def gone(_: Request, __: Exception) -> Response:
    """Answer nobody: the caller has hung up."""
    return Response(status_code=400)


async def failed(request: Request, error: Exception) -> JSONResponse:
    """Answer a failure of ours without its insides: they may hold what the caller sent."""
    if is_transient(error):
        log.warning("not answered", error=type(error).__name__)
        again = "send the request again, best with the same Idempotency-Key"
        away = Refused(503, "the database does not answer", "", again, (), {"Retry-After": "2"})
        return away.answer()
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
    log.error("a request failed", error=type(error).__name__, at=where, request=request.scope["request_id"])
    fix = "send it again; tell us its Request-Id if it stays"
    return Refused(500, "something failed here, not in your request", "", fix).answer()


def _methods(request: Request) -> list[str]:
    path = request.url.path
    return sorted(
        {name for route in request.app.routes if route.path_regex.match(path) for name in route.methods or ()}
    )
