"""Known nodes, SKUs and policies."""

from collections.abc import Collection

from services.inventory.domain.counts import Policies
from services.inventory.domain.ledger import Sku
from services.inventory.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def keep_nodes(tx: Tx, nodes: Collection[tuple[str, int, str]]) -> None:
    await tx.execute(QUERIES["keep_nodes"], *columns(nodes, 3))


async def keep_products(tx: Tx, products: Collection[tuple[str, int, str, bool, int]]) -> None:
    """Store SKUs; where a minimum life changed, change the day by which their lots must leave."""
    skus = [product[0] for product in products]
    await tx.execute(QUERIES["lock_products"], skus)
    changed = [row["sku"] for row in await tx.fetch(QUERIES["keep_products"], *columns(products, 5))]
    await tx.execute(QUERIES["lock_positions_of"], changed)
    await tx.execute(QUERIES["set_last_days"], changed)


async def keep_policies(tx: Tx, policies: Collection[tuple[str, str, int, int]]) -> None:
    await tx.execute(QUERIES["keep_policies"], *columns(policies, 4))


async def policies_of(tx: Tx, skus: Collection[Sku]) -> tuple[dict[Sku, str], Policies]:
    """Return the merchants of SKUs, and the percent by which their counts may differ."""
    rows = await tx.fetch(QUERIES["policies"], list(skus))
    own = {(row["merchant"], row["sku"]): row["of_sku"] for row in rows if row["of_sku"] is not None}
    every = {(row["merchant"], None): row["of_merchant"] for row in rows if row["of_merchant"] is not None}
    return {Sku(row["sku"]): row["merchant"] for row in rows}, {**own, **every}


async def unknown_nodes(tx: Tx, nodes: Collection[str]) -> set[str]:
    rows = await tx.fetch(QUERIES["known_nodes"], list(nodes))
    return set(nodes) - {row["node"] for row in rows}


async def unknown_skus(tx: Tx, skus: Collection[str]) -> set[str]:
    rows = await tx.fetch(QUERIES["known_skus"], list(skus))
    return set(skus) - {row["sku"] for row in rows}
