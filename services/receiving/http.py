"""Questions that gateway asks of receiving over HTTP: ASNs and files, the dock and its trucks, and lead times."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime

from services.receiving.domain.calendar import DAY, working_days_between
from services.receiving.domain.catalogue import Node
from services.receiving.domain.dock.appointments import NEXT_FREE, Doors, day_at, free_slots, rank_trucks, taken_slots
from services.receiving.domain.dock.lead_times import percentile
from services.receiving.domain.dock.windows import Rhythm
from services.receiving.store.asns import asn_status as store
from services.receiving.store.asns import files
from services.receiving.store.asns.asn_status import AsnStatus
from services.receiving.store.asns.files import FileResult
from services.receiving.store.dock import appointments as dock
from services.receiving.store.dock import lead_times, receiving_advices
from services.receiving.store.dock.receiving_advices import LastAdvice
from services.receiving.store.scanning import scans
from shared.contracts.bounds import HEADER, Bounds, bounds_in
from shared.messaging.problems import ProblemResponse
from shared.messaging.service import Asgi
from shared.messaging.transaction import Tx, reading
from shared.messaging.worker import Worker

ROUTER: Final = APIRouter()
_AT_MOST: Final = 1000
_KNOW_NODE: Final = "publish it on settings.v1, or ask for another"
_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
_LATELY: Final = timedelta(days=90)
_LEGS: Final = ("ordered_to_shipped", "shipped_to_docked", "docked_to_ready", "ordered_to_ready", "due_to_ready")
_STEPS: Final = ("waiting_minutes", "unloading_minutes", "counting_minutes", "rework_minutes")


class Unclear(Exception):
    """The value of a parameter cannot be answered."""

    status = 422

    def __init__(self, says: str, parameter: str, fix: str) -> None:
        super().__init__(says)
        self.parameter, self.fix = parameter, fix


class NotThere(Unclear):
    """The thing that a parameter names does not exist."""

    status = 404


async def _transaction(request: Request) -> AsyncIterator[Tx]:
    worker: Worker = request.app.state.worker
    async with reading(worker.pool, worker.source) as tx:
        yield tx


def _bounds(header: Annotated[str | None, Header(alias=HEADER)] = None) -> Bounds:
    """Read at which nodes the caller may see anything, as gateway says."""
    return bounds_in(header)


Reading = Annotated[Tx, Depends(_transaction, scope="function")]
Bound = Annotated[Bounds, Depends(_bounds)]
Id = Annotated[str, Query(min_length=1, max_length=200)]
Day = Annotated[date, Query(gt=_FIRST.date(), lt=_LAST.date())]
Limit = Annotated[int, Query(ge=1, le=100)]


def reads(worker: Worker) -> Asgi:
    """Build the HTTP API of receiving, beside `/health`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.worker = worker
    app.include_router(ROUTER)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Unclear, _unclear)
    return app


@ROUTER.get("/asns")
async def asns(
    tx: Reading, bounds: Bound, asn_id: Id | None = None, node: Id | None = None
) -> AsnStatus | dict[str, Any]:
    """Answer how far an ASN is; or the open ASNs to a node, the one that is ready first before others."""
    if asn_id:
        return await _asn(tx, bounds, asn_id)
    if not node:
        raise Unclear("nothing says which ASNs", "asn_id", "give asn_id for one, or node for all that are on their way")
    await _rhythm(tx, bounds, node)
    return {"node": node, "asns": await store.open_asns(tx, node, _AT_MOST)}


@ROUTER.get("/opening-list")
async def opening_list(tx: Reading, bounds: Bound, asn_id: Id) -> dict[str, Any]:
    """Answer the cartons of an ASN in the order in which to open them: those that most customers wait for first."""
    await _asn(tx, bounds, asn_id)
    return {"asn_id": asn_id, "cartons": await scans.opening_list(tx, asn_id)}


@ROUTER.get("/receiving-advice")
async def receiving_advice(tx: Reading, bounds: Bound, asn_id: Id) -> LastAdvice:
    """Answer the last advice of a truck, in the supplier's own format if they announced it by file, however long."""
    await _asn(tx, bounds, asn_id)
    if (advice := await receiving_advices.last_advice(tx, asn_id)) is None:
        raise NotThere(
            "this ASN is not closed", "asn_id", "ask again once its truck is done; GET /asns says how far it is"
        )
    return advice


@ROUTER.get("/files")
async def file_of_asns(tx: Reading, file_id: Id) -> FileResult:
    """Answer the outcome of a file of ASNs: its ASNs, or why it was refused, and the answer for its sender."""
    if (result := await files.file_result(tx, file_id)) is None:
        raise NotThere("no such file was read", "file_id", "check it, or ask again in a moment: files are read in turn")
    return result


@ROUTER.get("/free-slots")
async def next_free_slots(
    tx: Reading,
    bounds: Bound,
    node: Id,
    after: Annotated[AwareDatetime | None, Query(alias="from", lt=_LAST)] = None,
    door: Id | None = None,
    limit: Limit = NEXT_FREE,
) -> dict[str, Any]:
    """Answer the next free slots, of a door or of all."""
    doors = await _doors(tx, bounds, node)
    if door and door not in doors.doors:
        fix = f"leave it out, or ask for one of {', '.join(doors.doors)}"
        raise NotThere("the node has no such door", "door", fix)
    since = max(tx.now, after or tx.now)
    taken = taken_slots(await dock.doors_taken(tx, [node], since))
    return {"node": node, "slots": free_slots(doors, taken, since, limit, door)}


