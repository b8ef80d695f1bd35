"""What can be had of a bundle follows from the pages of its components."""

from collections.abc import Iterable, Sequence
from typing import Final

from services.allocation.domain.bundle import page_of_bundle
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.page import Page
from services.allocation.domain.position import PositionKey
from services.allocation.handlers.decision.decided_position import DecidedPosition
from services.allocation.store import bundles
from shared.messaging.transaction import Tx

_UNKNOWN: Final = Page("out_of_stock", 0, (), 0)


async def pages_of_bundles(tx: Tx, known: PositionFacts) -> dict[PositionKey, Page]:
    """The pages of those of the positions whose SKU is a bundle; a component that shows nothing yet cannot be had."""
    made_of = {key: product.components for key in known.positions if (product := known.product(key)).components}
    shown = await bundles.pages(tx, [(sku, key[1]) for key, skus in made_of.items() for sku in skus])
    return {key: _page(known, key, shown) for key in made_of}


def _page(known: PositionFacts, key: PositionKey, shown: dict[PositionKey, Page]) -> Page:
    product, accepts = known.product(key), known.policy(key).accepts
    parts = [(shown.get((sku, key[1]), _UNKNOWN), per) for sku, per in product.components.items()]
    may_wait = product.backorderable and accepts.backorderable is not False
    return page_of_bundle(parts, known.ships_on(key), backorderable=may_wait)


async def follow_pages(tx: Tx, served: Iterable[DecidedPosition]) -> None:
    """Bundles are looked at again where the page of a component changed."""
    changed: Sequence[PositionKey] = [
        position.position.key for position in served if position.is_page_new and not position.product.components
    ]
    await bundles.decide_with(tx, changed)
