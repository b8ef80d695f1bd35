"""Receipts that a warehouse system posted by itself."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple

from services.receiving.domain.scanning.wms_receipts import OverOrdered, PostedByWms, WmsReceipt
from services.receiving.store import QUERIES
from services.receiving.store.supplies import add_received
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def posted(tx: Tx, receipt_ids: Collection[str]) -> dict[str, PostedByWms]:
    """Read receipts that were posted before; unknown ones are left out."""
    rows = await tx.fetch(QUERIES["receipts_of_wms"], list(receipt_ids))
    return {row["receipt_id"]: PostedByWms(row["receipt_id"], row["units"], row["taken_back"]) for row in rows}


async def shares_left(tx: Tx, receipt_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Read how many units of receipts without a supply purchase orders count by now."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in await tx.fetch(QUERIES["shares_left"], list(receipt_ids)):
        found[row["receipt_id"]][row["po_number"]] = row["units"]
    return found


async def over_ordered(tx: Tx, supply_ids: Iterable[str]) -> list[OverOrdered]:
    """Read those of these lines of purchase orders of which more came than was ordered."""
    return [OverOrdered(**row) for row in await tx.fetch(QUERIES["over_ordered"], list(supply_ids))]


async def add_receipts(tx: Tx, receipts: Collection[WmsReceipt], shares: Mapping[str, Mapping[str, int]]) -> None:
    """Write receipts with the shares of purchase orders, and add them to what their supplies have brought."""
    await add_received(tx, [(r.supply_id, *r.position, r.units, r.disposition) for r in receipts if r.supply_id])
    await tx.execute(QUERIES["add_receipts_of_wms"], *columns(map(astuple, receipts), 11))
    rows = ((receipt_id, *share) for receipt_id, of in shares.items() for share in of.items())
    await tx.execute(QUERIES["add_blind_shares"], *columns(rows, 3))


async def orders_of(tx: Tx, supply_ids: Iterable[str]) -> dict[str, str]:
    """Return the purchase orders whose lines these supplies are; other supplies are left out."""
    rows = await tx.fetch(QUERIES["orders_of_supplies"], list(supply_ids))
    return {row["supply_id"]: row["po_number"] for row in rows}
