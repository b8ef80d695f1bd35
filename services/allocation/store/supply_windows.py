"""Windows of supplies that allocation derives or corrects, and the reliability of suppliers."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from services.allocation.domain.position import PositionKey
from services.allocation.domain.rework import REWORK
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window
from services.allocation.store import write
from services.allocation.store.queue import days
from services.allocation.store.settings import forget
from shared.messaging.transaction import Tx

SupplierRow = tuple[str, int | None, datetime]


async def move(tx: Tx, moved: Collection[tuple[PositionKey, Supply]]) -> None:
    """Write the windows of inbound supplies and of units in rework."""
    mended = [
        (*key, date.fromisoformat(supply.supply_id.removeprefix(REWORK)), *days(supply.ready), supply.cause)
        for key, supply in moved
        if supply.supply_id.startswith(REWORK)
    ]
    rows = [
        (*key, supply.supply_id, *days(supply.ready), supply.reason, supply.cause)
        for key, supply in moved
        if not supply.supply_id.startswith(REWORK)
    ]
    if mended:
        await write(tx, "move_rework", mended)
    if rows:
        await write(tx, "move_supplies", rows)


async def set_reorders(tx: Tx, windows: Mapping[PositionKey, Window | None]) -> None:
    """Write when reorders will be ready; None where nobody waits for one any more."""
    if windows:
        rows = [(*key, *days(window)) for key, window in windows.items()]
        await write(tx, "set_reorders", rows)


async def keep_suppliers(tx: Tx, suppliers: Collection[SupplierRow]) -> None:
    """Store (supplier, percent on time or None, when that was announced), each once."""
    await write(tx, "keep_suppliers", suppliers)
    forget(tx, "products")  # they say how often their suppliers are on time
