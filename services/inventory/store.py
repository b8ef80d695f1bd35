"""The stock ledger in PostgreSQL."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from services.inventory.domain import Ledger, Movement, Node, Position, Posted, Sku
from shared.db.queries import Queries, columns
from shared.messaging.transaction import Tx

QUERIES: Final = Queries(Path(__file__).with_name("queries.sql"))


async def keep_nodes(tx: Tx, nodes: Collection[tuple[str, int]]) -> None:
    await tx.connection.execute(QUERIES["keep_nodes"], *columns(nodes, 2))


async def keep_products(tx: Tx, products: Collection[tuple[str, int]]) -> None:
    await tx.connection.execute(QUERIES["keep_products"], *columns(products, 2))


async def unknown_nodes(tx: Tx, nodes: Collection[str]) -> set[str]:
    rows = await tx.connection.fetch(QUERIES["known_nodes"], list(nodes))
    return set(nodes) - {row["node"] for row in rows}


async def unknown_skus(tx: Tx, skus: Collection[str]) -> set[str]:
    rows = await tx.connection.fetch(QUERIES["known_skus"], list(skus))
    return set(skus) - {row["sku"] for row in rows}


async def known_movements(tx: Tx, movements: Iterable[Movement]) -> set[str]:
    """The ids of those that the ledger holds already."""
    rows = await tx.connection.fetch(QUERIES["known_movements"], [movement.movement_id for movement in movements])
    return {row["movement_id"] for row in rows}


async def lock_positions(tx: Tx, positions: Collection[Position]) -> dict[Position, int]:
    """Locks positions until the end of the transaction, creating the missing; the sequence of each."""
    keys = columns(sorted(positions), 2)
    await tx.connection.execute(QUERIES["create_positions"], *keys)
    rows = await tx.connection.fetch(QUERIES["lock_positions"], *keys)
    return {(Sku(row["sku"]), Node(row["node"])): row["sequence"] for row in rows}


async def read_ledger(tx: Tx, sequences: dict[Position, int], movements: Iterable[Movement]) -> Ledger:
    """What is on hand at locked positions, of the lots that the movements touch."""
    places = columns({movement.lot_place for movement in movements}, 4)
    balances = await tx.connection.fetch(QUERIES["balances"], *columns(sequences, 2))
    lots = await tx.connection.fetch(QUERIES["lots"], *places)
    return Ledger(
        sequences,
        {(row["sku"], row["node"], row["status"]): row["on_hand"] for row in balances},
        {(row["sku"], row["node"], row["status"], row["lot"]): row["on_hand"] for row in lots},
        {(row["sku"], row["node"], row["status"], row["lot"]): row["expires_on"] for row in lots},
    )


async def record(tx: Tx, ledger: Ledger, posted: Sequence[Posted], moved_at: datetime) -> None:
    """Writes the movements and what is on hand after them."""
    balances = {one.movement.place: ledger.balances[one.movement.place] for one in posted}
    lots = {one.movement.lot_place: ledger.lots[one.movement.lot_place] for one in posted}
    sequences = [(*position, sequence) for position, sequence in ledger.sequences.items()]
    await tx.connection.execute(QUERIES["set_sequences"], *columns(sequences, 3))
    await tx.connection.execute(QUERIES["set_balances"], *columns([(*p, n) for p, n in balances.items()], 4))
    rows = [(*place, units, ledger.expiries[place]) for place, units in lots.items()]
    await tx.connection.execute(QUERIES["set_lots"], *columns(rows, 6))
    await tx.connection.execute(QUERIES["add_movements"], *columns(map(_row, posted), 16), moved_at)


def _row(posted: Posted) -> tuple[Any, ...]:
    m = posted.movement
    origin = (m.reason, m.supply_id, m.order_id, m.line_id, m.lane, m.cause)
    return (
        m.movement_id, m.sku, m.node, posted.sequence, posted.place, *origin,
        m.lot, m.expires_on, m.status, m.delta, posted.on_hand,
    )  # fmt: skip
