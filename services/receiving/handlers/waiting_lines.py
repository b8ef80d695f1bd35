"""Lines of ASNs and purchase orders that waited for a product, and join the inbound."""

from collections.abc import Collection

from services.receiving.domain.asns import asns as asn_domain
from services.receiving.domain.catalogue import Product
from services.receiving.domain.purchase_orders import purchase_orders as order_domain
from services.receiving.handlers.asns.asns import name_findings, supplies_of_lines
from services.receiving.handlers.dock.receiving_advices import tell_closed
from services.receiving.handlers.inbound import inbound_announced
from services.receiving.handlers.scanning.tallies import make_room
from services.receiving.store import catalogue, supplies
from services.receiving.store.asns import asns
from services.receiving.store.purchase_orders import coverage, purchase_orders
from shared.messaging.transaction import Tx


async def count_waiting_lines(tx: Tx, known: Collection[Product], trace: str | None) -> None:
    """Count all lines that waited for these products, so that each position is announced once."""
    skus = {product.sku for product in known}
    waiting = await asns.lock_asns(tx, await asns.asns_waiting_for(tx, known))
    owing = await purchase_orders.orders_waiting_for(tx, skus)
    if not waiting and not owing:
        return
    orders = {*owing, *await asns.orders_named_by(tx, waiting)}
    await purchase_orders.lock_orders(tx, orders)
    lines = await asns.uncounted_lines(tx, waiting)
    owed = await purchase_orders.uncounted_lines(tx, owing)
    products = await catalogue.catalogue(tx, lines, more_skus={line.sku for line in owed})
    lines = [line for line in asn_domain.count_lines(lines, products) if line.units]
    owed = [line for line in order_domain.count_lines(owed, products) if line.units]
    counted_supplies = supplies_of_lines(waiting, lines)
    nodes = await purchase_orders.nodes(tx, owing)
    ordered = {(line.supply_id, line.sku, nodes[line.po_number]) for line in owed}
    traces: dict[str, str | None] = dict.fromkeys(waiting, trace)
    async with inbound_announced(tx, dict.fromkeys(counted_supplies | ordered, trace), orders):
        await asns.count_lines(tx, lines)
        await purchase_orders.count_lines(tx, owed)
        await supplies.expect(tx, counted_supplies)
        await coverage.expect_orders(tx, ordered)
        await make_room(tx, counted_supplies, traces)
    await tell_closed(tx, {asn_id: trace for asn_id, _, _ in counted_supplies})
    await name_findings(tx, waiting, traces)
