"""Units that lines own. The caller has locked the position first."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

import asyncpg

from services.allocation.domain.line import LineKey
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.stock_loss import Held, OwnedUnits, OwnershipChange, Sums, sums
from services.allocation.store import QUERIES, read, write
from shared.db.queries import columns
from shared.messaging.transaction import Tx

LotKey: TypeAlias = tuple[str, str, str]
LineLot: TypeAlias = tuple[str, str, str]
# Order, line, lot, version, way, SKU, node, place, minimum life, units, of these on the floor, line version, when.
ReleaseRow: TypeAlias = tuple[str, str, str, int, str, str, str, datetime, datetime, int, int, int, int, datetime]
_RELEASE: Final = (
    "order_id", "line_id", "lot", "version", "way", "sku", "node", "queue_at", "completed_at", "min_life_days", "units",
    "on_floor", "line_version", "released_at",
)  # fmt: skip
Changed: TypeAlias = tuple[PositionKey, int, OwnershipChange]
UnknownShipment: TypeAlias = tuple[str, str, str, str, str, int]


async def named_lines(tx: Tx, named: Collection[tuple[str, str, str, str]]) -> dict[PositionKey, dict[LineKey, int]]:
    """Return the units that lines (order, line, sku, node) still wait for, of those known at this position."""
    waiting: dict[PositionKey, dict[LineKey, int]] = defaultdict(dict)
    for row in await read(tx, "named_lines", named):
        waiting[row["sku"], row["node"]][row["order_id"], row["line_id"]] = row["waiting"]
    return waiting


async def owned_by(tx: Tx, lines: Collection[LineKey]) -> dict[PositionKey, list[OwnedUnits]]:
    """Read what these lines own."""
    return owned_rows(await read(tx, "owned_by", lines))


async def last_of_lots(tx: Tx, short: Mapping[LotKey, int]) -> dict[PositionKey, list[OwnedUnits]]:
    """Read the last owners of each lot in the order of service: as many lines as units are asked."""
    rows = columns(((*lot, units) for lot, units in short.items()), 4)
    return owned_rows(await tx.fetch(QUERIES["last_of_lots"], *rows))


async def last_in_line(tx: Tx, short: Mapping[LotKey, int]) -> dict[PositionKey, list[OwnedUnits]]:
    """Read the last owners of each short lot, and of their positions: as many of each as there are too few."""
    most: dict[PositionKey, int] = defaultdict(int)
    for (sku, node, _), units in short.items():
        most[sku, node] += units
    rows = columns(((*key, units) for key, units in most.items()), 3)
    of_positions = owned_rows(await tx.fetch(QUERIES["last_of_positions"], *rows))
    of_lots = await last_of_lots(tx, short)
    return {
        key: list({of_lot.held: of_lot for of_lot in [*of_lots.get(key, ()), *of_positions.get(key, ())]}.values())
        for key in most
    }


def owned_rows(rows: Iterable[asyncpg.Record]) -> dict[PositionKey, list[OwnedUnits]]:
    """Group units that lines own by position, those of one lot and line together."""
    found: dict[PositionKey, dict[Held, OwnedUnits]] = defaultdict(dict)
    for row in rows:
        owned = OwnedUnits(
            row["queue_at"], row["completed_at"], row["order_id"], row["line_id"], row["lot"], row["expires_on"],
            row["on_floor"], row["min_life_days"],
        )  # fmt: skip
        here = found[row["sku"], row["node"]]
        before = here.get(owned.held)
        here[owned.held] = replace(owned, units=owned.units + before.units) if before else owned
    return {key: list(group.values()) for key, group in found.items()}


async def hold(tx: Tx, changes: Collection[OwnershipChange]) -> None:
    """Change what lines have on the floor: they lose units, or have some of another lot in place of others.

    Units given here are those that were shipped to a line without having been its own.
    """
    net, moved, shipped = Counter[LineLot](), Counter[LineLot](), Counter[LineLot]()
    for change in changes:
        held = (*change.line, change.lot)
        net[held] += change.units
        moved[held] += change.units if change.change == "moved" and change.units > 0 else 0
        shipped[held] += change.units if change.change == "given" else 0
    await write(tx, "take_from_floor", [(*held, -units) for held, units in net.items() if units < 0])
    more = [(*held, "moved", units, max(0, net[held])) for held, units in moved.items() if units]
    more += [(*held, "shipped", units, 0) for held, units in shipped.items() if units]
    await write(tx, "add_releases", more, tx.now)


async def give_back(
    tx: Tx, changes: Mapping[PositionKey, Sequence[OwnershipChange]], locked: Mapping[PositionKey, Position]
) -> None:
    """Free units that lines own no longer and nobody took from stock."""
    given = [(key, change) for key, of_position in changes.items() for change in of_position]
    if not given:
        return
    await hold(tx, [change for _, change in given])
    lots: dict[PositionKey, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for key, change in given:
        lots[key][change.lot] += change.units
    await allocate_lots(tx, lots)
    await charge_lines(tx, [sums([change for _, change in given])])
    freed = {key: sum(change.units for change in of_position) for key, of_position in changes.items() if of_position}
    rows = [(*key, locked[key].stock_sequence, 0, units) for key, units in freed.items()]
    await write(tx, "set_stock", rows)


async def add_departures(tx: Tx, changed: Iterable[Changed]) -> None:
    """Store what lines have no longer, each at the version that its position has after this transaction."""
    units: dict[tuple[object, ...], int] = defaultdict(int)
    for (sku, node), version, change in changed:
        if change.units < 0:
            units[*change.line, change.lot, version, change.change, sku, node] -= change.units
    await write(tx, "add_departures", ((*row, n) for row, n in units.items()), tx.now)


async def release(tx: Tx, released: Iterable[ReleaseRow]) -> None:
    """Store what lines were given: it is on the floor from now on."""
    await tx.copy("releases", _RELEASE, released)


async def allocate_lots(tx: Tx, given: Mapping[PositionKey, Mapping[str, int]]) -> None:
    """Mark units of lots as owned; negative: as owned no longer."""
    rows = [(*key, lot, units) for key, lots in given.items() for lot, units in lots.items()]
    await write(tx, "allocate_lots", rows)


async def charge_lines(tx: Tx, every: Iterable[Sums]) -> None:
    """Write what was shipped to lines."""
    rows = [(*line, units) for sums in every for line, units in sums.shipped.items() if units]
    await write(tx, "charge_lines", rows)


async def add_unknown_shipments(tx: Tx, unknown_shipments: Iterable[UnknownShipment]) -> None:
    """Store units (order, line, sku, node, lot, units) shipped to lines that are not known."""
    units: dict[tuple[str, ...], int] = defaultdict(int)
    for *line, n in unknown_shipments:
        units[tuple(map(str, line))] += int(n)
    await write(tx, "add_unknown_shipments", ((*line, n) for line, n in units.items()))


async def unknown_shipments(tx: Tx, orders: Sequence[str]) -> list[UnknownShipment]:
    """Read units that were shipped to these orders before they were known."""
    return [tuple(row) for row in await tx.fetch(QUERIES["unknown_shipments"], orders)]
