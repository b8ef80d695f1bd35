"""Orders as a whole: in how many parcels they may ship, and what of them is still to be released."""

from collections.abc import Collection, Mapping
from datetime import datetime

from services.allocation.domain.calendar import NodeDay
from services.allocation.domain.payment import ask_at
from services.allocation.domain.ship_together import Group, OpenLine
from services.allocation.domain.window import Window
from services.allocation.store import QUERIES, timers, write
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def together(tx: Tx, order_ids: Collection[str], days: Mapping[str, NodeDay]) -> dict[Group, list[OpenLine]]:
    """Lock and read what of these orders ships together and is still to be released.

    An order with one parcel left is one group; of others each bundle is one whose components do not ship in parts.
    `days` says what day it is at each node.
    """
    if not order_ids:
        return {}
    locked = await tx.fetch(QUERIES["lock_orders"], sorted(order_ids))
    last = {row["order_id"]: row["parcels_left"] is not None and row["parcels_left"] <= 1 for row in locked}
    return await open_lines(tx, last, days)


async def open_lines(tx: Tx, whole: Mapping[str, bool], days: Mapping[str, NodeDay]) -> dict[Group, list[OpenLine]]:
    """Read what of these orders ships together and is still to be released; `whole` are those with one parcel left."""
    rows = [(node, day.today, day.ships_on) for node, day in days.items()]
    found: dict[Group, list[OpenLine]] = {order_id: [] for order_id, is_so in whole.items() if is_so}
    for row in await tx.fetch(QUERIES["open_lines"], list(whole), *columns(rows, 3)) if whole else ():
        line, bundle = (row["order_id"], row["line_id"]), (row["order_id"], row["bundle_line_id"])
        if whole[row["order_id"]] or row["bundle_line_id"]:
            promised = Window(row["own_earliest"], row["own_latest"]) if row["own_latest"] else None
            per = None if whole[row["order_id"]] else row["per_bundle"]
            units = (row["uncovered"], promised, row["free"] or 0, row["claimed"], per)
            open_ = OpenLine(line, (row["sku"], row["node"]), *units)
            found.setdefault(row["order_id"] if whole[row["order_id"]] else bundle, []).append(open_)
    return found


async def count_parcels(tx: Tx, order_ids: Collection[str]) -> None:
    """Count a parcel of orders whose units go to the floor."""
    await tx.execute(QUERIES["count_parcels"], list(order_ids))


async def pass_over(tx: Tx, order_ids: Collection[str]) -> list[str]:
    """Count that others were served before these orders; return those to which that happened for the second time."""
    rows = await tx.fetch(QUERIES["pass_over"], sorted(order_ids))
    return [row["order_id"] for row in rows if row["is_listed"]]


async def unlist(tx: Tx, order_ids: Collection[str]) -> list[str]:
    """Take orders passed over twice off the list if they need no split any more; return those."""
    return [row["order_id"] for row in await tx.fetch(QUERIES["unlist"], sorted(order_ids))]


async def authorize(tx: Tx, until: Mapping[str, datetime | None]) -> None:
    """Mark orders as paid, or authorised until an instant, and set when to look at that."""
    await write(tx, "authorize", until.items())
    await timers.replace(tx, "payment", {(order_id, ""): ask_at(ends) for order_id, ends in until.items()})
