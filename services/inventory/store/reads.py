"""Reads of stock for people and other services."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.inventory.domain.discrepancies import ExceptionClass, State
from services.inventory.store import QUERIES
from shared.contracts.bounds import Bounds
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class LotOnHand:
    """Units of one lot in one status; `life_days` are left until it expires."""

    status: str
    lot: str | None
    expires_on: date | None
    life_days: int | None
    on_hand: int
    counted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stock:
    """Units on hand at one node, as of the sequence of its last news."""

    node: str
    sequence: int
    by_status: dict[str, int]
    lots: list[LotOnHand]


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of the ledger."""

    sequence: int
    place: int
    movement_id: str
    reason: str
    status: str
    lot: str | None
    expires_on: date | None
    delta: int
    on_hand: int
    supply_id: str | None
    order_id: str | None
    line_id: str | None
    lane: str | None
    cause: str
    happened_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A discrepancy that a person must look at, or had to."""

    exception_id: str
    exception_class: str
    sku: str
    node: str
    status: str
    lot: str | None
    subject: str
    at: datetime
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Expiring:
    """A sellable lot, the last day on which it may be sold, and the days until then."""

    sku: str
    node: str
    lot: str | None
    expires_on: date
    min_life_days: int
    on_hand: int
    last_day: date
    days_left: int


async def is_known(tx: Tx, bounds: Bounds, sku: str, node: str | None) -> tuple[bool, bool]:
    """Return whether a SKU, and a node if one is named, are known to a caller."""
    row = await tx.connection.fetchrow(QUERIES["is_known"], sku, node, bounds.merchants, bounds.nodes)
    return (row["sku"], row["node"]) if row else (False, False)


async def stock_of(tx: Tx, bounds: Bounds, sku: str, node: str | None, lots: int) -> tuple[list[Stock], bool]:
    """Read the units on hand of a SKU by node, and whether it has more lots than asked for."""
    rows = await tx.fetch(QUERIES["stock_by_lot"], sku, node, tx.now, lots + 1, bounds.nodes)
    stock: dict[str, Stock] = {}
    for row in await tx.fetch(QUERIES["stock_by_status"], sku, node, bounds.nodes):
        here = stock.setdefault(row["node"], Stock(row["node"], row["sequence"], {}, []))
        if row["status"]:
            here.by_status[row["status"]] = row["on_hand"]
    for row in rows[:lots]:
        fields = {name: value for name, value in row.items() if name != "node"}
        stock[row["node"]].lots.append(LotOnHand(**{**fields, "lot": row["lot"] or None}))
    return list(stock.values()), len(rows) > lots


async def entries(tx: Tx, sku: str, node: str, after_sequence: int, news: int) -> list[Entry]:
    """Read the movements of a position after a sequence, of so many news."""
    rows = await tx.fetch(QUERIES["entries"], sku, node, after_sequence, news)
    return [Entry(**{**row, "lot": row["lot"] or None}) for row in rows]


async def discrepancies_after(
    tx: Tx,
    bounds: Bounds,
    node: str | None,
    classes: Sequence[ExceptionClass],
    state: State,
    after: str | None,
    at_most: int,
) -> list[Told]:
    """Read open or settled discrepancies of these classes, oldest first, after the one named."""
    asked = (node, classes, state, after, at_most, bounds.merchants, bounds.nodes)
    rows = await tx.fetch(QUERIES["discrepancies_after"], *asked)
    return [Told(**{**row, "lot": row["lot"] or None, "facts": json.loads(row["facts"])}) for row in rows]


async def expiring(tx: Tx, bounds: Bounds, node: str | None, within_days: int, at_most: int) -> list[Expiring]:
    """Read sellable lots that will be past their life within some days."""
    rows = await tx.fetch(QUERIES["expiring"], tx.now, node, within_days, at_most, bounds.merchants, bounds.nodes)
    return [Expiring(**{**row, "lot": row["lot"] or None}) for row in rows]
