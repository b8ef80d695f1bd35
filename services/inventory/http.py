"""Questions that gateway asks of inventory over HTTP; none of them changes anything."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, Final, Literal, TypeAlias

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from services.inventory.domain.discrepancies import AWAIT_COUNT
from services.inventory.store import reads as store
from shared.contracts.bounds import HEADER, Bounds, bounds_in
from shared.contracts.fields import LARGEST, Id
from shared.messaging.faults import is_transient
from shared.messaging.problems import ProblemResponse
from shared.messaging.service import Asgi
from shared.messaging.transaction import Tx, reading
from shared.messaging.worker import Worker

Limit: TypeAlias = Annotated[int, Field(ge=1, le=500)]
routes = APIRouter()
FIXES: Final = {"missing": "add this parameter", "extra_forbidden": "leave this parameter out"}


class NotThere(Exception):
    """The thing that a parameter names does not exist."""

    def __init__(self, what: str, parameter: str, fix: str) -> None:
        super().__init__(f"no such {what}")
        self.parameter, self.fix = parameter, fix


class Asked(BaseModel):
    """The parameters of a request; any other one is an error, so that no misspelt filter is ignored."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class StockAsked(Asked):
    """One SKU, at every node or at one."""

    sku: Id
    node: Id | None = None
    limit: Limit = 500


class LedgerAsked(Asked):
    """News of one position, oldest first; `limit` counts news, each of one sequence."""

    sku: Id
    node: Id
    after_sequence: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    limit: Limit = 100


class DifferencesAsked(Asked):
    """Differences, oldest first; `after` is the last exception of the page before."""

    node: Id | None = None
    after: Id | None = None
    limit: Limit = 100


class CountsAsked(DifferencesAsked):
    """Counts that are still asked for, or discrepancies that a count has settled."""

    state: Literal["open", "settled"] = "open"


class ExpiringAsked(Asked):
    """Lots that expire, the soonest first."""

    node: Id | None = None
    within_days: Annotated[int, Field(ge=0, le=3650)] = 30
    limit: Limit = 100


def _bounds(header: Annotated[str | None, Header(alias=HEADER)] = None) -> Bounds:
    return bounds_in(header)


Bound: TypeAlias = Annotated[Bounds, Depends(_bounds)]


@routes.get("/stock")
async def stock(asked: Annotated[StockAsked, Query()], request: Request, bounds: Bound) -> dict[str, Any]:
    """Answer what is on hand by status and by lot, first expired first out."""
    async with _reading(request) as tx:
        await _expect_known(tx, bounds, asked.sku, asked.node)
        positions, more = await store.stock_of(tx, bounds, asked.sku, asked.node, asked.limit)
    return {"sku": asked.sku, "positions": positions, "more_lots": more}


@routes.get("/ledger")
async def ledger(asked: Annotated[LedgerAsked, Query()], request: Request, bounds: Bound) -> dict[str, Any]:
    """Answer the movements of a position."""
    async with _reading(request) as tx:
        await _expect_known(tx, bounds, asked.sku, asked.node)
        movements = await store.entries(tx, asked.sku, asked.node, asked.after_sequence, asked.limit)
    last = movements[-1].sequence if movements else None
    return {"sku": asked.sku, "node": asked.node, "movements": movements, "last_sequence": last}


@routes.get("/differences")
async def differences(asked: Annotated[DifferencesAsked, Query()], request: Request, bounds: Bound) -> dict[str, Any]:
    """Answer where the floor's newest report and the ledger still differ."""
    async with _reading(request) as tx:
        found = await store.discrepancies_after(
            tx, bounds, asked.node, ["on_hand_differs"], "open", asked.after, asked.limit + 1
        )
    return _page("differences", found, asked.limit)


@routes.get("/counts")
async def counts(asked: Annotated[CountsAsked, Query()], request: Request, bounds: Bound) -> dict[str, Any]:
    """Answer the counts that wait for a recount and the pick shorts that ask for a count, or those that got one."""
    async with _reading(request) as tx:
        found = await store.discrepancies_after(
            tx, bounds, asked.node, AWAIT_COUNT, asked.state, asked.after, asked.limit + 1
        )
    return _page("counts", found, asked.limit)


@routes.get("/expiring")
async def expiring(asked: Annotated[ExpiringAsked, Query()], request: Request, bounds: Bound) -> dict[str, Any]:
    """Answer the sellable lots that soon have less life left than their product needs."""
    async with _reading(request) as tx:
        found = await store.expiring(tx, bounds, asked.node, asked.within_days, asked.limit + 1)
    return _page("lots", found, asked.limit)


def app(worker: Worker) -> Asgi:
    """Build the HTTP API of inventory."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    api.state.worker = worker
    api.include_router(routes)
    api.add_exception_handler(RequestValidationError, _name_parameter)
    api.add_exception_handler(NotThere, _name_missing)
    api.add_exception_handler(Exception, _name_fault)
    return api


def _reading(request: Request) -> AbstractAsyncContextManager[Tx]:
    worker: Worker = request.app.state.worker
    return reading(worker.pool, worker.source)


def _page(name: str, found: Sequence[object], limit: int) -> dict[str, Any]:
    return {name: found[:limit], "more": len(found) > limit}


async def _expect_known(tx: Tx, bounds: Bounds, sku: str, node: str | None) -> None:
    known_sku, known_node = await store.is_known(tx, bounds, sku, node)
    if not known_sku:
        raise NotThere("product", "sku", "publish it on products.v1, or ask for another")
    if not known_node:
        raise NotThere("node", "node", "publish it on settings.v1, or ask for another")


async def _name_parameter(_: Request, error: Exception) -> ProblemResponse:
    """Answer 422 naming the first wrong parameter, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 as Starlette calls it
    first = error.errors()[0]
    fix = FIXES.get(first["type"], "ask again with a value as described")
    return ProblemResponse(422, first["msg"], str(first["loc"][-1]), fix)


async def _name_missing(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, NotThere)  # noqa: S101 as Starlette calls it
    return ProblemResponse(404, str(error), error.parameter, error.fix)


async def _name_fault(_: Request, error: Exception) -> ProblemResponse:
    if is_transient(error):
        return ProblemResponse(503, "the database does not answer", "", "ask again in a moment")
    return ProblemResponse(500, "something failed in inventory, not in your request", "", "its log says more")
