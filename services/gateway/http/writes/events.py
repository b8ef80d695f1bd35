"""Paths that take events, each by the contract's own model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.callers import BY_BOTH, BY_MERCHANT, BY_NODE, NOTHING, Binding, Scope
from services.gateway.handlers.requests import KINDS
from services.gateway.http.door.admission import Gate
from services.gateway.http.door.bodies import json_of
from services.gateway.http.door.refusals import Refused, invalid
from services.gateway.http.writes.announcements import announce
from shared.contracts.asns import AsnCancelled, AsnReceived
from shared.contracts.contacts import ContactGiven
from shared.contracts.counts import CountRecorded, OnHandReported
from shared.contracts.dock import (
    AppointmentRequested,
    AppointmentWithdrawn,
    CloseRequested,
    TruckArrived,
    UnloadingBegun,
)
from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.contracts.notices import NoticeBounced, NoticeFailed, NoticeSent
from shared.contracts.orders import (
    DelayConsented,
    DelayRefused,
    LinePriorityChanged,
    LineSwapped,
    OrderChange,
    OrderHeld,
    OrderLineCancelled,
    OrderLineChanged,
    OrderPlaced,
    OrderSplit,
    OrderUnheld,
    RefundMade,
    RemindersDeclined,
)
from shared.contracts.products import ProductUpserted
from shared.contracts.purchase_orders import PurchaseOrderUpserted
from shared.contracts.returns import ReturnReceived
from shared.contracts.scans import CartonClosed, ScanPlaced, ScanRecorded
from shared.contracts.settings import MerchantUpserted, NodeUpserted, PolicyUpserted, SupplierUpserted
from shared.contracts.shipments import PickShorted, ReleaseAccepted, ShipmentConfirmed, StopAnswered
from shared.contracts.stock_requests import (
    HoldRequested,
    LotCorrectionRequested,
    StatusChangeRequested,
    UnholdRequested,
)
from shared.contracts.telling_requests import TellingConfirmed, TellingRejected
from shared.contracts.transfers import TransferRequested, TransferShipped, TransferWithdrawn

MOST_SCANS: Final = 1000
_SCANS: Final = TypeAdapter[tuple[ScanRecorded, ...]](
    Annotated[tuple[ScanRecorded, ...], Field(min_length=1, max_length=MOST_SCANS)]
)


@dataclass(frozen=True, slots=True)
class Write:
    """A path that takes one event, or several of it, from callers who may be bound by what the event names."""

    path: str
    scope: Scope
    event: type[Fact]
    bound_by: frozenset[Binding] = NOTHING
    several: bool = False


WRITES: Final = (
    Write("/v1/scans", "scan", ScanRecorded, BY_NODE, several=True),
    Write("/v1/cartons-closed", "scan", CartonClosed, BY_NODE),
    Write("/v1/scans/placed", "admin", ScanPlaced, BY_NODE),
    Write("/v1/asns", "asn", AsnReceived, BY_NODE),
    Write("/v1/asns/cancelled", "asn", AsnCancelled),
    Write("/v1/purchase-orders", "plan", PurchaseOrderUpserted, BY_NODE),
    Write("/v1/dock/appointments", "dock", AppointmentRequested, BY_NODE),
    Write("/v1/dock/withdrawals", "dock", AppointmentWithdrawn, BY_NODE),
    Write("/v1/dock/arrivals", "dock", TruckArrived, BY_NODE),
    Write("/v1/dock/unloading", "dock", UnloadingBegun, BY_NODE),
    Write("/v1/dock/closing", "dock", CloseRequested, BY_NODE),
    Write("/v1/stock/holds", "stock", HoldRequested, BY_BOTH),
    Write("/v1/stock/unholds", "stock", UnholdRequested, BY_BOTH),
    Write("/v1/stock/status-changes", "stock", StatusChangeRequested, BY_BOTH),
    Write("/v1/stock/lot-corrections", "stock", LotCorrectionRequested, BY_BOTH),
    Write("/v1/transfers", "stock", TransferRequested),
    Write("/v1/transfers/shipped", "stock", TransferShipped),
    Write("/v1/transfers/withdrawn", "stock", TransferWithdrawn),
    Write("/v1/counts", "stock", CountRecorded, BY_BOTH),
    Write("/v1/on-hand", "stock", OnHandReported, BY_BOTH),
    Write("/v1/returns", "stock", ReturnReceived),
    Write("/v1/shipments", "stock", ShipmentConfirmed),
    Write("/v1/pick-shorts", "stock", PickShorted, BY_NODE),
    Write("/v1/releases/accepted", "stock", ReleaseAccepted),
    Write("/v1/stops/answered", "stock", StopAnswered),
    Write("/v1/exceptions/settled", "settle", ExceptionSettleRequested, BY_BOTH),
    Write("/v1/tellings/confirmed", "settle", TellingConfirmed, BY_BOTH),
    Write("/v1/tellings/rejected", "settle", TellingRejected, BY_BOTH),
    Write("/v1/products", "admin", ProductUpserted, BY_MERCHANT),
    Write("/v1/settings/nodes", "admin", NodeUpserted),
    Write("/v1/settings/merchants", "admin", MerchantUpserted),
    Write("/v1/settings/suppliers", "admin", SupplierUpserted),
    Write("/v1/settings/policies", "plan", PolicyUpserted),
    Write("/v1/orders", "order", OrderPlaced, BY_MERCHANT),
    Write("/v1/orders/holds", "order", OrderHeld, BY_MERCHANT),
    Write("/v1/orders/unholds", "order", OrderUnheld, BY_MERCHANT),
    Write("/v1/orders/cancellations", "order", OrderLineCancelled, BY_MERCHANT),
    Write("/v1/orders/line-changes", "order", OrderLineChanged, BY_MERCHANT),
    Write("/v1/orders/swaps", "order", LineSwapped, BY_MERCHANT),
    Write("/v1/orders/splits", "order", OrderSplit, BY_MERCHANT),
    Write("/v1/orders/priorities", "plan", LinePriorityChanged, BY_MERCHANT),
    Write("/v1/orders/delays-consented", "order", DelayConsented, BY_MERCHANT),
    Write("/v1/orders/delays-refused", "order", DelayRefused, BY_MERCHANT),
    Write("/v1/orders/refunds", "order", RefundMade, BY_MERCHANT),
    Write("/v1/orders/reminders-declined", "order", RemindersDeclined, BY_MERCHANT),
    Write("/v1/notices/sent", "order", NoticeSent, BY_MERCHANT),
    Write("/v1/notices/failed", "order", NoticeFailed, BY_MERCHANT),
    Write("/v1/notices/bounced", "order", NoticeBounced, BY_MERCHANT),
    Write("/v1/contacts", "order", ContactGiven, BY_MERCHANT),
)


async def write(gate: Gate, of: Write, logo_hosts: frozenset[str], request: Request) -> Response:
    """Accept a body whole or refuse it whole; logos come from these hosts, or from any where none is named."""
    visit = await gate.admit(request, of.scope, of.bound_by)
    if visit.caller.shown == "session" and of.event.__name__ in KINDS:
        fix = f"send it to /v1/requests, as kind {of.event.__name__}, with why"
        raise Refused(403, "what a person changes is asked for, so that it is kept with who and why", "body", fix)
    body = await json_of(request)
    number = issubclass(of.event, OrderChange) and not _has_number(body)
    facts = _facts(of, with_fields(body, {"change_no": 1}) if number else body)
    _guard_logos(facts, logo_hosts)
    shape = _all if of.several and _is_array(body) else _one
    return await announce(gate.worker, visit, request, body, lambda _: facts, shape, number=number)


def _has_number(body: bytes) -> bool:
    return b'"change_no"' in body


def with_fields(body: bytes, fields: Mapping[str, Any]) -> bytes:
    """Add fields to a body that has none of them; one that is no object stays as it is, to be refused."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return body
    return json.dumps({**fields, **found}).encode() if isinstance(found, dict) else body


def _facts(of: Write, body: bytes) -> Sequence[Fact]:
    # Readers of topics ignore unknown fields; callers of HTTP are told of them, since they may be misspelt.
    try:
        if of.several and _is_array(body):
            return _SCANS.validate_json(body, extra="forbid")
        return (of.event.model_validate_json(body, extra="forbid"),)
    except ValidationError as error:
        raise invalid(error, "body") from None


def _guard_logos(facts: Sequence[Fact], hosts: frozenset[str]) -> None:
    """Refuse a logo from elsewhere: every mail's reader would fetch it from there."""
    for fact in facts:
        url = fact.brand.logo_url if isinstance(fact, MerchantUpserted) else None
        if url and hosts and urlsplit(url).hostname not in hosts:
            fix = f"put the picture on one of these hosts: {', '.join(sorted(hosts))}; or add its own to LOGO_HOSTS"
            raise Refused(422, "logos may not come from this host", "brand.logo_url", fix)


def _is_array(body: bytes) -> bool:
    return body[:100].lstrip().startswith(b"[")


def _one(events: list[dict[str, str]]) -> dict[str, Any]:
    return dict(events[0])


def _all(events: list[dict[str, str]]) -> dict[str, Any]:
    return {"events": events}
