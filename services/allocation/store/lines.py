"""Orders and their lines."""

from collections.abc import Collection, Mapping
from typing import Final

from services.allocation.domain.line import LineKey, PlacedLine
from services.allocation.domain.payment import ask_at
from services.allocation.domain.position import PositionKey
from services.allocation.store import QUERIES, bundles, read, timers, write
from shared.contracts.orders import OrderPlaced
from shared.messaging.transaction import Tx

_ORDER: Final = (
    "order_id", "merchant", "market", "completed_at", "priority", "ship_not_before", "authorized_until",
    "max_shipments",
)  # fmt: skip
_LINE: Final = (
    "order_id", "line_id", "sku", "node", "units", "min_life_days", "unit_price", "queue_at", "completed_at",
    "is_declined", "ordered_line_id", "per_bundle", "cancelled", "line_version",
)  # fmt: skip


async def known_orders(tx: Tx, order_ids: Collection[str]) -> set[str]:
    """Return which of these orders were placed before."""
    return {row["order_id"] for row in await tx.fetch(QUERIES["known_orders"], list(order_ids))}


async def keys_of(tx: Tx, lines: Collection[LineKey]) -> dict[LineKey, PositionKey]:
    """Return the positions that lines want units from; unknown ones are left out."""
    rows = await read(tx, "keys_of_lines", sorted(lines))
    return {(row["order_id"], row["line_id"]): (row["sku"], row["node"]) for row in rows}


async def place(tx: Tx, orders: Collection[OrderPlaced], lines: Collection[PlacedLine]) -> None:
    """Store orders and their lines with their place in the queue."""
    rows = (
        (
            o.order_id, o.merchant, o.market, o.completed_at, o.priority, o.ship_not_before, o.authorized_until,
            o.max_shipments,
        )
        for o in orders
    )  # fmt: skip
    await tx.copy("orders", _ORDER, rows)
    asked = {(o.order_id, ""): ask_at(o.authorized_until) for o in orders}
    await timers.add(tx, "payment", ((order, at) for order, at in asked.items() if at))
    await add_lines(tx, lines)


async def add_lines(tx: Tx, lines: Collection[PlacedLine]) -> None:
    """Store lines of placed orders, each with its place in the queue; before them the bundles that some belong to.

    A declined one is told of once, and wants nothing.
    """
    await bundles.place(tx, lines)
    rows = (
        (
            line.order_id, line.line_id, line.sku, line.node, line.units, line.min_life_days, line.unit_price,
            line.queue_at, line.completed_at, line.declined, line.ordered[1], line.bundle.per if line.bundle else 1,
            line.units if line.declined else 0, int(line.declined),
        )
        for line in lines
    )  # fmt: skip
    await tx.copy("lines", _LINE, rows)


async def versions(tx: Tx, lines: Collection[LineKey]) -> dict[LineKey, int]:
    """Return the version at which each of these lines was told of last."""
    return {(row["order_id"], row["line_id"]): row["line_version"] for row in await read(tx, "line_versions", lines)}


async def set_versions(tx: Tx, versions: Mapping[LineKey, int]) -> None:
    """Write the versions at which lines were told of now."""
    await write(tx, "set_line_versions", ((*line, version) for line, version in versions.items()))
