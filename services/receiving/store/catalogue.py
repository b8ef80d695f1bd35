"""Nodes and products."""

from collections.abc import Collection, Iterable
from itertools import groupby

import asyncpg

from services.receiving.domain.asns.asns import Line
from services.receiving.domain.calendar import Calendar
from services.receiving.domain.catalogue import Catalogue, Node, Pack, Product, Sku, Tolerance, catalogue_of
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

NodeRow = tuple[object, ...]  # the columns of `keep_nodes`
LaneRow = tuple[str, int, str, int]
QueueRow = tuple[str, str, int, int, int, int]


async def keep_nodes(tx: Tx, nodes: Collection[NodeRow], lanes: Iterable[LaneRow]) -> None:
    """Store nodes that are newer than what was known, each with its lanes."""
    await tx.connection.executemany(QUERIES["keep_nodes"], nodes)
    versions = [(node[0], node[1]) for node in nodes]
    rows = await tx.fetch(QUERIES["nodes_of_version"], *columns(versions, 2))
    standing = {row["node"] for row in rows}
    await tx.execute(QUERIES["forget_lanes"], list(standing))
    await tx.execute(QUERIES["keep_lanes"], *columns((lane for lane in lanes if lane[0] in standing), 4))


async def keep_suppliers(tx: Tx, suppliers: Collection[tuple[str, int, list[str], str]]) -> None:
    """Store (supplier, version, code in files, order in which they print dates)."""
    await tx.connection.executemany(QUERIES["keep_suppliers"], suppliers)


async def keep_policies(tx: Tx, policies: Collection[tuple[str, str, int, int, int]]) -> None:
    """Store (merchant, SKU or nothing, version, percent over, percent short)."""
    await tx.execute(QUERIES["keep_policies"], *columns(policies, 5))


async def tolerances(tx: Tx, skus: Collection[Sku]) -> dict[Sku, Tolerance]:
    """Read what is tolerated of SKUs; those without a policy are left out."""
    rows = await tx.fetch(QUERIES["tolerances"], list(skus))
    return {row["sku"]: Tolerance(row["over_percent"], row["short_percent"]) for row in rows}


async def keep_queues(tx: Tx, queues: Collection[QueueRow]) -> None:
    """Store (SKU, node, version, lines, units and value that wait)."""
    await tx.execute(QUERIES["keep_queues"], *columns(queues, 6))


async def calendars(tx: Tx, nodes: Collection[Node]) -> dict[Node, Calendar]:
    """Read the working days of these nodes; unknown ones are left out."""
    rows = await tx.fetch(QUERIES["calendars"], list(nodes))
    return {row["node"]: Calendar(frozenset(row["working_days"]), frozenset(row["holidays"])) for row in rows}


async def hold_catalogue(tx: Tx) -> None:
    """Let no product become known until this transaction has stored what waits for it."""
    await tx.execute(QUERIES["hold_catalogue"])


async def keep_products(tx: Tx, products: Iterable[tuple[Product, int]]) -> list[Product]:
    """Store products that are newer than what was known, each with its packs; return these."""
    by_sku = {product.sku: (product, version) for product, version in products}
    await tx.execute(QUERIES["change_catalogue"])
    versions = [
        (sku, version, p.dated, p.merchant, p.shelf_life_days, p.min_life_days, p.supplier_id)
        for sku, (p, version) in by_sku.items()
    ]
    rows = await tx.fetch(QUERIES["keep_products"], *columns(versions, 7))
    newer = [by_sku[row["sku"]][0] for row in rows]
    await tx.execute(QUERIES["forget_packs"], [product.sku for product in newer])
    packs = [(product.sku, pack.gtin, pack.units, pack.level) for product in newer for pack in product.packs]
    await tx.execute(QUERIES["keep_packs"], *columns(packs, 4))
    return newer


async def catalogue(
    tx: Tx, lines: Iterable[Line], gtins: Iterable[str] = (), more_skus: Iterable[Sku] = ()
) -> Catalogue:
    """Read what is known of the SKUs and barcodes of lines, and of more SKUs and barcodes."""
    lines = list(lines)
    skus = {line.sku for line in lines if line.sku} | set(more_skus)
    barcodes = {line.gtin for line in lines if line.gtin} | set(gtins)
    rows = await tx.fetch(QUERIES["catalogue"], list(skus), list(barcodes))
    return catalogue_of(_product(list(records)) for _, records in groupby(rows, key=lambda row: row["sku"]))


def _product(rows: list[asyncpg.Record]) -> Product:
    """Make a product from its rows, one for each pack."""
    of = rows[0]
    packs = tuple(Pack(row["gtin"], row["units"], row["level"]) for row in rows if row["gtin"])
    life = (of["shelf_life_days"], of["min_life_days"])
    return Product(of["sku"], of["dated"], packs, of["merchant"], *life, of["supplier_id"])
