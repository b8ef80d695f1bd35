"""Orders as a whole: what they may ship in, and what of them is still to be released."""

from collections.abc import Collection, Mapping, Sequence

from services.allocation.domain.allocating import Group, Open
from services.allocation.domain.leaving import Owned
from services.allocation.domain.positions import Key
from services.allocation.store import QUERIES
from services.allocation.store.owning import owned_rows
from shared.messaging.transaction import Tx


async def together(tx: Tx, order_ids: Collection[str]) -> dict[Group, list[Open]]:
    """What of these orders ships together, and is still to be released; locks them.

    An order with one parcel left is one group; of others each bundle is one whose components do not ship in parts.
    """
    if not order_ids:
        return {}
    locked = await tx.connection.fetch(QUERIES["lock_orders"], sorted(order_ids))
    whole = {row["order_id"]: row["parcels_left"] is not None and row["parcels_left"] <= 1 for row in locked}
    found: dict[Group, list[Open]] = {order_id: [] for order_id, one in whole.items() if one}
    for row in await tx.connection.fetch(QUERIES["open_lines"], list(whole)) if whole else ():
        line, bundle = (row["order_id"], row["line_id"]), (row["order_id"], row["bundle_line_id"])
        if whole[row["order_id"]] or row["bundle_line_id"]:
            open_ = Open(line, (row["sku"], row["node"]), row["waiting"], row["promised_by"], row["free"])
            found.setdefault(row["order_id"] if whole[row["order_id"]] else bundle, []).append(open_)
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
