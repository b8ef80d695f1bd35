"""Every range that a line or a bundle was promised, and what customers were told of it last."""

from collections.abc import Iterable, Mapping
from typing import Final

from services.allocation.domain.line import LineKey
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise
from services.allocation.domain.supply import known_as
from services.allocation.domain.window import Window
from services.allocation.store import write
from services.allocation.store.queue import days
from shared.messaging.transaction import Tx

BundleRow = tuple[LineKey, int, PositionKey, int, Window | None, str | None, str, str, str]
_COLUMNS: Final = (
    "order_id", "line_id", "line_version", "sku", "node", "version", "units", "earliest", "latest", "supply_id",
    "reason", "cause", "consent", "promised_at",
)  # fmt: skip


async def add(tx: Tx, promises: Iterable[tuple[PositionKey, int, int, Promise, str, str]]) -> None:
    """Store (position, its version, the line's version, promise, reason, cause)."""
    rows = (
        (*p.line.line, line_version, *key, version, p.line.units, *days(p.after), known_as(p.supply), reason, cause,
         p.delay.consent, tx.now)
        for key, version, line_version, p, reason, cause in promises
    )  # fmt: skip
    await tx.copy("promises", _COLUMNS, rows)


async def add_of_bundles(tx: Tx, promises: Iterable[BundleRow]) -> None:
    """Store (line, its version, SKU and node, units, range, supply, reason, cause, consent) of bundles."""
    rows = (
        (*line, version, *key, 0, units, *days(promised), *why, tx.now)
        for line, version, key, units, promised, *why in promises
    )
    await tx.copy("promises", _COLUMNS, rows)


async def keep_told(tx: Tx, versions: Mapping[LineKey, int]) -> None:
    """Store that customers were told what lines were promised at these versions."""
    await write(tx, "keep_told", sorted((*line, version) for line, version in versions.items()))
