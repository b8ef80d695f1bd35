"""Day loads of nodes, and orders kept for a later one. Positions and orders are locked before a load."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from services.allocation.domain.daily_limit import Turn
from services.allocation.store import QUERIES, read, write
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def lock_loads(tx: Tx, days: Mapping[str, date]) -> dict[str, int]:
    """Lock each node's load of a day until the transaction ends; return how many orders it has."""
    asked = columns(sorted(days.items()), 2)
    await tx.execute(QUERIES["create_loads"], *asked)
    return {row["node"]: row["orders"] for row in await tx.fetch(QUERIES["lock_loads"], *asked)}


async def loads(tx: Tx, days: Mapping[str, date]) -> dict[str, int]:
    """Return how many orders each node's load of a day has, if any."""
    rows = await read(tx, "loads", days.items())
    return {row["node"]: row["orders"] for row in rows}


async def add(tx: Tx, days: Mapping[str, date], orders: Mapping[str, int]) -> None:
    """Add orders to each node's load of a day."""
    rows = [(node, days[node], number) for node, number in orders.items() if number]
    await write(tx, "add_to_loads", rows)


async def next_of_loads(tx: Tx, most: Mapping[str, int]) -> dict[str, list[Turn]]:
    """Read the first orders of each node that wait for the load of a day, as many as asked."""
    found: dict[str, list[Turn]] = defaultdict(list)
    for row in await read(tx, "next_of_loads", most.items()):
        found[row["node"]].append((row["queue_at"], row["completed_at"], row["order_id"]))
    return found


async def orders_kept(tx: Tx, nodes: Collection[str]) -> dict[str, int]:
    """Return how many orders of each node wait for the load of a later day, if any."""
    rows = await tx.fetch(QUERIES["orders_kept_for_loads"], list(nodes))
    return {row["node"]: row["orders"] for row in rows}


async def nodes_with_loads(tx: Tx) -> list[str]:
    """Read nodes of which orders wait for the load of a day."""
    return [row["node"] for row in await tx.fetch(QUERIES["nodes_with_loads"])]


async def put_off(tx: Tx, order_ids: Collection[str]) -> None:
    """Let orders go with no load before they are looked at as a whole."""
    await tx.execute(QUERIES["keep_for_rest"], list(order_ids))
