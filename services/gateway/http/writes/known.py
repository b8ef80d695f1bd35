"""What an order or a delivery names must be known, or it would wait for it in silence.

What is sent over HTTP is known from then on; what is sent by topic may be a second behind, so a refusal says when to
send again.
"""

from collections.abc import Sequence
from typing import Final

from services.gateway.domain.callers import Caller
from services.gateway.http.door.refusals import Refused
from services.gateway.store import callers as store
from services.gateway.store.known import keep_known
from shared.contracts.asns import AsnReceived
from shared.contracts.dock import AppointmentWithdrawn, CloseRequested, UnloadingBegun
from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.contracts.orders import STANDARD, OrderPlaced, countries, is_country
from shared.contracts.purchase_orders import PurchaseOrderUpserted
from shared.contracts.settings import MerchantUpserted
from shared.contracts.telling_requests import TellingRequest
from shared.contracts.transfers import TransferRequested, TransferShipped
from shared.messaging.transaction import Tx
from shared.texts import LANGUAGES

_AGAIN: Final = {"Retry-After": "1"}


async def guard_known(tx: Tx, caller: Caller, facts: Sequence[Fact]) -> None:
    """Refuse what names an unknown node, merchant, priority, truck, exception or held cause, or one out of bounds.

    What is made known here is kept first.
    """
    await keep_known(tx, facts)
    for fact in facts:
        for field, node in _nodes(fact).items():
            if node and not await store.knows_node(tx, node):
                raise unknown("node", field, "the node")
        if caller.nodes is not None:
            await _guard_node(tx, caller, fact)
        if isinstance(fact, OrderPlaced):
            await _guard_order(tx, fact)
        if isinstance(fact, MerchantUpserted):
            _guard_languages(fact)
        if isinstance(fact, TellingRequest | ExceptionSettleRequested):
            await _guard_exception(tx, caller, fact)


async def _guard_exception(tx: Tx, caller: Caller, fact: TellingRequest | ExceptionSettleRequested) -> None:
    """Refuse a word on an exception that the caller cannot see."""
    if isinstance(fact, TellingRequest):
        if not await store.is_held_back(tx, fact.cause, *caller.bounds()):
            fix = "send the cause of an open exception of class telling_held"
            raise Refused(422, "nobody is held back from being told of this cause", "cause", fix)
    elif not await store.knows_exception(tx, fact.exception_id, *caller.bounds()):
        fix = "send the exception_id of an exception that GET /v1/exceptions shows"
        raise Refused(422, "this exception is not known", "exception_id", fix, (), _AGAIN)


async def _guard_node(tx: Tx, caller: Caller, fact: Fact) -> None:
    """Refuse what is at another node than the caller's; of a truck, the node is where it was booked or arrived."""
    if isinstance(fact, AppointmentWithdrawn | UnloadingBegun | CloseRequested):
        if not await store.knows_truck(tx, fact.asn_id, caller.bounds()[1]):
            raise unknown("truck", "asn_id", "its appointment or its arrival")
        return
    node = getattr(fact, "node", None)
    if node is not None and not caller.may_see_node(node):
        raise unknown("node", "node", "the node")


def _nodes(fact: Fact) -> dict[str, str | None]:
    """Return the nodes that a fact names, by field."""
    if isinstance(fact, OrderPlaced | AsnReceived | PurchaseOrderUpserted):
        return {"node": fact.node}
    if isinstance(fact, TransferRequested | TransferShipped):
        return {"origin": fact.origin, "destination": fact.destination}
    return {}


def _guard_languages(merchant: MerchantUpserted) -> None:
    for place, language in enumerate(merchant.languages):
        if language not in LANGUAGES:
            fix = f"use {', '.join(LANGUAGES)}; another language is a folder of shared/texts"
            raise Refused(422, "there are no texts in this language", f"languages.{place}", fix)


async def _guard_order(tx: Tx, order: OrderPlaced) -> None:
    for field, country in countries(order):
        if not is_country(country):
            fix = "send its ISO 3166-1 alpha-2 code, such as NL"
            raise Refused(422, "must be the two capital letters of a country", field, fix)
    if not await store.knows_merchant(tx, order.merchant):
        raise unknown("merchant", "merchant", "the merchant")
    if not await store.sells_to(tx, order.merchant, order.market):
        fix = "send the market that the customer ordered in, or add it to the markets of the merchant"
        raise Refused(422, "the merchant does not sell to this market", "market", fix)
    if order.priority != STANDARD and not await store.knows_priority(tx, order.merchant, order.priority):
        raise unknown("priority", "priority", "a policy of the merchant whose head_starts name it")


def unknown(thing: str, field: str, sent: str) -> Refused:
    """Return the refusal of what names something that gateway has not heard of, or not yet."""
    fix = f"send {sent} first; if that was sent by topic just now, send this again in a second"
    return Refused(422, f"this {thing} is not known", field, fix, (), _AGAIN)
