"""Nodes and products become known, and with them what waited."""

from collections.abc import Sequence

from services.receiving.domain.catalogue import Pack, Product, Sku, gtin14
from services.receiving.handlers.asns import count_lines
from services.receiving.store import asns, catalogue
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import NodeUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def keep_nodes(tx: Tx, nodes: Sequence[Event[NodeUpserted]]) -> None:
    """Nodes and their working days become known; ASNs that waited for them may go on."""
    newest = {event.body.node: event.body for event in sorted(nodes, key=lambda e: e.body.version)}
    rows = [(n.node, n.version, n.zone, sorted(n.working_days), sorted(n.holidays)) for n in newest.values()]
    await catalogue.keep_nodes(tx, rows)
    tx.arrived(*(f"node:{node}" for node in newest))


async def keep_products(tx: Tx, products: Sequence[Event[ProductUpserted]]) -> None:
    """SKUs and their packs become known; lines of ASNs that waited for them join, and scans may go on."""
    newest = {event.body.sku: event for event in sorted(products, key=lambda e: e.body.version)}
    known = await catalogue.keep_products(tx, [(_product(e.body), e.body.version) for e in newest.values()])
    waiting = await asns.lock_asns(tx, await asns.asns_waiting_for(tx, known))
    if waiting:
        await count_lines(tx, waiting, dict.fromkeys(waiting, products[-1].traceparent))
    tx.arrived(*(f"gtin:{pack.gtin}" for product in known for pack in product.packs))


def _product(body: ProductUpserted) -> Product:
    packs = {gtin14(pack.gtin): Pack(gtin14(pack.gtin), pack.units, pack.level) for pack in body.packs}
    return Product(Sku(body.sku), body.dated, tuple(packs.values()))
