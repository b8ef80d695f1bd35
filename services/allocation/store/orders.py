"""Orders as a whole: what they may ship in, and what of them is still to be released."""

from collections.abc import Collection, Mapping, Sequence

from services.allocation.domain.allocating import Open
from services.allocation.domain.leaving import Owned
from services.allocation.domain.positions import Key
from services.allocation.store import QUERIES
from services.allocation.store.owning import owned_rows
from shared.messaging.transaction import Tx


async def together(tx: Tx, order_ids: Collection[str]) -> dict[str, list[Open]]:
    """Of these orders those that have one parcel left: locks them, and reads what of them is still to be released."""
    if not order_ids:
        return {}
    locked = await tx.connection.fetch(QUERIES["lock_orders"], sorted(order_ids))
    last = [row["order_id"] for row in locked if row["parcels_left"] <= 1]
    found: dict[str, list[Open]] = {order_id: [] for order_id in last}
    for row in await tx.connection.fetch(QUERIES["open_lines"], last) if last else ():
        line = (row["order_id"], row["line_id"])
        found[row["order_id"]].append(
            Open(line, (row["sku"], row["node"]), row["waiting"], row["promised_by"], row["free"])
        )
    return found


async def unreleased(tx: Tx, order_ids: Collection[str]) -> Mapping[Key, Sequence[Owned]]:
    """What lines of these orders own that is not released yet."""
    if not order_ids:
        return {}
    return owned_rows(await tx.connection.fetch(QUERIES["unreleased"], list(order_ids)))


async def count_parcels(tx: Tx, order_ids: Collection[str]) -> None:
    """Units of these orders go to the floor."""
    await tx.connection.execute(QUERIES["count_parcels"], list(order_ids))


async def pass_over(tx: Tx, order_ids: Collection[str]) -> dict[str, int]:
    """How often others were served before each of these."""
    if not order_ids:
        return {}
    rows = await tx.connection.fetch(QUERIES["pass_over"], sorted(order_ids))
    return {row["order_id"]: row["passed_over"] for row in rows}
