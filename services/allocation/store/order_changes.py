"""Reads and writes of order changes. The caller has locked the positions, then the orders."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import asyncpg

from services.allocation.domain.cancel import LineState
from services.allocation.domain.line import LineKey, PlacedLine
from services.allocation.domain.position import PositionKey
from services.allocation.domain.stock_loss import OwnedUnits
from services.allocation.store import QUERIES, read, write
from services.allocation.store.allocations import owned_rows
from services.allocation.store.queue import Wait, wait_rows
from shared.db.queries import columns
from shared.messaging.transaction import Tx

Source = tuple[str, str]
Move = tuple[str, str, int, str, datetime, datetime, str, str]


@dataclass(frozen=True, slots=True)
class Stop:
    """Units of a line that the floor is asked to stop, since they are cancelled or the order is held, and why."""

    stop_id: str
    line: LineKey
    change_no: int
    units: int
    reason: str
    cause: str
    purpose: Literal["cancel", "hold"] = "cancel"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order that changes."""

    merchant: str
    completed_at: datetime
    priority: str
    authorized_until: datetime | None


async def orders(tx: Tx, order_ids: Collection[str]) -> dict[str, OrderRow]:
    """Read those of these orders that were placed."""
    rows = await tx.fetch(QUERIES["orders_by_id"], list(order_ids))
    return {row["order_id"]: OrderRow(*(row[name] for name in OrderRow.__slots__)) for row in rows}


async def positions_of(tx: Tx, order_ids: Collection[str]) -> set[PositionKey]:
    """Return where the lines of these orders are served."""
    rows = await tx.fetch(QUERIES["positions_of_orders"], list(order_ids))
    return {(row["sku"], row["node"]) for row in rows}


async def nodes_of(tx: Tx, order_ids: Collection[str]) -> dict[str, str]:
    """Return the node that ships each of these orders."""
    rows = await tx.fetch(QUERIES["nodes_of_orders"], list(order_ids))
    return {row["order_id"]: row["node"] for row in rows}


async def lock_orders(tx: Tx, order_ids: Collection[str]) -> None:
    await tx.execute(QUERIES["lock_order_rows"], sorted(order_ids))


async def heard(tx: Tx, sources: Collection[Source]) -> dict[Source, int]:
    """Return the number of the last change of each order that was heard of from each source."""
    rows = await read(tx, "changes_heard", sources)
    return {(row["order_id"], row["source"]): row["change_no"] for row in rows}


async def hear(tx: Tx, changes: Mapping[Source, int]) -> None:
    """Store the changes as heard; where another process heard as much meanwhile, everything is read again."""
    rows = columns(((*source, number) for source, number in changes.items()), 3)
    if len(await tx.fetch(QUERIES["hear_changes"], *rows)) < len(changes):
        raise asyncpg.SerializationError


async def lines(tx: Tx, order_ids: Collection[str]) -> dict[LineKey, LineState]:
    """Read the lines of these orders as they stand."""
    owned: dict[LineKey, list[OwnedUnits]] = defaultdict(list)
    for owned_units in owned_rows(await tx.fetch(QUERIES["owned_of_orders"], list(order_ids))).values():
        for entry in owned_units:
            owned[entry.line].append(entry)
    found: dict[LineKey, LineState] = {}
    for row in await tx.fetch(QUERIES["line_states"], list(order_ids)):
        placed = PlacedLine(
            row["order_id"], row["line_id"], row["sku"], row["node"], row["units"], row["min_life_days"],
            row["unit_price"], row["queue_at"], row["completed_at"],
        )  # fmt: skip
        found[placed.line] = LineState(
            placed,
            row["shipped"],
            row["cancelled"],
            row["waiting"],
            tuple(owned[placed.line]),
            row["stopping"],
            row["line_version"],
            row["holding"],
        )
    return found


async def hold(tx: Tx, holds: Collection[tuple[str, str]]) -> None:
    """Begin holds (order, kind of hold)."""
    await write(tx, "hold_orders", holds)


async def unhold(tx: Tx, holds: Collection[tuple[str, str]]) -> None:
    """End holds (order, kind of hold)."""
    await write(tx, "unhold_orders", holds)


async def split(tx: Tx, parcels: Mapping[str, int | None]) -> None:
    """Write in how many parcels orders may ship; none: as many as it takes."""
    await write(tx, "split_orders", parcels.items())
    await write(tx, "split_bundles", parcels.items())


async def judge_eligible(tx: Tx, order_ids: Collection[str]) -> list[Wait]:
    """Decide whether waiting lines of these orders are eligible and ship together, by the order as it is now.

    Return those that stock covers no more, since they may not get any.
    """
    return wait_rows(await tx.fetch(QUERIES["judge_eligible"], list(order_ids), tx.now))


async def cancel(tx: Tx, units: Mapping[LineKey, int]) -> None:
    """Store units that lines do not want any more."""
    rows = [(*line, n) for line, n in units.items() if n]
    await write(tx, "cancel_units", rows)


async def move(tx: Tx, moves: Collection[Move]) -> None:
    """Store (order, line, change, source, place before and after, by whom and why) of lines that a person moved."""
    last = {(order, line): at for order, line, _, _, _, at, _, _ in moves}
    places = columns(((*line, at) for line, at in last.items()), 3)
    await tx.execute(QUERIES["move_lines"], *places)
    await tx.execute(QUERIES["move_owned"], *places)
    await write(tx, "keep_moves", moves, tx.now)


async def ask_to_stop(tx: Tx, stops: Collection[Stop]) -> None:
    """Store stops of released units that the floor is asked for."""
    rows = [
        (stop.stop_id, *stop.line, stop.change_no, stop.purpose, stop.units, stop.reason, stop.cause) for stop in stops
    ]
    await write(tx, "ask_to_stop", rows, tx.now)


async def open_stops(tx: Tx, order_ids: Collection[str]) -> list[Stop]:
    """Read the stops of these orders that the floor has not answered, the oldest first."""
    return [_stop(row) for row in await tx.fetch(QUERIES["open_stops"], list(order_ids))]


async def known_stops(tx: Tx, stop_ids: Collection[str]) -> dict[str, Stop]:
    """Read stops by their ids, answered or not."""
    rows = await tx.fetch(QUERIES["known_stops"], list(stop_ids))
    return {row["stop_id"]: _stop(row) for row in rows}


def _stop(row: asyncpg.Record) -> Stop:
    line = (row["order_id"], row["line_id"])
    return Stop(row["stop_id"], line, row["change_no"], row["units"], row["reason"], row["cause"], row["purpose"])


async def hear_answers(tx: Tx, answers: Collection[tuple[str, datetime]]) -> set[tuple[str, datetime]]:
    """Return those of the floor's answers (stop, when it was given) that were not heard before."""
    rows = await read(tx, "hear_answers", answers)
    return {(row["stop_id"], row["answered_at"]) for row in rows}


async def settle_stops(tx: Tx, units: Mapping[str, int]) -> None:
    """Settle stops of units that need not be stopped any more."""
    await write(tx, "settle_stops", units.items())
