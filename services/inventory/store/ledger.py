"""The stock ledger in PostgreSQL."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import asyncpg

from services.inventory.domain.expiry import PastLife
from services.inventory.domain.ledger import Journal, Ledger, LotKey, Node, Position, Posted, QuarantinedLot, Sku
from services.inventory.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def known_movements(tx: Tx, names: Iterable[str]) -> set[str]:
    """Return the movements that are in the ledger already."""
    rows = await tx.fetch(QUERIES["known_movements"], list(names))
    return {row["movement_id"] for row in rows}


async def happened_of(tx: Tx, names: Collection[str]) -> dict[str, datetime]:
    """Return when movements happened on the floor."""
    rows = await tx.fetch(QUERIES["happened_of"], list(names))
    return {row["movement_id"]: row["happened_at"] for row in rows}


async def lock_positions(tx: Tx, positions: Collection[Position]) -> Ledger:
    """Lock positions until the transaction ends, creating missing ones; return their ledger, without units yet."""
    keys = columns(sorted(positions), 2)
    await tx.execute(QUERIES["create_positions"], *keys)
    rows = await tx.fetch(QUERIES["lock_positions"], *keys)
    known = {(Sku(row["sku"]), Node(row["node"])): row for row in rows}
    opened = {position: row["opened_at"] for position, row in known.items() if row["opened_at"]}
    return Ledger({position: row["sequence"] for position, row in known.items()}, opened=opened)


async def read_ledger(tx: Tx, locked: Ledger, lots: Collection[LotKey]) -> Ledger:
    """Read the units on hand at locked positions, of these lots in every status."""
    balances = await tx.fetch(QUERIES["balances"], *columns(locked.sequences, 2))
    rows = await tx.fetch(QUERIES["lots"], *columns(lots, 3))
    places = {(row["sku"], row["node"], row["status"], row["lot"]): row for row in rows}
    expiries: dict[LotKey, date | None] = {}
    for row in rows:
        expiries.setdefault((row["sku"], row["node"], row["lot"]), row["expires_on"])
    return Ledger(
        locked.sequences,
        {(row["sku"], row["node"], row["status"]): row["on_hand"] for row in balances},
        {place: row["on_hand"] for place, row in places.items()},
        expiries,
        {place: row["counted_at"] for place, row in places.items() if row["counted_at"]},
        locked.opened,
    )


async def kept(tx: Tx, lots: Collection[LotKey]) -> dict[LotKey, QuarantinedLot]:
    """Read when lots last left sellable for quarantine, and how many units there came from elsewhere."""
    rows = await tx.fetch(QUERIES["kept"], *columns(lots, 3))
    return {(row["sku"], row["node"], row["lot"]): QuarantinedLot(row["at"], row["others"]) for row in rows}


async def renamed(tx: Tx, lots: Collection[LotKey]) -> dict[LotKey, str]:
    """Read the names that those of these lots have now whose units were all corrected to another."""
    rows = await tx.fetch(QUERIES["renamed"], *columns(lots, 3))
    return {(row["sku"], row["node"], row["was"]): row["lot"] for row in rows}


async def record(tx: Tx, journal: Journal) -> None:
    """Write the movements of a journal and the units on hand after them."""
    after = journal.after
    sequences = [(*position, sequence) for position, sequence in after.sequences.items()]
    balances = {(sku, node, status): after.balances[sku, node, status] for sku, node, status, _ in journal.touched}
    lots = [
        (*place, after.lots[place], after.expiries.get((place[0], place[1], place[3])), after.counted.get(place))
        for place in sorted(journal.touched)
    ]
    mended = [
        (*lot, expires_on)
        for lot, expires_on in after.expiries.items()
        if expires_on != journal.before.expiries.get(lot)
    ]
    await tx.execute(QUERIES["set_sequences"], *columns(sequences, 3))
    await tx.execute(QUERIES["set_balances"], *columns([(*p, n) for p, n in balances.items()], 4))
    await tx.execute(QUERIES["set_lots"], *columns(lots, 7))
    if mended:
        await tx.execute(QUERIES["set_expiries"], *columns(mended, 4))
    await tx.execute(QUERIES["add_movements"], *columns(map(_row, journal.posted), 17), tx.now)


async def past_life(tx: Tx, at_most: int) -> list[PastLife]:
    """Read sellable lots that are past their life."""
    return _past_life(await tx.fetch(QUERIES["past_life"], tx.now, at_most))


async def still_past_life(tx: Tx, lots: Sequence[PastLife]) -> list[PastLife]:
    """Return those of these lots, at locked positions, that are past their life."""
    keys = [(sku, node, lot) for sku, node, _, lot in (life.place for life in lots)]
    return _past_life(await tx.fetch(QUERIES["still_past_life"], tx.now, *columns(keys, 3)))


def _past_life(rows: Iterable[asyncpg.Record]) -> list[PastLife]:
    return [
        PastLife((row["sku"], row["node"], "sellable", row["lot"]), row["expires_on"], row["min_life_days"])
        for row in rows
    ]


def _row(posted: Posted) -> tuple[Any, ...]:
    m = posted.movement
    origin = (m.reason, m.supply_id, m.order_id, m.line_id, m.lane, m.cause)
    return (
        m.movement_id, m.sku, m.node, posted.sequence, posted.place, *origin,
        m.lot, m.expires_on, m.status, m.delta, posted.on_hand, m.happened_at,
    )  # fmt: skip
