"""What will serve those who wait at positions, and how reliable suppliers are. The caller has locked the positions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import asyncpg

from services.allocation.domain.lot import ComingLot
from services.allocation.domain.position import PositionKey
from services.allocation.domain.supply import Supply, SupplyKey
from services.allocation.domain.window import Window
from services.allocation.store import read, write
from services.allocation.store.queue import days
from services.allocation.store.settings import forget
from shared.db.queries import columns
from shared.messaging.transaction import Tx

ListedRow = tuple[str, str, str, int, date, date, str, str, int | None, date | None, bool]
LotRow = tuple[str, str, str, date, int]
SupplierRow = tuple[str, int | None, datetime]


async def supplies(tx: Tx, keys: Collection[PositionKey]) -> Mapping[PositionKey, Sequence[Supply]]:
    """Read what comes: of what is inbound all that is expected, less what is in stock already, never below zero."""
    found: dict[PositionKey, list[Supply]] = defaultdict(list)
    for row in await read(tx, "supplies", keys):
        found[row["sku"], row["node"]].append(
            Supply(
                row["supply_id"], row["units"], Window(row["earliest"], row["latest"]), row["cause"], row["reason"],
                row["on_time_share"], row["kind"], row["reliable_on"], lots_of(row), row["short_lived"],
                row["is_estimated"],
            )
        )  # fmt: skip
    return found


def lots_of(row: asyncpg.Record) -> tuple[ComingLot, ...]:
    """Return on which days how many units of a supply expire, as statements return them."""
    return tuple(map(ComingLot, row["expire_on"], row["expiring"])) if row["expire_on"] else ()


async def list_inbound(
    tx: Tx, versions: Mapping[PositionKey, int], supplies: Iterable[ListedRow], lots: Iterable[LotRow]
) -> None:
    """Replace the inbound of positions by the last one announced."""
    await write(tx, "unlist_supplies", versions)
    await write(tx, "list_supplies", supplies)
    await write(tx, "list_lots", versions, *columns(lots, 5))
    rows = [(*key, version) for key, version in versions.items()]
    await write(tx, "set_inbound", rows)


async def unloading(tx: Tx, keys: Collection[PositionKey]) -> list[PositionKey]:
    """Return positions to which a supply is being unloaded: some of it is in stock, and some is to come."""
    return [(row["sku"], row["node"]) for row in await read(tx, "unloading", keys)]


async def add_stocked(tx: Tx, stocked: Iterable[tuple[str, str, str, int]]) -> None:
    """Add units of inbound supplies (sku, node, supply, units) that are in stock, in whatever status."""
    await write(tx, "add_stocked", stocked)


async def add_stocked_lots(tx: Tx, stocked: Iterable[LotRow]) -> None:
    """Add units of inbound supplies that expire on a day and are in stock, in whatever status."""
    await write(tx, "add_stocked_lots", stocked)


async def set_short_lived(tx: Tx, supplies: Iterable[tuple[PositionKey, Supply]]) -> None:
    """Write how many units of supplies nobody is promised, since they expire too soon."""
    await write(tx, "set_short_lived", ((*key, *supply.key, supply.short_lived) for key, supply in supplies))


async def keep(tx: Tx, supplies: Iterable[tuple[PositionKey, Supply]]) -> None:
    """Write supplies that allocation derives: units in rework and in stock, and those not ordered yet."""
    rows = [
        (*key, *supply.key, supply.units, *days(supply.ready), supply.cause, supply.reason) for key, supply in supplies
    ]
    await write(tx, "keep_supplies", rows)


async def drop(tx: Tx, supplies: Iterable[tuple[PositionKey, SupplyKey]]) -> None:
    """Delete supplies that allocation derived and that serve nobody any more."""
    await write(tx, "drop_supplies", ((*key, *supply) for key, supply in supplies))


async def move(tx: Tx, moved: Iterable[tuple[PositionKey, Supply]]) -> None:
    """Write the windows of supplies that are late."""
    rows = [(*key, *supply.key, *days(supply.ready), supply.reason, supply.cause) for key, supply in moved]
    await write(tx, "move_supplies", rows)


async def keep_suppliers(tx: Tx, suppliers: Collection[SupplierRow]) -> None:
    """Store (supplier, percent on time or None, when that was announced), each once."""
    await write(tx, "keep_suppliers", suppliers)
    forget(tx, "products")  # they say how often their suppliers are on time
