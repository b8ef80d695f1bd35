"""Units that lines own. The caller has locked the position first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

import asyncpg

from services.allocation.domain.line import LineKey
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.stock_loss import OwnedUnits, OwnershipChange, Sums, sums
from services.allocation.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

LotKey: TypeAlias = tuple[str, str, str]
Changed: TypeAlias = tuple[PositionKey, int, OwnershipChange]
UnknownShipment: TypeAlias = tuple[str, str, str, str, str, int]


async def named_lines(tx: Tx, named: Collection[tuple[str, str, str, str]]) -> dict[PositionKey, dict[LineKey, int]]:
    """Return the units that lines (order, line, sku, node) still wait for, of those known at this position."""
    waiting: dict[PositionKey, dict[LineKey, int]] = defaultdict(dict)
    for row in await tx.connection.fetch(QUERIES["named_lines"], *columns(named, 4)):
        waiting[row["sku"], row["node"]][row["order_id"], row["line_id"]] = row["waiting"]
    return waiting


async def owned_by(tx: Tx, lines: Collection[LineKey]) -> dict[PositionKey, list[OwnedUnits]]:
    """Read what these lines own."""
    return owned_rows(await tx.connection.fetch(QUERIES["owned_by"], *columns(lines, 2)))


async def last_of_lots(tx: Tx, short: Mapping[LotKey, int]) -> dict[PositionKey, list[OwnedUnits]]:
    """Read the last owners of each lot in the order of service: as many lines as units are asked."""
    rows = columns(((*lot, units) for lot, units in short.items()), 4)
    return owned_rows(await tx.connection.fetch(QUERIES["last_of_lots"], *rows))


async def last_in_line(tx: Tx, short: Mapping[LotKey, int]) -> dict[PositionKey, list[OwnedUnits]]:
    """Read the last owners of each short lot, and of their positions: as many of each as there are too few."""
    most: dict[PositionKey, int] = defaultdict(int)
    for (sku, node, _), units in short.items():
        most[sku, node] += units
    rows = columns(((*key, units) for key, units in most.items()), 3)
    of_positions = owned_rows(await tx.connection.fetch(QUERIES["last_of_positions"], *rows))
    of_lots = await last_of_lots(tx, short)
    return {
        key: list({of_lot.held: of_lot for of_lot in [*of_lots.get(key, ()), *of_positions.get(key, ())]}.values())
        for key in most
    }


def owned_rows(rows: Iterable[asyncpg.Record]) -> dict[PositionKey, list[OwnedUnits]]:
    """Group units that lines own by position."""
    found: dict[PositionKey, list[OwnedUnits]] = defaultdict(list)
    for row in rows:
        owned = OwnedUnits(
            row["queue_at"], row["completed_at"], row["order_id"], row["line_id"], row["lot"], row["expires_on"],
            row["units"], row["min_life_days"],
        )  # fmt: skip
        found[row["sku"], row["node"]].append(owned)
    return found


async def hold(tx: Tx, changes: Collection[OwnershipChange]) -> None:
    """Change what lines own."""
    held: dict[tuple[object, ...], int] = defaultdict(int)
    for change in changes:
        held[*change.line, change.lot] += change.units
    if less := [(*row, -units) for row, units in held.items() if units < 0]:
        await tx.connection.execute(QUERIES["own_none"], *columns(less, 4))
        await tx.connection.execute(QUERIES["own_less"], *columns(less, 4))
    if more := [(*row, units) for row, units in held.items() if units > 0]:
        await tx.connection.execute(QUERIES["own_more"], *columns(more, 4))


async def give_back(
    tx: Tx, changes: Mapping[PositionKey, Sequence[OwnershipChange]], locked: Mapping[PositionKey, Position]
) -> None:
    """Free units that lines own no longer and nobody took from stock."""
    given = [(key, change) for key, of_position in changes.items() for change in of_position]
    if not given:
        return
    await hold(tx, [change for _, change in given])
    await allocate_lots(tx, given)
    await charge_lines(tx, [sums([change for _, change in given])])
    freed = {key: sum(change.units for change in of_position) for key, of_position in changes.items() if of_position}
    rows = [(*key, locked[key].stock_sequence, 0, units) for key, units in freed.items()]
    await tx.connection.execute(QUERIES["set_stock"], *columns(rows, 5))


async def add_allocations(tx: Tx, changed: Iterable[Changed]) -> None:
    """Store what lines got and lost, each at the version that its position has after this transaction."""
    units: dict[tuple[object, ...], int] = defaultdict(int)
    for (sku, node), version, change in changed:
        units[*change.line, change.lot, version, change.change, sku, node] += change.units
    rows = [(*row, n) for row, n in units.items() if n]
    await tx.connection.execute(QUERIES["add_allocations"], *columns(rows, 8), tx.now)


async def allocate_lots(tx: Tx, given: Iterable[tuple[PositionKey, OwnershipChange]]) -> None:
    """Mark units of lots as owned."""
    lots: dict[LotKey, int] = defaultdict(int)
    for (sku, node), change in given:
        lots[sku, node, change.lot] += change.units
    await tx.connection.execute(QUERIES["allocate_lots"], *columns(((*lot, n) for lot, n in lots.items()), 4))


async def charge_lines(tx: Tx, every: Iterable[Sums]) -> None:
    """Write what lines own and got."""
    rows = [(*line, owned, sums.shipped[line]) for sums in every for line, owned in sums.owned.items()]
    await tx.connection.execute(QUERIES["charge_lines"], *columns(rows, 4))


async def add_unknown_shipments(tx: Tx, unknown_shipments: Iterable[UnknownShipment]) -> None:
    """Store units (order, line, sku, node, lot, units) shipped to lines that are not known."""
    units: dict[tuple[str, ...], int] = defaultdict(int)
    for *line, n in unknown_shipments:
        units[tuple(map(str, line))] += int(n)
    await tx.connection.execute(
        QUERIES["add_unknown_shipments"], *columns(((*line, n) for line, n in units.items()), 6)
    )


async def unknown_shipments(tx: Tx, orders: Sequence[str]) -> list[UnknownShipment]:
    """Read units that were shipped to these orders before they were known."""
    return [tuple(row) for row in await tx.connection.fetch(QUERIES["unknown_shipments"], orders)]
