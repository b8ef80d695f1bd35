"""Announcement of positions' inbound."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager

from services.receiving.domain import inbound
from services.receiving.domain.catalogue import limited_units
from services.receiving.domain.dock.windows import on_time_share
from services.receiving.domain.inbound import Inbound, Position, Supply, SupplyKey, SupplyLot
from services.receiving.store import supplies
from services.receiving.store.asns import asns
from services.receiving.store.dock import lead_times
from services.receiving.store.purchase_orders import coverage, purchase_orders
from shared.contracts.fields import DateRange
from shared.contracts.inbound import InboundChanged
from shared.contracts.inbound import Supply as SupplyTold
from shared.contracts.inbound import SupplyLot as LotTold
from shared.messaging.transaction import Tx


@asynccontextmanager
async def inbound_announced(
    tx: Tx, touched: Mapping[SupplyKey, str | None], orders: Collection[str] = ()
) -> AsyncIterator[None]:
    """Announce the whole inbound of the positions that the block really changed under their locks.

    `touched` carries the trace of the event that touches each supply, `orders` the purchase orders whose coverage the
    block may change. Those of ASNs that are done are added here, since such an ASN covers what came.
    """
    asked = {(supply_id, sku) for supply_id, sku, _ in touched}
    skus = {sku for _, sku in asked}
    done = await asns.done_asns(tx, {supply_id for supply_id, _ in asked})
    numbers = {*orders, *(await asns.orders_named_by(tx, done) if done else ())}
    traces = {(sku, node): trace for (_, sku, node), trace in touched.items()}
    if numbers:
        await purchase_orders.lock_orders(tx, numbers)
        for _, sku, node in await coverage.order_supplies(tx, numbers, skus):
            traces.setdefault((sku, node), next(iter(touched.values())))
    async with positions_announced(tx, traces):
        yield
        if numbers:
            await coverage.keep_coverage(tx, asked)
            await coverage.owe_the_rest(tx, numbers, skus)


@asynccontextmanager
async def positions_announced(tx: Tx, traces: Mapping[Position, str | None]) -> AsyncIterator[None]:
    """Lock positions, and announce the whole inbound of those that the block really changed."""
    versions = await supplies.lock_positions(tx, traces)
    before = await supplies.read_inbound(tx, traces)
    yield
    news = inbound.changed_positions(before, await supplies.read_inbound(tx, traces))
    await supplies.set_versions(tx, {position: versions[position] + 1 for position in news})
    shares = await _on_time_shares(tx, news.values())
    for position, now in news.items():
        tx.announce(_inbound(position, versions[position] + 1, now, shares), traces[position])


async def _on_time_shares(tx: Tx, news: Iterable[Inbound]) -> dict[str, int | None]:
    """Return how reliable suppliers are by now; announced with other news, and no news by itself."""
    supplier_ids = {supply.supplier_id for inbound in news for supply in inbound.supplies}
    kept = await lead_times.kept(tx, supplier_ids) if supplier_ids else {}
    return {supplier_id: on_time_share(trucks) for supplier_id, trucks in kept.items()}


def _inbound(position: Position, version: int, now: Inbound, shares: Mapping[str, int | None]) -> InboundChanged:
    sku, node = position
    listed = tuple(_supply(supply, shares.get(supply.supplier_id)) for supply in now.supplies)
    return InboundChanged(sku=sku, node=node, version=version, after_sequence=now.after_sequence, supplies=listed)


def _supply(supply: Supply, on_time_share: int | None) -> SupplyTold:
    return SupplyTold(
        supply_id=supply.supply_id, expected_units=limited_units(supply.expected_units),
        window=DateRange(earliest=supply.window.earliest, latest=supply.window.latest), basis=supply.basis,
        reliable_on=supply.reliable_on, lots=_lots(supply.lots), is_estimated=supply.is_estimated,
        supplier_id=supply.supplier_id, on_time_share=on_time_share, cause=supply.cause, reason=supply.reason,
    )  # fmt: skip


def _lots(lots: Iterable[SupplyLot]) -> tuple[LotTold, ...]:
    return tuple(LotTold(lot=lot.lot, expires_on=lot.expires_on, units=limited_units(lot.units)) for lot in lots)
