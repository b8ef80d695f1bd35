"""Handlers that store nodes, suppliers, policies and products, and wake what waited for them."""

from collections.abc import Sequence

from services.receiving.domain.catalogue import Pack, Product, Sku, gtin14
from services.receiving.handlers.inbound import inbound_announced
from services.receiving.handlers.scanning.tallies import make_room
from services.receiving.handlers.waiting_lines import count_waiting_lines
from services.receiving.store import catalogue
from services.receiving.store.asns import asns
from services.receiving.store.scanning import tallies
from shared.contracts.products import ProductUpserted
from shared.contracts.queues import QueueChanged
from shared.contracts.settings import NodeUpserted, PolicyUpserted, SupplierUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def keep_nodes(tx: Tx, nodes: Sequence[Event[NodeUpserted]]) -> None:
    """Store nodes and their working days, and wake the events that wait for them."""
    newest = {event.body.node: event.body for event in sorted(nodes, key=lambda e: e.body.version)}
    lanes = [(n.node, place, x.lane, x.capacity) for n in newest.values() for place, x in enumerate(n.lanes, 1)]
    await catalogue.keep_nodes(tx, [_node(node) for _, node in sorted(newest.items())], lanes)
    tx.arrived(*(f"node:{node}" for node in newest))


async def keep_suppliers(tx: Tx, suppliers: Sequence[Event[SupplierUpserted]]) -> None:
    """Store the codes that files use for suppliers, and the order in which suppliers print dates."""
    newest = {event.body.supplier_id: event.body for event in sorted(suppliers, key=lambda e: e.body.version)}
    rows = [(s.supplier_id, s.version, list(s.also_known_as), s.printed_dates) for s in newest.values()]
    await catalogue.keep_suppliers(tx, rows)


async def keep_policies(tx: Tx, policies: Sequence[Event[PolicyUpserted]]) -> None:
    """Store what merchants tolerate, for a SKU or for all; units that were over may be within it by now."""
    newest = {event.key: event.body for event in sorted(policies, key=lambda e: e.body.version)}
    rows = [(p.merchant, p.sku or "", p.version, p.over_percent, p.short_percent) for p in newest.values()]
    await catalogue.keep_policies(tx, rows)
    over = await tallies.over_by_policies(tx, [(row[0], row[1]) for row in rows])
    if over:
        trace = policies[-1].traceparent
        await asns.lock_asns(tx, {asn_id for asn_id, _, _ in over})
        async with inbound_announced(tx, dict.fromkeys(over, trace)):
            await make_room(tx, over, {asn_id: trace for asn_id, _, _ in over})


async def keep_queues(tx: Tx, queues: Sequence[Event[QueueChanged]]) -> None:
    """Store how many units wait at each position."""
    newest = {event.key: event.body for event in sorted(queues, key=lambda e: e.body.version)}
    rows = [(q.sku, q.node, q.version, q.waiting_lines, q.waiting_units, q.waiting_value) for q in newest.values()]
    await catalogue.keep_queues(tx, sorted(rows))


async def keep_products(tx: Tx, products: Sequence[Event[ProductUpserted]]) -> None:
    """Store SKUs and their packs, count the lines that waited for them, and wake their scans."""
    newest = {event.body.sku: event for event in sorted(products, key=lambda e: e.body.version)}
    known = await catalogue.keep_products(tx, [(_product(e.body), e.body.version) for e in newest.values()])
    await count_waiting_lines(tx, known, products[-1].traceparent)
    tx.arrived(*(f"gtin:{pack.gtin}" for product in known for pack in product.packs))


def _product(body: ProductUpserted) -> Product:
    packs = {gtin14(pack.gtin): Pack(gtin14(pack.gtin), pack.units, pack.level) for pack in body.packs}
    life = (body.shelf_life_days, body.min_life_days)
    return Product(Sku(body.sku), body.dated, tuple(packs.values()), body.merchant, *life, body.supplier_id)


def _node(body: NodeUpserted) -> tuple[object, ...]:
    dock = body.dock
    hours = (dock.opens, dock.closes, dock.slot_minutes, dock.no_show_minutes) if dock else (None,) * 4
    return (
        body.node, body.version, body.zone, sorted(body.working_days), sorted(body.holidays), list(body.also_known_as),
        list(dock.doors) if dock else [], *hours, body.dock_days, body.rework_days, body.blind_receipts,
    )  # fmt: skip
