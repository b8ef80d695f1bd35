"""ASNs and their lines."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.receiving.domain.asns.asns import Asn, AsnId, Line
from services.receiving.domain.catalogue import Node, Product
from services.receiving.facts.window import Window
from services.receiving.store import QUERIES, overdue_looks
from shared.db.queries import columns
from shared.messaging.transaction import Tx

CartonKey = tuple[AsnId, int, str]


@dataclass(frozen=True, slots=True)
class Closed:
    """A truck that is done: its supplier, its node, and since when."""

    supplier_id: str
    node: Node
    closed_at: datetime


async def create_asns(tx: Tx, asns: Iterable[Asn]) -> None:
    """Create ASNs that are seen for the first time, as revision 0."""
    await tx.execute(QUERIES["create_asns"], *columns(map(_row, asns), 15))


async def lock_asns(tx: Tx, asn_ids: Collection[str]) -> dict[AsnId, Asn]:
    """Lock ASNs until the transaction ends; unknown ones are left out."""
    rows = await tx.fetch(QUERIES["lock_asns"], list(asn_ids))
    return {row["asn_id"]: _asn(row) for row in rows}


async def keep_asns(tx: Tx, asns: Mapping[AsnId, Asn], lines: Iterable[Line]) -> None:
    """Write revisions of locked ASNs, and their lines."""
    await tx.execute(QUERIES["keep_asns"], *columns(map(_row, asns.values()), 15))
    rows = (
        (
            x.asn_id, x.revision, x.line, x.carton_id, x.sku, x.gtin, x.qty, x.uom, x.units_per, x.lot, x.expires_on,
            x.units, x.po_number,
        )
        for x in lines
    )  # fmt: skip
    await tx.execute(QUERIES["add_lines"], *columns(rows, 13))
    await overdue_looks.look_at_asns(tx, asns)


async def newest_lines(tx: Tx, asn_ids: Collection[str]) -> list[Line]:
    """Read the lines of the newest revision of locked ASNs."""
    return [Line(**row) for row in await tx.fetch(QUERIES["asn_lines"], list(asn_ids))]


async def cancel_asns(tx: Tx, revisions: Mapping[AsnId, int]) -> None:
    """Mark ASNs as cancelled by a revision."""
    await tx.execute(QUERIES["cancel_asns"], *columns(revisions.items(), 2))
    await overdue_looks.look_again(tx, revisions)


async def orders_named_by(tx: Tx, asn_ids: Collection[str]) -> set[str]:
    """Return the purchase orders that locked ASNs name or cover."""
    rows = await tx.fetch(QUERIES["orders_named_by"], list(asn_ids))
    return {row["po_number"] for row in rows}


async def done_asns(tx: Tx, asn_ids: Collection[str]) -> set[str]:
    """Return the ASNs of which nothing more comes, because they are closed or cancelled."""
    return {row["asn_id"] for row in await tx.fetch(QUERIES["done_asns"], list(asn_ids))}


async def uncounted_lines(tx: Tx, asn_ids: Collection[str]) -> list[Line]:
    """Read lines whose product or pack was unknown, of every revision."""
    return [Line(**row) for row in await tx.fetch(QUERIES["uncounted_lines"], list(asn_ids))]


async def asns_waiting_for(tx: Tx, products: Iterable[Product]) -> list[str]:
    """Return ASNs with lines that could not be counted for want of these products."""
    known = list(products)
    gtins = [pack.gtin for product in known for pack in product.packs]
    rows = await tx.fetch(QUERIES["asns_waiting_for"], [product.sku for product in known], gtins)
    return [row["asn_id"] for row in rows]


async def count_lines(tx: Tx, lines: Iterable[Line]) -> None:
    """Write the units of lines that can be counted now."""
    rows = [(line.asn_id, line.revision, line.line, line.sku, line.units) for line in lines]
    await tx.execute(QUERIES["count_lines"], *columns(rows, 5))


async def carton_lines(tx: Tx, cartons: Collection[CartonKey]) -> dict[CartonKey, tuple[Line, ...]]:
    """Read the lines of cartons; unknown ones are left out."""
    rows = await tx.fetch(QUERIES["carton_lines"], *columns(cartons, 3))
    found: dict[CartonKey, tuple[Line, ...]] = {}
    for line in (Line(**row) for row in rows):
        key = (line.asn_id, line.revision, line.carton_id)
        found[key] = (*found.get(key, ()), line)
    return found


async def close_asns(tx: Tx, asn_ids: Collection[str], at: datetime) -> None:
    """Close ASNs: nothing more is expected of them than came."""
    await tx.execute(QUERIES["close_asns"], list(asn_ids), at)
    await overdue_looks.look_again(tx, asn_ids)


async def closed_asns(tx: Tx, asn_ids: Collection[str]) -> dict[str, Closed]:
    """Read the closed ones of these ASNs, with supplier, node and instant."""
    rows = await tx.fetch(QUERIES["closed_asns"], list(asn_ids))
    return {row["asn_id"]: Closed(row["supplier_id"], row["node"], row["closed_at"]) for row in rows}


def _row(asn: Asn) -> tuple[object, ...]:
    window = (asn.window.earliest, asn.window.latest)
    eta = (asn.eta.earliest, asn.eta.latest, asn.shipped_at, asn.basis, asn.overdue_at)
    rest = (asn.cause, asn.reason, *eta, asn.po_number, asn.eta_estimated_from)
    return (asn.asn_id, asn.revision, asn.supplier_id, asn.node, *window, *rest)


def _asn(row: asyncpg.Record) -> Asn:
    window, eta = Window(row["earliest"], row["latest"]), Window(row["eta_earliest"], row["eta_latest"])
    rest = (row["cause"], row["reason"], eta, row["shipped_at"], row["basis"], row["overdue_at"], row["is_closed"])
    also = (row["po_number"], row["cancelled_by"], row["eta_estimated_from"])
    return Asn(row["asn_id"], row["revision"], row["supplier_id"], row["node"], window, *rest, *also)
