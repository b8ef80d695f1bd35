"""What is asked of the service that owns it, since no event carries it: two seconds, then a clear 503."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx
import structlog
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.http.admission import Gate
from services.gateway.http.refusals import Refused

log = structlog.get_logger(__name__)
_WITHIN: Final = 2.0


@dataclass(frozen=True, slots=True)
class Owned:
    """A path that an owner answers under the same name, without /v1."""

    path: str
    owner: str
    says: str


OWNED: Final = (
    Owned("/v1/asns", "receiving", "ASNs, and how far they are"),
    Owned("/v1/opening-list", "receiving", "Which cartons to open first"),
    Owned("/v1/free-slots", "receiving", "When a door is free"),
    Owned("/v1/appointments", "receiving", "What is booked"),
    Owned("/v1/suggestions", "receiving", "Which truck to take first"),
    Owned("/v1/lead-times", "receiving", "How long suppliers take"),
    Owned("/v1/dock-to-stock", "receiving", "How long units take from the door to the shelf"),
    Owned("/v1/files", "receiving", "Files as they were handed in"),
    Owned("/v1/receiving-advice", "receiving", "What a supplier was told of a truck, whole"),
    Owned("/v1/stock", "inventory", "What is on hand, by lot and status"),
    Owned("/v1/ledger", "inventory", "Every movement"),
    Owned("/v1/differences", "inventory", "Where the floor and the ledger disagree"),
    Owned("/v1/counts", "inventory", "What was counted"),
    Owned("/v1/expiring", "inventory", "Which lots expire soon"),
)


def _client() -> httpx.AsyncClient:
    # A connection each: a kept one may have died with its owner.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
    return httpx.AsyncClient(timeout=_WITHIN, limits=limits, trust_env=False, follow_redirects=False)


@dataclass(frozen=True, slots=True)
class Owners:
    """Where the owners are; an empty address is none."""

    at: Mapping[str, str]
    client: httpx.AsyncClient = field(default_factory=_client)

    async def ask(self, gate: Gate, of: Owned, request: Request) -> Response:
        """Hands on the question and the answer, if it is one; what the owner refuses is refused in his words."""
        await gate.admit(request, "read", whole=True)
        answer = await self._ask(of, request)
        if answer is None or not (answer.is_success or answer.is_client_error):
            fix = "ask again in a moment; what gateway keeps itself it still answers"
            raise Refused(503, f"{of.owner} does not answer", "", fix, (), {"Retry-After": "2"})
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    async def _ask(self, of: Owned, request: Request) -> httpx.Response | None:
        if not (base := self.at[of.owner]):
            raise Refused(503, f"{of.owner} has no address here", "", f"set {of.owner.upper()}_URL for gateway")
        url = httpx.URL(base.rstrip("/") + of.path.removeprefix("/v1"), query=request.url.query.encode())
        trace = {name: value for name, value in request.headers.items() if name == "traceparent"}
        try:
            async with asyncio.timeout(_WITHIN):
                return await self.client.get(url, headers=trace)
        except (TimeoutError, httpx.HTTPError) as error:
            log.warning("an owner does not answer", owner=of.owner, error=type(error).__name__)
            return None