@ROUTER.get("/appointments")
async def appointments(tx: Reading, bounds: Bound, node: Id, day: Day | None = None) -> dict[str, Any]:
    """Answer the appointments at a node on a local day, today if none is given, with their outcome."""
    zone = (await _doors(tx, bounds, node)).zone
    day = day or tx.now.astimezone(zone).date()
    visits = await dock.appointments_on(tx, node, day_at(day, zone), day_at(day + DAY, zone), _AT_MOST)
    return {"node": node, "day": day, "appointments": visits}


@ROUTER.get("/suggestions")
async def suggestions(
    tx: Reading, bounds: Bound, node: Id, limit: Limit = 20, booked_too: bool = False
) -> dict[str, Any]:
    """Answer trucks by the value of the backorders that wait for their load, each with its next free slots."""
    doors = await _doors(tx, bounds, node)
    taken = taken_slots(await dock.doors_taken(tx, [node], tx.now))
    trucks = rank_trucks(await dock.waiting_for(tx, node, booked_too=booked_too), limit)
    return {
        "node": node,
        "suggestions": [
            {
                "asn_id": truck.asn_id, "supplier_id": truck.supplier_id, "eta": truck.eta,
                "waiting_units": truck.waiting_units, "waiting_value": truck.waiting_value,
                "next_free": free_slots(doors, taken, max(tx.now, day_at(truck.eta.earliest, doors.zone)), NEXT_FREE),
            }
            for truck in trucks
        ],
    }  # fmt: skip


@ROUTER.get("/lead-times")
async def lead_times_of(
    tx: Reading, supplier_id: Id | None = None, sku: Id | None = None, node: Id | None = None
) -> dict[str, Any]:
    """Answer working days from order to sellable, leg by leg, of the last supplies of a supplier, a SKU or a node."""
    if not (supplier_id or sku or node):
        raise Unclear("nothing says of what", "supplier_id", "give supplier_id, sku or node, or several of them")
    supplies = await lead_times.lead_times(tx, supplier_id, sku, node, _AT_MOST)
    errors = await lead_times.eta_errors(tx, supplier_id, node, _AT_MOST) if supplier_id else []
    legs = {leg: _figures(getattr(time, leg) for time in supplies) for leg in _LEGS}
    return {"supplies": len(supplies), "working_days": {**legs, "eta_error": _figures(errors)}}


@ROUTER.get("/dock-to-stock")
async def dock_to_stock(
    tx: Reading, bounds: Bound, node: Id, asn_id: Id | None = None, since: AwareDatetime | None = None
) -> dict[str, Any]:
    """Answer working days from arrival to sellable at a node, since a moment, 90 days ago if none is given."""
    rhythm = await _rhythm(tx, bounds, node)
    trucks = await lead_times.truck_times(tx, node, since or tx.now - _LATELY, asn_id, _AT_MOST)
    came = [truck for truck in trucks if truck.docked_to_ready is not None]
    by_unit: Counter[int] = sum((Counter(truck.ready_days) for truck in came), Counter())
    today = tx.now.astimezone(rhythm.zone).date()
    there = [
        (truck, working_days_between(truck.arrived_at.astimezone(rhythm.zone).date(), today, rhythm.calendar))
        for truck in await lead_times.trucks_on_the_dock(tx, node, _AT_MOST)
    ]
    return {
        "node": node,
        "target_days": rhythm.dock_days,
        "by_unit": _weighed(by_unit),
        "by_last_unit": _figures(truck.docked_to_ready for truck in came),
        "minutes": {step.removesuffix("_minutes"): _figures(getattr(truck, step) for truck in came) for step in _STEPS},
        "trucks": came,
        "breaches": [truck.asn_id for truck in came if (truck.docked_to_ready or 0) > rhythm.dock_days],
        "on_the_dock": [
            {"asn_id": truck.asn_id, "arrived_at": truck.arrived_at, "days": days, "breach": days > rhythm.dock_days}
            for truck, days in there
        ],
    }


async def _doors(tx: Tx, bounds: Bounds, node: str) -> Doors:
    doors = (await dock.docks(tx, [node])).get(Node(node)) if bounds.cover_node(node) else None
    if doors is None:
        raise NotThere("no such node", "node", _KNOW_NODE)
    return doors


async def _rhythm(tx: Tx, bounds: Bounds, node: str) -> Rhythm:
    rhythm = (await dock.rhythms(tx, [Node(node)])).get(Node(node)) if bounds.cover_node(node) else None
    if rhythm is None:
        raise NotThere("no such node", "node", _KNOW_NODE)
    return rhythm


async def _asn(tx: Tx, bounds: Bounds, asn_id: str) -> AsnStatus:
    status = await store.asn_status(tx, asn_id)
    if status is None or not bounds.cover_node(status.node):
        raise NotThere("no such ASN", "asn_id", "check it, or publish the ASN; one in a file is <supplier_id>/<number>")
    return status


def _figures(values: Iterable[int | None]) -> dict[str, int | None]:
    return _weighed(Counter(value for value in values if value is not None))


def _weighed(weights: Counter[int]) -> dict[str, int | None]:
    """Return nearest-rank percentiles and their weight; without figures where nothing was seen."""
    figures = {f"p{percent}": percentile(weights, percent) if weights else None for percent in (10, 50, 90)}
    return {**figures, "of": weights.total()}


async def _unclear(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, Unclear)  # noqa: S101 as Starlette calls it
    return ProblemResponse(error.status, str(error), error.parameter, error.fix)


async def _malformed(_: Request, error: Exception) -> ProblemResponse:
    """Answer 422 naming the first wrong parameter, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 as Starlette calls it
    first = error.errors()[0]
    fix = "add this parameter" if first["type"] == "missing" else "ask again with a value as described"
    return ProblemResponse(422, first["msg"], str(first["loc"][-1]), fix)
