"""Purchase orders, and what they still owe."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple

import asyncpg

from services.receiving.domain.catalogue import Node, Tolerance
from services.receiving.domain.inbound import Position
from services.receiving.domain.purchase_orders.purchase_orders import OpenLine, OrderLine, Owed, PurchaseOrder
from services.receiving.domain.scanning.tallies import sellable_limit
from services.receiving.facts.window import Window
from services.receiving.store import QUERIES, catalogue, overdue_looks
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def lock_orders(tx: Tx, po_numbers: Collection[str]) -> dict[str, int]:
    """Lock purchase orders until the transaction ends, creating missing ones as version 0; return their versions."""
    await tx.execute(QUERIES["create_orders"], list(po_numbers))
    rows = await tx.fetch(QUERIES["lock_orders"], list(po_numbers))
    return {row["po_number"]: row["version"] for row in rows}


async def nodes(tx: Tx, po_numbers: Collection[str]) -> dict[str, Node]:
    """Return the nodes of locked purchase orders."""
    return {number: node for number, (_, node) in (await partners(tx, po_numbers)).items()}


async def partners(tx: Tx, po_numbers: Collection[str]) -> dict[str, tuple[str, Node]]:
    """Return the suppliers and nodes of locked purchase orders."""
    rows = await tx.fetch(QUERIES["order_partners"], list(po_numbers))
    return {row["po_number"]: (row["supplier_id"], row["node"]) for row in rows}


async def keep_orders(tx: Tx, orders: Mapping[str, PurchaseOrder], lines: Iterable[OrderLine]) -> None:
    """Write versions of locked purchase orders, and their lines."""
    await tx.execute(QUERIES["keep_orders"], *columns(map(astuple, orders.values()), 5))
    await tx.execute(QUERIES["forget_order_lines"], list(orders))
    rows = (
        (
            x.po_number, x.line, x.sku, x.qty, x.uom, x.units_per, x.due_on, x.final, x.window.earliest,
            x.window.latest, x.overdue_at, x.reliable_on, x.cause, x.reason, x.units,
        )
        for x in lines
    )  # fmt: skip
    await tx.execute(QUERIES["keep_order_lines"], *columns(rows, 15))
    await overdue_looks.look_at_orders(tx, orders)


async def orders_of(tx: Tx, supply_ids: Collection[str]) -> set[str]:
    """Return the purchase orders whose lines these supplies are."""
    return {row["po_number"] for row in await tx.fetch(QUERIES["orders_of_supplies"], list(supply_ids))}


async def order_lines(tx: Tx, po_numbers: Collection[str]) -> list[OrderLine]:
    """Read the lines of locked purchase orders."""
    return [_line(row) for row in await tx.fetch(QUERIES["order_lines"], list(po_numbers))]


async def orders_waiting_for(tx: Tx, skus: Collection[str]) -> set[str]:
    """Return purchase orders with lines that could not be counted for want of these SKUs."""
    return {row["po_number"] for row in await tx.fetch(QUERIES["orders_waiting_for"], list(skus))}


async def uncounted_lines(tx: Tx, po_numbers: Collection[str]) -> list[OrderLine]:
    """Read lines of locked purchase orders whose product or pack was unknown."""
    return [_line(row) for row in await tx.fetch(QUERIES["uncounted_order_lines"], list(po_numbers))]


async def count_lines(tx: Tx, lines: Iterable[OrderLine]) -> None:
    """Write the units of lines that can be counted now."""
    rows = [(line.po_number, line.line, line.units) for line in lines]
    await tx.execute(QUERIES["count_order_lines"], *columns(rows, 3))


async def overdue_lines(tx: Tx, at_once: int) -> list[OrderLine]:
    """Read lines that still owe something while their windows can no longer be kept."""
    return [_line(row) for row in await tx.fetch(QUERIES["overdue_lines"], tx.now, at_once)]


async def keep_windows(tx: Tx, lines: Iterable[OrderLine]) -> None:
    """Write the windows of lines of locked purchase orders."""
    rows = [
        (x.supply_id, x.window.earliest, x.window.latest, x.overdue_at, x.reliable_on, x.cause, x.reason) for x in lines
    ]
    await tx.execute(QUERIES["keep_order_windows"], *columns(rows, 7))


async def owed(tx: Tx, wanted: Collection[Position], named: Collection[str]) -> tuple[dict[Position, Owed], set[str]]:
    """Read what is still owed to positions, line by line, and which of the named purchase orders are unknown.

    Locks all of these until the transaction ends.
    """
    keys = columns(wanted, 2)
    owing = [row["po_number"] for row in await tx.fetch(QUERIES["orders_owing"], *keys)]
    locked = await lock_orders(tx, {*owing, *named})
    lines: dict[Position, list[OpenLine]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["open_lines"], *keys, list(locked)):
        line = OpenLine(row["supply_id"], row["po_number"], row["line"], row["due_on"], row["units"])
        lines[row["sku"], row["node"]].append(line)
    last = {(row["sku"], row["node"]): row for row in await tx.fetch(QUERIES["last_lines"], *keys)}
    tolerated = await catalogue.tolerances(tx, {sku for sku, _ in last})
    found = {position: _owed(lines[position], row, tolerated.get(position[0])) for position, row in last.items()}
    return found, {number for number in named if not locked[number]}


def _owed(lines: Iterable[OpenLine], last: asyncpg.Record, tolerance: Tolerance | None) -> Owed:
    most = sellable_limit(last["expected"], tolerance.over_percent if tolerance else 0)
    return Owed(tuple(lines), True, last["supply_id"], max(0, most - max(last["expected"], last["received"])))


def _line(row: asyncpg.Record) -> OrderLine:
    window = Window(row["earliest"], row["latest"])
    ordered = (row["qty"], row["uom"], row["units_per"], row["due_on"], row["final"])
    origin = (row["cause"], row["reason"], row["units"])
    return OrderLine(
        row["po_number"], row["line"], row["sku"], *ordered, window, row["overdue_at"], row["reliable_on"], *origin
    )
