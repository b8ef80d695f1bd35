"""What a body names must be of one merchant; and one of the caller's own, where they are bound to some.

A SKU or an order that gateway has not heard of may be another's whose news is on its way: for a key that is bound to a
merchant only one that begins with the merchant's name becomes theirs. Another merchant's ids and ids that nobody has
yet are refused in the same words, so that the answer tells nothing of others. Nodes and suppliers are shared, but for
those whose id begins with another name and a slash.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from services.gateway.domain.callers import Caller, names_merchant
from services.gateway.http.door.refusals import Refused
from services.gateway.http.writes.known import unknown
from services.gateway.store import callers as store
from shared.contracts.contacts import ContactGiven
from shared.contracts.counts import CountRecorded, OnHandReported
from shared.contracts.fields import Fact
from shared.contracts.notices import NoticeBounced, NoticeFailed, NoticeSent
from shared.contracts.orders import LineSwapped, LinksRevoked, OrderChange, OrderPlaced, RemindersDeclined
from shared.contracts.products import ProductUpserted
from shared.contracts.stock_requests import (
    HoldRequested,
    LotCorrectionRequested,
    StatusChangeRequested,
    UnholdRequested,
)
from shared.contracts.transfers import TransferRequested, TransferShipped
from shared.messaging.transaction import Tx

OfOrder: TypeAlias = OrderChange | LinksRevoked | RemindersDeclined | NoticeSent | NoticeFailed | NoticeBounced
OfGoods: TypeAlias = (
    HoldRequested | UnholdRequested | StatusChangeRequested | LotCorrectionRequested | CountRecorded | OnHandReported
)
Known: TypeAlias = Mapping[str, tuple[str, bool]]  # the merchants of SKUs, and whether these are bundles


async def guard(tx: Tx, caller: Caller, facts: Sequence[Fact]) -> None:
    """Refuse what names goods of several merchants, and what is not of a merchant that the caller is bound to."""
    for fact in facts:
        _guard_name(getattr(fact, "merchant", ""))
        of, named = await _merchant_of(tx, fact), dict(_skus_in(fact))
        known = await store.merchants_of(tx, {*named.values(), *_own_sku(fact)})
        if caller.merchants is not None:
            await _guard_own(tx, caller, fact, of, known)
        _guard_skus(named, known, of, is_own=caller.merchants is not None)
        if not isinstance(fact, ProductUpserted):
            _guard_known_skus(named, known)
        if isinstance(fact, ProductUpserted):
            await _guard_bundle(tx, fact, known)


def _guard_name(merchant: str) -> None:
    if "/" in merchant:
        fix = "use a name without a slash: a slash ends the merchant's name in ids, such as acme/1001"
        raise Refused(422, "a merchant's name must not contain /", "merchant", fix)


async def _merchant_of(tx: Tx, fact: Fact) -> str | None:
    """Return whose it is: as it says, or as the order that it changes."""
    if isinstance(fact, OfOrder):
        return await store.merchant_of_order(tx, fact.order_id)
    return getattr(fact, "merchant", None)


async def _guard_own(tx: Tx, caller: Caller, fact: Fact, of: str | None, known: Known) -> None:
    """Refuse what is not the caller's own. Whose an exception is, or a cause that is held, `known` looks at."""
    if isinstance(fact, OfOrder) and not caller.may_see_merchant(of):
        raise _not_his("order_id", "send the order first, under an id of your own")
    if isinstance(fact, OfGoods) and not caller.may_see_merchant(known.get(fact.sku, ("", False))[0]):
        raise _not_his("sku", "send the product first, under a SKU of your own")
    if isinstance(fact, ProductUpserted | OrderPlaced | ContactGiven):
        if not caller.may_see_merchant(fact.merchant):
            raise _not_his("merchant", "name the merchant of your key")
        await _guard_new(tx, fact, known)


