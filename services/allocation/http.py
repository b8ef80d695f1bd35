"""Questions that gateway asks of allocation over HTTP; none of them changes anything.

Gateway says in the header Firstfill-Bounds of which merchants and nodes the caller may see anything; without it of all.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Final, TypeAlias

import asyncpg
from fastapi import APIRouter, Body, Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.allocation.handlers.questions import preview_kinds, queue_position
from services.allocation.handlers.questions.preview import Preview, Trial, outcome, trial
from services.allocation.handlers.questions.preview_kinds import CannotBe, NotThere
from services.allocation.handlers.questions.queue_position import QueueAnswer
from services.allocation.store import bundles
from services.allocation.store.queue_position import QueuedLineRow, line_in_queue
from shared.contracts.bounds import HEADER, Bounds, bounds_in
from shared.contracts.fields import Id
from shared.contracts.previews import MoveAsked, ReceiptAsked, SlipAsked
from shared.contracts.settings import PolicyUpserted
from shared.messaging.faults import is_transient
from shared.messaging.problems import ProblemResponse
from shared.messaging.service import Asgi
from shared.messaging.transaction import Tx, reading
from shared.messaging.worker import Worker

routes = APIRouter()
_WITHIN: Final = 1.8  # seconds: gateway gives up after two
_FIXES: Final = {"missing": "add it", "extra_forbidden": "leave it out"}
_BUSY: Final = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError, asyncpg.DeadlockDetectedError, TimeoutError)


def _is_place(text: str) -> str:
    try:
        queue_position.read(text)
    except ValueError:
        raise ValueError("must be the next of the page before") from None
    return text


def _bounds(header: Annotated[str | None, Header(alias=HEADER)] = None) -> Bounds:
    return bounds_in(header)


Bound: TypeAlias = Annotated[Bounds, Depends(_bounds)]


class QueueAsked(BaseModel):
    """One line, and a page of those before it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    order_id: Id
    line_id: Id
    after: Annotated[str | None, Field(max_length=500), AfterValidator(_is_place)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 100


@routes.get("/queue")
async def queue(asked: Annotated[QueueAsked, Query()], request: Request, bounds: Bound) -> QueueAnswer:
    """Answer who is before a line, and why."""
    worker: Worker = request.app.state.worker
    async with asyncio.timeout(_WITHIN), reading(worker.pool, worker.source) as tx:
        found = await line_in_queue(tx, (asked.order_id, asked.line_id))
        if found is None or not _may_see(bounds, found):
            raise await _no_line(tx, asked, bounds)
        after = queue_position.read(asked.after) if asked.after else None
        return await queue_position.explain(tx, found, after, asked.limit)


def _may_see(bounds: Bounds, row: QueuedLineRow) -> bool:
    return bounds.cover_merchant(row.line.merchant) and bounds.cover_node(row.key[1])


async def _no_line(tx: Tx, asked: QueueAsked, bounds: Bounds) -> NotThere:
    """Answer 404; a bundle stands in no queue itself."""
    bundle = (await bundles.of_orders(tx, {asked.order_id})).get((asked.order_id, asked.line_id), {})
    row = await line_in_queue(tx, next(iter(bundle))) if bundle else None
    if row is None or not _may_see(bounds, row):
        return NotThere("line", "line_id", "name an order that was placed, and a line of it")
    names = " or ".join(sorted(line_id for _, line_id in bundle))
    return NotThere("line", "line_id", f"it is a bundle and waits as its components: ask for {names[:300]}")


@routes.post("/previews/receipt")
async def receipt(asked: Annotated[ReceiptAsked, Body()], request: Request, bounds: Bound) -> Preview:
    """Answer who would get the units of a receipt."""
    return await _try(request, bounds, lambda tried: preview_kinds.receive(tried, asked))


@routes.post("/previews/asn-slip")
async def asn_slip(asked: Annotated[SlipAsked, Body()], request: Request, bounds: Bound) -> Preview:
    """Answer whose promise would move."""
    return await _try(request, bounds, lambda tried: preview_kinds.slip(tried, asked))


@routes.post("/previews/policy")
async def policy(asked: Annotated[PolicyUpserted, Body()], request: Request, bounds: Bound) -> Preview:
    """Answer which pages and promises would change."""
    return await _try(request, bounds, lambda tried: preview_kinds.change_policy(tried, asked))


@routes.post("/previews/move")
async def move(asked: Annotated[MoveAsked, Body()], request: Request, bounds: Bound) -> Preview:
    """Answer who would stand behind a line that is moved."""
    return await _try(request, bounds, lambda tried: preview_kinds.move(tried, asked))


async def _try(request: Request, bounds: Bounds, ask: Callable[[Trial], Awaitable[None]]) -> Preview:
    """Run one preview at a time: real news must always find a connection, and positions that are free."""
    async with _turn(request), trial(request.app.state.worker, bounds) as tried:
        await ask(tried)
        return await outcome(tried)


@asynccontextmanager
async def _turn(request: Request) -> AsyncIterator[None]:
    async with asyncio.timeout(_WITHIN), request.app.state.one_at_a_time:
        yield


def app(worker: Worker) -> Asgi:
    """Build the HTTP API of allocation."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    api.state.worker = worker
    api.state.one_at_a_time = asyncio.Lock()
    api.include_router(routes)
    api.add_exception_handler(RequestValidationError, _name_field)
    api.add_exception_handler(NotThere, _name_missing)
    api.add_exception_handler(CannotBe, _name_impossible)
    for busy in _BUSY:
        api.add_exception_handler(busy, _name_busy)
    api.add_exception_handler(Exception, _name_fault)
    return api


async def _name_field(_: Request, error: Exception) -> ProblemResponse:
    """Answer 422 naming the first wrong field, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 as Starlette calls it
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    text = str(first["msg"]).removeprefix("Value error, ")
    return ProblemResponse(422, text, field, _FIXES.get(first["type"], "ask again with a value as described"))


async def _name_missing(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, NotThere)  # noqa: S101 as Starlette calls it
    return ProblemResponse(404, str(error), error.field, error.fix)


async def _name_impossible(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, CannotBe)  # noqa: S101 as Starlette calls it
    return ProblemResponse(422, str(error), error.field, error.fix)


async def _name_busy(_: Request, __: Exception) -> ProblemResponse:
    return ProblemResponse(
        503, "these positions are being decided, or are too many", "", "ask again in a moment, or for less"
    )


async def _name_fault(_: Request, error: Exception) -> ProblemResponse:
    if is_transient(error):
        return ProblemResponse(503, "the database does not answer", "", "ask again in a moment")
    return ProblemResponse(500, "something failed in allocation, not in your request", "", "its log says more")
