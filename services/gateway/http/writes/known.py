"""What an order or a delivery names must be known, or it would wait for it in silence.

What is sent over HTTP is known from then on; what is sent by topic may be a second behind, so a refusal says when to
send again.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from services.gateway.http.door.refusals import Refused
from services.gateway.store import callers as store
from services.gateway.store.known import keep_known
from shared.contracts.asns import AsnReceived
from shared.contracts.fields import Fact
from shared.contracts.orders import STANDARD, LineSwapped, OrderPlaced, countries, is_country
from shared.contracts.purchase_orders import PurchaseOrderUpserted
from shared.messaging.transaction import Tx

_AGAIN: Final = {"Retry-After": "1"}


async def guard_known(tx: Tx, facts: Sequence[Fact]) -> None:
    """Refuse orders of what is not known, and deliveries to unknown nodes; what is made known here is kept first."""
    await keep_known(tx, facts)
    for fact in facts:
        skus = dict(_ordered_skus(fact))
        known = await store.merchants_of(tx, set(skus.values()))
        for field, sku in skus.items():
            if sku not in known:
                raise _unknown("SKU", field, "the product")
        node = fact.node if isinstance(fact, OrderPlaced | AsnReceived | PurchaseOrderUpserted) else None
        if node and not await store.knows_node(tx, node):
            raise _unknown("node", "node", "the node")
        if isinstance(fact, OrderPlaced):
            await _guard_order(tx, fact)


async def _guard_order(tx: Tx, order: OrderPlaced) -> None:
    for field, country in countries(order):
        if not is_country(country):
            fix = "send its ISO 3166-1 alpha-2 code, such as NL"
            raise Refused(422, "must be the two capital letters of a country", field, fix)
    if not await store.knows_merchant(tx, order.merchant):
        raise _unknown("merchant", "merchant", "the merchant")
    if order.priority != STANDARD and not await store.knows_priority(tx, order.merchant, order.priority):
        raise _unknown("priority", "priority", "a policy of the merchant whose head_starts name it")


def _ordered_skus(fact: Fact) -> Iterator[tuple[str, str]]:
    """Find the goods that are ordered."""
    if isinstance(fact, OrderPlaced):
        yield from ((f"lines.{place}.sku", line.sku) for place, line in enumerate(fact.lines))
    if isinstance(fact, LineSwapped):
        yield "sku", fact.sku


def _unknown(thing: str, field: str, sent: str) -> Refused:
    fix = f"send {sent} first; if that was sent by topic just now, send this again in a second"
    return Refused(422, f"this {thing} is not known", field, fix, (), _AGAIN)
