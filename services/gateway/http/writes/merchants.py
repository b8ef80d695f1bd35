"""Writes of a key that is bound to a merchant: their own products, orders and contacts.

A SKU or an order that gateway has not heard of may be another's whose news is on its way: only one that begins with the
merchant's name becomes theirs. Another merchant's ids and ids that nobody has yet are refused in the same words, so
that the answer tells nothing of others.
"""

from collections.abc import Sequence

from services.gateway.domain.callers import names_merchant
from services.gateway.http.door.refusals import Refused
from services.gateway.store import callers as store
from shared.contracts.contacts import ContactGiven
from shared.contracts.fields import Fact
from shared.contracts.orders import LineSwapped, OrderChange, OrderPlaced
from shared.contracts.products import ProductUpserted
from shared.messaging.transaction import Tx


async def guard(tx: Tx, merchant: str | None, facts: Sequence[Fact]) -> None:
    """Refuse what is not the merchant's own; without a merchant only a name that no merchant can have."""
    for fact in facts:
        _guard_name(getattr(fact, "merchant", ""))
    if merchant is None:
        return
    for fact in facts:
        if isinstance(fact, OrderChange):
            await _guard_change(tx, merchant, fact)
        else:
            await _guard(tx, merchant, fact)


def _guard_name(merchant: str) -> None:
    if "/" in merchant:
        fix = "use a name without a slash: a slash ends the merchant's name in ids, such as acme/1001"
        raise Refused(422, "a merchant's name must not contain /", "merchant", fix)


async def _guard(tx: Tx, merchant: str, fact: Fact) -> None:
    if not isinstance(fact, ProductUpserted | OrderPlaced | ContactGiven):
        fix = "use a key of the installation"
        raise Refused(403, "a key that is bound to a merchant does not open this", "Authorization", fix)
    if fact.merchant != merchant:
        raise _not_his("merchant", "name the merchant of your key")
    if isinstance(fact, ProductUpserted):
        await _guard_product(tx, merchant, fact)
    if isinstance(fact, OrderPlaced):
        await _guard_order(tx, merchant, fact)
    if isinstance(fact, ContactGiven) and not await store.is_order_of(tx, fact.order_id, merchant):
        raise _not_his("order_id", "send the order first, under an id of your own")


async def _guard_product(tx: Tx, merchant: str, product: ProductUpserted) -> None:
    if await store.skus_of(tx, {product.sku}, merchant):
        return
    if not names_merchant(product.sku, merchant):
        raise _not_his("sku", f"begin it with {merchant}/")
    if not await store.claim_sku(tx, product.sku, merchant):
        raise _not_his("sku", "use a SKU of your own")


async def _guard_order(tx: Tx, merchant: str, order: OrderPlaced) -> None:
    """Refuse an order of other merchants' SKUs, or another merchant's order."""
    own = await store.skus_of(tx, {line.sku for line in order.lines}, merchant)
    for place, line in enumerate(order.lines):
        if line.sku not in own:
            raise _not_his(f"lines.{place}.sku", "send the product first, under a SKU of your own")
    if await store.is_order_of(tx, order.order_id, merchant):
        return
    if not names_merchant(order.order_id, merchant):
        raise _not_his("order_id", f"begin it with {merchant}/")
    if not await store.claim_order(tx, order.order_id, merchant):
        raise _not_his("order_id", "use an id of your own")


async def _guard_change(tx: Tx, merchant: str, change: OrderChange) -> None:
    if not await store.is_order_of(tx, change.order_id, merchant):
        raise _not_his("order_id", "send the order first, under an id of your own")
    if isinstance(change, LineSwapped) and not await store.skus_of(tx, {change.sku}, merchant):
        raise _not_his("sku", "name a SKU of your own")


def _not_his(field: str, fix: str) -> Refused:
    return Refused(403, "this is not known as your merchant's own", field, fix)
