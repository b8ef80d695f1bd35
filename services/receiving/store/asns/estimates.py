"""What tells when a truck arrives whose file does not say it."""

from collections import defaultdict
from collections.abc import Collection

from services.receiving.domain.asns.estimates import FROM_ORDERS, EstimatedAsn
from services.receiving.facts.window import Window
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def days_on_the_way(tx: Tx, ways: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
    """Read how many working days the last trucks of (supplier, node) took from shipment to the dock."""
    found = defaultdict(list)
    for row in await tx.fetch(QUERIES["days_on_the_way"], *columns(ways, 2)):
        found[row["supplier_id"], row["node"]].append(row["days"])
    return found


async def days_due(tx: Tx, po_numbers: Collection[str]) -> dict[str, Window]:
    """Read the first and the last day on which something of a purchase order is due."""
    rows = await tx.fetch(QUERIES["days_due"], list(po_numbers))
    return {row["po_number"]: Window(row["first"], row["last"]) for row in rows}


async def estimated_from_orders(tx: Tx, po_numbers: Collection[str]) -> list[EstimatedAsn]:
    """Read open ASNs that cover something of purchase orders and arrive when these are due, as far as is known."""
    rows = await tx.fetch(QUERIES["estimated_from_orders"], list(po_numbers), FROM_ORDERS)
    return [
        EstimatedAsn(
            row["asn_id"], row["revision"], row["supplier_id"], row["node"], row["po_number"], row["shipped_at"],
            Window(row["eta_earliest"], row["eta_latest"]),
        )
        for row in rows
    ]  # fmt: skip
