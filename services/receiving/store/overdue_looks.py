"""Supplies that did not come yet, and when to look whether they are overdue."""

from collections.abc import Collection, Iterable
from datetime import datetime

from services.receiving.domain.dock.overdue import Look, Owing
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def look_at_asns(tx: Tx, asn_ids: Collection[str]) -> None:
    """Look at revised ASNs once they are overdue, and now if they were told as such."""
    await tx.execute(QUERIES["look_at_asns"], list(asn_ids))


async def look_at_orders(tx: Tx, po_numbers: Collection[str]) -> None:
    """Look at the lines of purchase orders once they are overdue, and now if they were told as such."""
    await tx.execute(QUERIES["look_at_order_lines"], list(po_numbers))


async def look_again(tx: Tx, supply_ids: Collection[str]) -> None:
    """Look again at what was told as overdue, since it came, was closed or cancelled."""
    await tx.execute(QUERIES["look_again_now"], list(supply_ids))


async def looks_due(tx: Tx, at_once: int) -> list[Look]:
    """Read the supplies to look at by now."""
    return [Look(**row) for row in await tx.fetch(QUERIES["looks_due"], at_once)]


async def lines_owed(tx: Tx, supply_ids: Collection[str]) -> list[Owing]:
    """Read what lines of purchase orders still owe, and since when."""
    rows = await tx.fetch(QUERIES["order_lines_owed"], list(supply_ids))
    return [Owing(row["supply_id"], row["supplier_id"], row["node"], row["due_on"]) for row in rows]


async def set_looks(tx: Tx, looks: Iterable[tuple[str, int, datetime]]) -> None:
    """Store (supply, level, when to look next)."""
    await tx.execute(QUERIES["set_looks"], *columns(looks, 3))


async def drop_looks(tx: Tx, supply_ids: Collection[str]) -> None:
    """Look no more at supplies of which nothing more comes."""
    await tx.execute(QUERIES["drop_looks"], list(supply_ids))
