"""Day loads of nodes, and what goes with a later one. Whoever fills a load has locked positions and orders first."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from services.allocation.domain.daily_limit import Turn
from services.allocation.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def lock_loads(tx: Tx, days: Mapping[str, date]) -> dict[str, int]:
    """Locks each node's load of a day until the end of the transaction; how many orders it has."""
    asked = columns(sorted(days.items()), 2)
    await tx.connection.execute(QUERIES["create_loads"], *asked)
    return {row["node"]: row["orders"] for row in await tx.connection.fetch(QUERIES["lock_loads"], *asked)}


async def loads(tx: Tx, days: Mapping[str, date]) -> dict[str, int]:
    """How many orders each node's load of a day has, if any."""
    rows = await tx.connection.fetch(QUERIES["loads"], *columns(days.items(), 2))
    return {row["node"]: row["orders"] for row in rows}


async def add(tx: Tx, days: Mapping[str, date], orders: Mapping[str, int]) -> None:
    """So many orders more go with each node's load of a day."""
    rows = [(node, days[node], number) for node, number in orders.items() if number]
    await tx.connection.execute(QUERIES["add_to_loads"], *columns(rows, 3))


async def next_unloaded(tx: Tx, most: Mapping[str, int]) -> dict[str, list[Turn]]:
    """The first orders that go with a later load of each node, as many as asked."""
    found: dict[str, list[Turn]] = defaultdict(list)
    for row in await tx.connection.fetch(QUERIES["next_unloaded"], *columns(most.items(), 2)):
        found[row["node"]].append((row["queue_at"], row["completed_at"], row["order_id"]))
    return found


async def nodes_unloaded(tx: Tx) -> list[str]:
    """Nodes of which something goes with a later load."""
    return [row["node"] for row in await tx.connection.fetch(QUERIES["nodes_unloaded"])]


async def unload(tx: Tx, orders: Collection[tuple[str, Turn]]) -> None:
    """Orders (node, turn) own units that go with a later load."""
    await tx.connection.execute(QUERIES["unload"], *columns(((node, *turn) for node, turn in orders), 4))


async def take(tx: Tx, order_ids: Collection[str]) -> None:
    """The turn of these orders has come."""
    await tx.connection.execute(QUERIES["take_unloaded"], list(order_ids))


async def forget(tx: Tx, nodes: Collection[str]) -> None:
    """Of some orders nothing is left that would go with a later load."""
    await tx.connection.execute(QUERIES["forget_unloaded"], list(nodes))
