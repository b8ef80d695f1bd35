"""Pages of SKUs over their nodes. Whoever changes a position's page rolls it up in the same transaction."""

from collections.abc import Collection, Iterable

from services.allocation.domain.page import Page, page_from_text
from services.allocation.domain.position import PositionKey
from services.allocation.store import QUERIES, write
from shared.messaging.transaction import Tx


async def lock_rollups(tx: Tx, skus: Collection[str]) -> dict[str, tuple[Page | None, int]]:
    """Lock the roll-ups of SKUs until the transaction ends; return what each shows, and its version."""
    await tx.execute(QUERIES["create_rollups"], sorted(skus))
    rows = await tx.fetch(QUERIES["lock_rollups"], sorted(skus))
    return {row["sku"]: (page_from_text(row["page"]) if row["page"] else None, row["version"]) for row in rows}


async def pages(tx: Tx, skus: Collection[str]) -> list[tuple[PositionKey, Page]]:
    """Read the pages of positions of SKUs whose roll-ups are locked."""
    rows = await tx.fetch(QUERIES["pages"], list(skus))
    return [((row["sku"], row["node"]), page_from_text(row["page"])) for row in rows]


async def set_rollups(tx: Tx, rows: Iterable[tuple[str, str, int]]) -> None:
    """Write (sku, page, version)."""
    await write(tx, "set_rollups", rows)
