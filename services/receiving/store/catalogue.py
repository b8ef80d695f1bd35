"""Nodes and products."""

from collections.abc import Collection, Iterable
from datetime import date
from itertools import groupby

from services.receiving.domain.asns import Line, Node
from services.receiving.domain.calendar import Calendar
from services.receiving.domain.catalogue import Catalogue, Pack, Product, Sku, catalogue_of
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

NodeRow = tuple[str, int, str, list[int], list[date]]


async def keep_nodes(tx: Tx, nodes: Collection[NodeRow]) -> None:
    await tx.connection.executemany(QUERIES["keep_nodes"], nodes)


async def calendars(tx: Tx, nodes: Collection[Node]) -> dict[Node, Calendar]:
    """The days on which these nodes work; unknown ones are left out."""
    rows = await tx.connection.fetch(QUERIES["calendars"], list(nodes))
    return {row["node"]: Calendar(frozenset(row["working_days"]), frozenset(row["holidays"])) for row in rows}


async def hold_catalogue(tx: Tx) -> None:
    """From now on no product becomes known before this transaction has said what waits for it."""
    await tx.connection.execute(QUERIES["hold_catalogue"])


async def keep_products(tx: Tx, products: Iterable[tuple[Product, int]]) -> list[Product]:
    """Keeps products that are newer than what was known, each with its packs; those that were."""
    told = {product.sku: (product, version) for product, version in products}
    await tx.connection.execute(QUERIES["change_catalogue"])
    versions = [(sku, version, product.dated) for sku, (product, version) in told.items()]
    rows = await tx.connection.fetch(QUERIES["keep_products"], *columns(versions, 3))
    newer = [told[row["sku"]][0] for row in rows]
    await tx.connection.execute(QUERIES["forget_packs"], [product.sku for product in newer])
    packs = [(product.sku, pack.gtin, pack.units, pack.level) for product in newer for pack in product.packs]
    await tx.connection.execute(QUERIES["keep_packs"], *columns(packs, 4))
    return newer


async def catalogue(tx: Tx, lines: Iterable[Line], gtins: Iterable[str] = ()) -> Catalogue:
    """What is known of the SKUs and barcodes of lines, and of more barcodes."""
    lines = list(lines)
    skus = {line.sku for line in lines if line.sku}
    barcodes = {line.gtin for line in lines if line.gtin} | set(gtins)
    rows = await tx.connection.fetch(QUERIES["catalogue"], list(skus), list(barcodes))
    return catalogue_of(
        Product(Sku(sku), dated, tuple(Pack(r["gtin"], r["units"], r["level"]) for r in some if r["gtin"]))
        for (sku, dated), some in groupby(rows, key=lambda row: (row["sku"], row["dated"]))
    )
