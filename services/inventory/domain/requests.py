"""Requests of people about stock: carried out whole, or refused with what to do instead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.inventory.domain.discrepancies import Discrepancy, discrepancy_of
from services.inventory.domain.ledger import (
    STATUSES,
    Journal,
    Ledger,
    LotKey,
    LotPlace,
    Movement,
    Node,
    Reason,
    Sku,
    Status,
    effective_at,
    natural_id,
)

Ask = Literal["hold", "unhold", "status change", "lot correction", "transfer"]


@dataclass(frozen=True, slots=True)
class Request:
    """Units of a lot that shall have another status (`after`), lot or expiry. Without `units`: all there are."""

    request_id: str
    asks: Ask
    sku: Sku
    node: Node
    lot: str
    units: int | None
    before: Status
    after: Status
    requested_at: datetime
    cause: str
    right_lot: str | None = None
    right_expires_on: date | None = None

    @property
    def origin(self) -> LotPlace:
        return (self.sku, self.node, self.before, self.lot)

    @property
    def target(self) -> LotPlace:
        return (self.sku, self.node, self.after, self.lot if self.right_lot is None else self.right_lot)

    @property
    def lot_keys(self) -> set[LotKey]:
        return {(self.sku, self.node, place[3]) for place in (self.origin, self.target)}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that cannot be carried out, the units that are there, and what to do instead."""

    request: Request
    there: int
    instead: str


def refusal_of(refusal: Refusal) -> Discrepancy:
    """Describe a refused request for a person."""
    request = refusal.request
    units = "all" if request.units is None else request.units
    change = f"from {request.before} to {request.after}"
    if request.asks == "lot correction":
        change = f"to lot {request.target[3] or 'none'}, expiry {request.right_expires_on or 'as it is'}"
    facts = {
        "request_id": request.request_id,
        "asked": f"{request.asks} of {units} units {change}",
        "there": refusal.there,
        "todo": f"{refusal.instead}; then ask again under a new request_id",
    }
    return discrepancy_of("request_refused", request.origin, request.request_id, request.requested_at, facts)


def carry_out(ledger: Ledger, requests: Iterable[Request]) -> tuple[Journal, list[Refusal]]:
    """Carry out requests in turn, each on the ledger that the one before left; a refused one changes nothing."""
    journal = Journal.over(ledger)
    refused: list[Refusal] = []
    for request in requests:
        if instead := refused_because(journal.after, request):
            refused.append(Refusal(request, journal.after.units(request.origin), instead))
        else:
            journal.enter(movements_of(journal.after, request))
    return journal, refused


def refused_because(ledger: Ledger, request: Request) -> str | None:
    """Return what to do instead of a request that cannot be carried out; None if it can."""
    there = ledger.units(request.origin)
    if request.asks != "lot correction" and request.before == request.after:
        return f"from and to are both {request.after}: name the status that the units shall have"
    if there == 0:
        return f"no units of this lot are {request.before}: name a lot and status that has some"
    if request.units is not None and request.units > there:
        return f"only {there} units are {request.before}: ask for {there} at most, or leave units away for all of them"
    return _not_correctable(ledger, request, there) if request.asks == "lot correction" else None


def _not_correctable(ledger: Ledger, request: Request, there: int) -> str | None:
    right, known = request.right_expires_on, ledger.expiries.get((request.sku, request.node, request.target[3]))
    if request.origin == request.target:
        if right in (None, known):
            return "lot and expiry are so already: say right_lot, or another right_expires_on"
        if request.units not in (None, there):
            return "an expiry is of the whole lot: leave units away, or name another right_lot"
        return None
    others = sum(ledger.units((*request.target[:2], status, request.target[3])) for status in STATUSES)
    if others and right is not None and known is not None and right != known:
        return f"lot {request.target[3]} expires on {known}: correct that first, or leave right_expires_on away"
    return None


def movements_of(ledger: Ledger, request: Request) -> list[Movement]:
    """Return the movements that carry out a request which is not refused."""
    units = ledger.units(request.origin) if request.units is None else request.units
    leave, come = [(request.origin, units)], [(request.target, units)]
    if request.origin == request.target:
        leave = come = _whole_lot(ledger, request)
    at = effective_at(ledger, request.requested_at, *(place for place, _ in leave + come))
    signed: list[tuple[LotPlace, int, date | None]] = [(place, -number, None) for place, number in leave]
    signed += [(place, number, _expiry(ledger, request)) for place, number in come]
    return [
        Movement(
            natural_id("request", request.request_id, str(number)),
            request.sku, request.node, _reason(request), place[2], delta, at, request.cause, place[3], expires_on,
        )
        for number, (place, delta, expires_on) in enumerate(signed, 1)
    ]  # fmt: skip


def _whole_lot(ledger: Ledger, request: Request) -> list[tuple[LotPlace, int]]:
    """Extend a change of expiry to every status that holds units of the lot, since the expiry is the lot's."""
    places: list[LotPlace] = [(request.sku, request.node, status, request.lot) for status in STATUSES]
    return [(place, units) for place in places if (units := ledger.units(place))]


def _expiry(ledger: Ledger, request: Request) -> date | None:
    """Return the expiry that was asked for, else that of the lot which the units join, else the one they had."""
    sku, node, _, lot = request.target
    known, had = ledger.expiries.get((sku, node, lot)), ledger.expiries.get((sku, node, request.lot))
    return request.right_expires_on or known or had


def _reason(request: Request) -> Reason:
    """Return why units change their status: the reason given, else what the change means."""
    if request.asks == "lot correction":
        return "lot_correction"
    if request.asks != "status change":
        return request.asks
    if request.after == "damaged":
        return "damage"
    if "rework" in (request.before, request.after):
        return "rework"
    if request.after == "sellable":
        return "unhold"
    return "hold" if request.before == "sellable" else "correction"