async def _guard_new(tx: Tx, fact: ProductUpserted | OrderPlaced | ContactGiven, known: Known) -> None:
    """Refuse a product, an order or a contact under an id that is not its merchant's."""
    _guard_shared(fact.merchant, fact)
    if isinstance(fact, ProductUpserted):
        await _guard_product(tx, fact.merchant, fact, known)
    if isinstance(fact, OrderPlaced):
        await _guard_order(tx, fact.merchant, fact)
    if isinstance(fact, ContactGiven) and await store.merchant_of_order(tx, fact.order_id) != fact.merchant:
        raise _not_his("order_id", "send the order first, under an id of your own")


def _guard_shared(merchant: str, fact: ProductUpserted | OrderPlaced | ContactGiven) -> None:
    for field in ("node", "supplier_id"):
        named = getattr(fact, field, None) or ""
        if "/" in named and not names_merchant(named, merchant):
            raise _not_his(field, "name your own, or one that is shared")


async def _guard_product(tx: Tx, merchant: str, product: ProductUpserted, known: Known) -> None:
    if product.sku in known and known[product.sku][0] == merchant:
        return
    if not names_merchant(product.sku, merchant):
        raise _not_his("sku", f"begin it with {merchant}/")
    if not await store.claim_sku(tx, product.sku, merchant):
        raise _not_his("sku", "use a SKU of your own")


async def _guard_order(tx: Tx, merchant: str, order: OrderPlaced) -> None:
    if await store.merchant_of_order(tx, order.order_id) == merchant:
        return
    if not names_merchant(order.order_id, merchant):
        raise _not_his("order_id", f"begin it with {merchant}/")
    if not await store.claim_order(tx, order.order_id, merchant):
        raise _not_his("order_id", "use an id of your own")


def _guard_skus(named: Mapping[str, str], known: Known, merchant: str | None, *, is_own: bool) -> None:
    """Refuse goods of another merchant; a key of the installation may name components that are still on their way."""
    for field, sku in named.items():
        if is_own and (sku not in known or known[sku][0] != merchant):
            raise _not_his(field, "send the product first, under a SKU of your own")
        if merchant is not None and sku in known and known[sku][0] != merchant:
            raise Refused(422, "this SKU is of another merchant", field, "name SKUs of one merchant")


def _guard_known_skus(named: Mapping[str, str], known: Known) -> None:
    """Refuse what names goods that nobody has made known: it would wait for these in silence."""
    for field, sku in named.items():
        if sku not in known:
            raise unknown("SKU", field, "the product")


def _own_sku(fact: Fact) -> set[str]:
    return {fact.sku} if isinstance(fact, ProductUpserted | OfGoods) else set()


def _skus_in(fact: Fact) -> Iterator[tuple[str, str]]:
    """Find where a body names goods beside its own."""
    if isinstance(fact, OrderPlaced):
        yield from ((f"lines.{place}.sku", line.sku) for place, line in enumerate(fact.lines))
    if isinstance(fact, LineSwapped):
        yield "sku", fact.sku
    if isinstance(fact, TransferRequested):
        yield from ((f"lines.{place}.sku", line.sku) for place, line in enumerate(fact.lines))
    if isinstance(fact, TransferShipped):
        for place, carton in enumerate(fact.cartons):
            yield from ((f"cartons.{place}.lines.{n}.sku", line.sku) for n, line in enumerate(carton.lines))
    if isinstance(fact, ProductUpserted):
        yield from ((f"components.{place}.sku", part.sku) for place, part in enumerate(fact.components))


async def _guard_bundle(tx: Tx, product: ProductUpserted, known: Known) -> None:
    """Refuse another merchant's SKU, and bundles in bundles."""
    if product.sku in known and known[product.sku][0] != product.merchant:
        raise Refused(422, "this SKU is of another merchant", "merchant", "name its merchant, or use another SKU")
    for place, part in enumerate(product.components):
        if part.sku in known and known[part.sku][1]:
            fix = "name its components instead"
            raise Refused(422, "this component is a bundle itself", f"components.{place}.sku", fix)
    if product.components and (bundle := await store.bundle_of(tx, product.sku)):
        fix = "take it out of that bundle first, or send it without components"
        raise Refused(422, f"it is a component of the bundle {bundle}, and so no bundle itself", "components", fix)


def _not_his(field: str, fix: str) -> Refused:
    return Refused(403, "this is not known as your merchant's own", field, fix)
