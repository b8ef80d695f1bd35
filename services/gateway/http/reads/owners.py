"""Questions to the service that owns the answer, since no event carries it: two seconds, then a clear 503."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx
import structlog
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.callers import BY_BOTH, BY_NODE, NOTHING, Binding
from services.gateway.http.door.admission import Gate, Visit
from services.gateway.http.door.clients import client_within
from services.gateway.http.door.refusals import Refused
from shared.contracts.bounds import Bounds

log = structlog.get_logger(__name__)
_WITHIN: Final = 2.0


@dataclass(frozen=True, slots=True)
class Owned:
    """A path that an owner answers under the same name, without /v1."""

    path: str
    owner: str
    says: str
    bound_by: frozenset[Binding] = NOTHING


_PARKED: Final = "What came before what it needs: what it waits for, and since when"
OWNED: Final = (
    Owned("/v1/asns", "receiving", "ASNs, and how far they are", BY_NODE),
    Owned("/v1/opening-list", "receiving", "Which cartons to open first", BY_NODE),
    Owned("/v1/free-slots", "receiving", "When a door is free", BY_NODE),
    Owned("/v1/appointments", "receiving", "What is booked", BY_NODE),
    Owned("/v1/suggestions", "receiving", "Which truck to take first", BY_NODE),
    Owned("/v1/lead-times", "receiving", "How long suppliers take"),
    Owned("/v1/dock-to-stock", "receiving", "How long units take from the door to the shelf", BY_NODE),
    Owned("/v1/files", "receiving", "Files as they were handed in"),
    Owned("/v1/receiving-advice", "receiving", "What a supplier was told of a truck, whole", BY_NODE),
    Owned("/v1/stock", "inventory", "What is on hand, by lot and status", BY_BOTH),
    Owned("/v1/ledger", "inventory", "Every movement", BY_BOTH),
    Owned("/v1/differences", "inventory", "Where the floor and the ledger disagree", BY_BOTH),
    Owned("/v1/counts", "inventory", "What was counted", BY_BOTH),
    Owned("/v1/expiring", "inventory", "Which lots expire soon", BY_BOTH),
    Owned("/v1/parked/receiving", "receiving", _PARKED),
    Owned("/v1/parked/inventory", "inventory", _PARKED),
    Owned("/v1/parked/allocation", "allocation", _PARKED),
    Owned("/v1/parked/notification", "notification", _PARKED),
)


@dataclass(frozen=True, slots=True)
class Owners:
    """The addresses of owners; an empty address is none."""

    at: Mapping[str, str]
    client: httpx.AsyncClient = field(default_factory=lambda: client_within(_WITHIN))

    async def ask(self, gate: Gate, of: Owned, request: Request) -> Response:
        """Pass a question to its owner and the answer back; a refusal is passed on in the owner's words."""
        visit = await gate.admit(request, "read", of.bound_by)
        return await self.answer(of.owner, visit, request, of.path.removeprefix("/v1"), request.url.query)

    async def answer(
        self, owner: str, visit: Visit, request: Request, path: str, query: str = "", body: bytes | None = None
    ) -> Response:
        """Return an owner's answer to a question or a preview, of no more than the caller may see."""
        fields = {name: value for name, value in request.headers.items() if name == "traceparent"}
        fields |= Bounds(*visit.caller.bounds()).headers()
        fields |= {"Content-Type": "application/json"} if body is not None else {}
        url = httpx.URL(self._base(owner) + path, query=query.encode())
        answer = await self._send(
            owner, httpx.Request("GET" if body is None else "POST", url, headers=fields, content=body)
        )
        if answer is None or not (answer.is_success or answer.is_client_error or _is_busy(answer)):
            fix = "ask again in a moment; what gateway keeps itself it still answers"
            raise Refused(503, f"{owner} does not answer", "", fix, (), {"Retry-After": "2"})
        again = {"Retry-After": answer.headers["retry-after"]} if _is_busy(answer) else None
        return Response(answer.content, answer.status_code, again, answer.headers.get("content-type"))

    def _base(self, owner: str) -> str:
        if not (base := self.at[owner]):
            raise Refused(503, f"{owner} has no address here", "", f"set {owner.upper()}_URL for gateway")
        return base.rstrip("/")

    async def _send(self, owner: str, question: httpx.Request) -> httpx.Response | None:
        try:
            async with asyncio.timeout(_WITHIN):
                return await self.client.send(question)
        except (TimeoutError, httpx.HTTPError) as error:
            log.warning("an owner does not answer", owner=owner, error=type(error).__name__)
            return None


def _is_busy(answer: httpx.Response) -> bool:
    """Return whether the owner itself says that it must be asked again."""
    return answer.status_code == 503 and "retry-after" in answer.headers
