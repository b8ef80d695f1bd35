"""Requests of people about stock: holds, releases of holds, other statuses, other lots."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from services.inventory.domain.discrepancies import discrepancy_id, settled
from services.inventory.domain.ledger import Node, Sku, Status, natural_id
from services.inventory.domain.requests import Ask, Request, carry_out, refusal_of
from services.inventory.handlers.post import announce_discrepancies, of_known_positions, write
from services.inventory.store import discrepancies, ledger
from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.stock_requests import (
    HoldRequested,
    LotCorrectionRequested,
    StatusChangeRequested,
    StockRequest,
    UnholdRequested,
)
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

R = TypeVar("R", bound=StockRequest)


async def hold_units(tx: Tx, requests: Sequence[Event[HoldRequested]]) -> None:
    """Put sellable units on hold."""
    await _carry_out(tx, requests, lambda event: _request(event, "hold", "sellable", event.body.into))


async def unhold_units(tx: Tx, requests: Sequence[Event[UnholdRequested]]) -> None:
    """Make held units sellable again."""
    await _carry_out(tx, requests, lambda event: _request(event, "unhold", event.body.out_of, "sellable"))


async def change_status(tx: Tx, requests: Sequence[Event[StatusChangeRequested]]) -> None:
    """Change the status of units."""
    await _carry_out(tx, requests, lambda event: _request(event, "status change", event.body.before, event.body.after))


async def correct_lots(tx: Tx, requests: Sequence[Event[LotCorrectionRequested]]) -> None:
    """Correct the lot or expiry of units."""
    await _carry_out(tx, requests, _correction)


async def _carry_out(tx: Tx, events: Sequence[Event[R]], translate: Callable[[Event[R]], Request]) -> None:
    """Carry out each request once for ever, or refuse it whole and name why."""
    asked = [(event, translate(event)) for event in events]
    wanted = [(event, replace(request, requested_at=min(request.requested_at, tx.now))) for event, request in asked]
    known = await of_known_positions(tx, wanted, lambda request: [(request.sku, request.node)])
    traces = {(request.sku, request.node): event.traceparent for event, request in known}
    locked = await ledger.lock_positions(tx, traces)
    fresh = await _fresh(tx, [request for _, request in known])
    before = await ledger.read_ledger(tx, locked, {lot for request in fresh for lot in request.lot_keys})
    journal, refused = carry_out(before, fresh)
    await write(tx, journal, traces)
    await announce_discrepancies(tx, [refusal_of(refusal) for refusal in refused], traces)


async def _fresh(tx: Tx, requests: Sequence[Request]) -> list[Request]:
    """Return the requests that were neither carried out nor refused before, each once."""
    first = {request.request_id: request for request in reversed(requests)}
    done = await ledger.known_movements(tx, [_first_movement(name) for name in first])
    refused = await discrepancies.discrepancies(tx, [discrepancy_id("request_refused", name) for name in first])
    return [
        request
        for request in requests
        if first[request.request_id] is request
        and _first_movement(request.request_id) not in done
        and discrepancy_id("request_refused", request.request_id) not in refused
    ]


async def settle_refusals(tx: Tx, requests: Sequence[Event[ExceptionSettleRequested]]) -> None:
    """Settle refused requests and lots with two dates that a person has dealt with; the first settlement stands.

    A discrepancy that a count, a report or the floor itself settles stays open for that.
    """
    first = {event.body.exception_id: event for event in reversed(requests)}
    asked = await discrepancies.discrepancies(tx, first)
    traces = {discrepancy.place[:2]: first[name].traceparent for name, discrepancy in asked.items()}
    await ledger.lock_positions(tx, traces)
    refused = [
        settled(discrepancy, settled_by=first[name].body.by, why=first[name].body.why)
        for name, discrepancy in (await discrepancies.discrepancies(tx, asked)).items()
        if discrepancy.exception_class in ("request_refused", "lot_with_two_dates") and discrepancy.state == "open"
    ]
    await announce_discrepancies(tx, refused, traces)


def _first_movement(request_id: str) -> str:
    return natural_id("request", request_id, "1")


def _request(event: Event[R], asks: Ask, before: Status, after: Status) -> Request:
    body = event.body
    return Request(
        body.request_id, asks, Sku(body.sku), Node(body.node), body.lot or "", body.units, before, after,
        body.requested_at, event.cause,
    )  # fmt: skip


def _correction(event: Event[LotCorrectionRequested]) -> Request:
    body = event.body
    return Request(
        body.request_id, "lot correction", Sku(body.sku), Node(body.node), body.lot or "", body.units, body.status,
        body.status, body.requested_at, event.cause, body.right_lot, body.right_expires_on,
    )  # fmt: skip
