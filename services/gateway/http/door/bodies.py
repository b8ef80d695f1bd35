"""Bodies of requests: read no further than they may be long, and only as what they say they are."""

import asyncio
import json
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.http.door.refusals import Refused, invalid

LARGEST: Final = 1_000_000
_DIGITS: Final = 10
_WITHIN: Final = 20.0


class Body(BaseModel):
    """The body of a request that is no event."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


B = TypeVar("B", bound=Body)


async def model_of(request: Request, model: type[B]) -> B:
    """Read a body that is no event."""
    try:
        return model.model_validate_json(await json_of(request))
    except ValidationError as error:
        raise invalid(error, "body") from None


def answer(content: Any, status: int = 200) -> Response:  # noqa: ANN401 as each answers
    """Answer with JSON; instants as ISO 8601."""
    return Response(json.dumps(content, default=datetime.isoformat), status, media_type="application/json")


async def json_of(request: Request) -> bytes:
    """Read a body that says it is JSON, and return it unparsed."""
    kind, _, rest = request.headers.get("content-type", "").lower().partition(";")
    kind = kind.strip()
    if not (kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))):
        raise Refused(415, "the body must be JSON", "Content-Type", "send Content-Type: application/json")
    if "charset" in rest and "utf-8" not in rest:
        raise Refused(415, "the body must be UTF-8", "Content-Type", "send Content-Type: application/json")
    return await body_of(request, LARGEST)


async def body_of(request: Request, most: int) -> bytes:
    """Read a body of `most` bytes at most; refuse a longer one before it is read, or where it goes beyond."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(415, "the body must not be compressed", "Content-Encoding", "send it as it is")
    text = request.headers.get("content-length", "0")
    if not text.isdecimal() or len(text) > _DIGITS or int(text) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(_WITHIN):
            return await _read(request, most)
    except TimeoutError:
        closed = {"Connection": "close"}
        raise Refused(408, f"the body took longer than {_WITHIN:g} s", "body", "send less", (), closed) from None


async def _read(request: Request, most: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> Refused:
    return Refused(
        413, f"the body is larger than {most} bytes", "body", "send it in parts", (), {"Connection": "close"}
    )
