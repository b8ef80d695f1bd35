"""Staging lanes, the units in them, and how many units customers wait for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from services.receiving.domain.catalogue import Node
from services.receiving.domain.inbound import Position
from services.receiving.domain.scanning.lanes import Lane
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

Staged = Mapping[Position, Mapping[str, int]]


async def waiting_units(tx: Tx, positions: Collection[Position]) -> dict[Position, int]:
    """Read the units that customers wait for and no lane holds yet; positions without a queue are left out."""
    rows = await tx.fetch(QUERIES["waiting_units"], *columns(positions, 2))
    return {(row["sku"], row["node"]): row["waiting"] for row in rows}


async def lock_lanes(tx: Tx, nodes: Collection[Node]) -> dict[Node, list[Lane]]:
    """Lock the lanes of nodes until the transaction ends, in the order in which they fill."""
    lanes: dict[Node, list[Lane]] = defaultdict(list)
    await tx.execute(QUERIES["lock_lanes"], sorted(nodes))
    for row in await tx.fetch(QUERIES["filled_lanes"], sorted(nodes)):
        lanes[row["node"]].append(Lane(row["lane"], row["capacity"], row["units"]))
    return lanes


async def staged_units(tx: Tx, positions: Collection[Position]) -> dict[Position, dict[str, int]]:
    """Read the units of locked positions in each lane, in the order in which lanes fill."""
    staged: dict[Position, dict[str, int]] = {position: {} for position in positions}
    for row in await tx.fetch(QUERIES["staged_units"], *columns(positions, 2)):
        staged[row["sku"], row["node"]][row["lane"]] = row["units"]
    return staged


async def keep_staged(tx: Tx, staged: Staged) -> None:
    """Write the units of locked positions that stand in lanes."""
    await tx.execute(QUERIES["forget_staged"], *columns(staged, 2))
    rows = [
        (*position, lane, units) for position, group in staged.items() for lane, units in group.items() if units > 0
    ]
    await tx.execute(QUERIES["keep_staged"], *columns(rows, 4))


async def add_staged_to_queues(tx: Tx, units: Mapping[Position, int]) -> None:
    """Add units put in lanes since allocation announced how many wait; negative when taken out again."""
    rows = [(*position, number) for position, number in units.items()]
    await tx.execute(QUERIES["add_staged_to_queues"], *columns(rows, 3))


async def shipped_until(tx: Tx, positions: Collection[Position]) -> dict[Position, int]:
    """Return up to which of its news the shipments of each locked position are known."""
    rows = await tx.fetch(QUERIES["shipped_until"], *columns(positions, 2))
    return {(row["sku"], row["node"]): row["shipped_sequence"] for row in rows}


async def set_shipped_until(tx: Tx, sequences: Iterable[tuple[str, str, int]]) -> None:
    await tx.execute(QUERIES["set_shipped_until"], *columns(sequences, 3))
