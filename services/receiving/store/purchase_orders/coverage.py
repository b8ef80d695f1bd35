"""Coverage of purchase orders by ASNs, and what they still owe."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import groupby

from services.receiving.domain.asns.asns import covered_units
from services.receiving.domain.inbound import SupplyKey
from services.receiving.domain.purchase_orders.purchase_orders import cover_lines
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

AsnSku = tuple[str, str]


async def order_supplies(tx: Tx, po_numbers: Collection[str], skus: Collection[str]) -> list[SupplyKey]:
    """Return what locked purchase orders may bring of these SKUs, and where."""
    rows = await tx.fetch(QUERIES["order_supplies"], list(po_numbers), list(skus))
    return [(row["supply_id"], row["sku"], row["node"]) for row in rows]


async def keep_coverage(tx: Tx, asked: Collection[AsnSku]) -> None:
    """Decide anew what locked ASNs cover of locked purchase orders, SKU by SKU."""
    rows = await tx.fetch(QUERIES["announced"], *columns(asked, 2))
    fields: dict[AsnSku, dict[str | None, int]] = defaultdict(dict)
    state: dict[AsnSku, tuple[int, bool]] = {}
    for row in rows:
        key = (row["asn_id"], row["sku"])
        # What the ASN does not list counts for the purchase order that it names as a whole.
        fields[key][row["po_number"] if row["units"] else row["header"]] = row["units"] or 0
        state[key] = (row["received"], row["done"])
    shares = {key: covered_units(fields[key], received, done=done) for key, (received, done) in state.items()}
    covered = [
        (number, sku, asn_id, units) for (asn_id, sku), group in shares.items() for number, units in group.items()
    ]
    await tx.execute(QUERIES["forget_coverage"], *columns(asked, 2))
    await tx.execute(QUERIES["keep_coverage"], *columns(covered, 4))


async def owe_the_rest(tx: Tx, po_numbers: Collection[str], skus: Collection[str]) -> None:
    """Expect of lines of locked purchase orders what no ASN covers and what did not come without one."""
    rows = await tx.fetch(QUERIES["covered_lines"], list(po_numbers), list(skus))
    filled: dict[str, int] = {}
    for (_, _, by_others), records in groupby(rows, key=lambda row: (row["po_number"], row["sku"], row["by_others"])):
        filled |= cover_lines([(row["supply_id"], row["due_on"], row["units"]) for row in records], by_others)
    changed = [row for row in rows if row["covered"] != filled[row["supply_id"]]]
    await _cover(tx, {row["supply_id"]: filled[row["supply_id"]] for row in changed})
    await expect_orders(tx, [(row["supply_id"], row["sku"], row["node"]) for row in changed])


async def expect_orders(tx: Tx, supplies: Iterable[SupplyKey]) -> None:
    """Set what lines of purchase orders bring to their units that no ASN covers."""
    await tx.execute(QUERIES["expect_orders"], *columns(supplies, 3))


async def _cover(tx: Tx, units: Mapping[str, int]) -> None:
    await tx.execute(QUERIES["cover_lines"], *columns(units.items(), 2))
