"""Scans, their cartons, and what must be known to place them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.scanning.cartons import Carton, CartonId
from services.receiving.domain.scanning.placement import Count, Place
from services.receiving.domain.scanning.printed_dates import DateOrder
from services.receiving.domain.scanning.scans import KeptScan, Scan, ScanId
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

_READ: Final = tuple(field.name for field in fields(Scan))
PlacingRow = tuple[object, ...]  # the columns of `add_placings`


@dataclass(frozen=True, slots=True)
class CartonToOpen:
    """A carton of an ASN, the units inside, and how many of them customers wait for."""

    carton_id: str
    waiting_units: int
    units: int


async def keep_scans(tx: Tx, scans: Iterable[Scan]) -> dict[ScanId, KeptScan]:
    """Store scans, the first of each id for ever, and lock them until the transaction ends.

    Returned and locked with them are the scans that they take back, and those that take them back.
    """
    rows = [astuple(scan) for scan in scans]
    await tx.execute(QUERIES["keep_scans"], *columns(rows, len(_READ)))
    return await lock_scans(tx, [row[0] for row in rows])


async def lock_scans(tx: Tx, scan_ids: Collection[str]) -> dict[ScanId, KeptScan]:
    """Lock known scans, with those that they take back and those that take them back."""
    return {row["scan_id"]: _kept(row) for row in await tx.fetch(QUERIES["lock_scans"], list(scan_ids))}


async def read_scans(tx: Tx, scan_ids: Collection[str]) -> dict[ScanId, KeptScan]:
    """Read scans as they are by now."""
    return {row["scan_id"]: _kept(row) for row in await tx.fetch(QUERIES["read_scans"], list(scan_ids))}


async def set_scans(tx: Tx, counts: Iterable[Count]) -> None:
    """Write the outcome of scans."""
    rows = [(count.scan.scan_id, count.state, count.revision, count.carton, count.waits_for) for count in counts]
    await tx.execute(QUERIES["set_scans"], *columns(rows, 5))


async def read_cartons(tx: Tx, cartons: Collection[CartonId]) -> dict[CartonId, Carton]:
    """Read the label scans of cartons of locked ASNs, and whether they are counted unit by unit."""
    keys = columns(cartons, 2)
    labels: dict[CartonId, list[KeptScan]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["labels_of_cartons"], *keys):
        labels[row["asn_id"], row["carton"]].append(_kept(row))
    by_unit = {(row["asn_id"], row["carton"]) for row in await tx.fetch(QUERIES["cartons_by_unit"], *keys)}
    return {carton: Carton(tuple(labels[carton]), carton in by_unit) for carton in cartons}


async def uncounted_skus(tx: Tx, asn_ids: Collection[str]) -> frozenset[tuple[AsnId, Sku]]:
    """Return SKUs of locked ASNs of which a line cannot be counted yet."""
    rows = await tx.fetch(QUERIES["uncounted_skus"], list(asn_ids))
    return frozenset((row["asn_id"], row["sku"]) for row in rows)


async def places(tx: Tx, nodes: Collection[Node]) -> dict[Node, Place]:
    """Read what scans must know of their nodes; unknown ones are left out."""
    rows = await tx.fetch(QUERIES["places"], list(nodes))
    return {row["node"]: Place(ZoneInfo(row["zone"]), row["blind_receipts"]) for row in rows}


async def date_orders(tx: Tx, supplier_ids: Collection[str]) -> dict[str, DateOrder]:
    """Read the order in which suppliers print dates; unknown ones are left out."""
    rows = await tx.fetch(QUERIES["date_orders"], list(supplier_ids))
    return {row["supplier_id"]: row["printed_dates"] for row in rows}


async def close_cartons(tx: Tx, closed: Mapping[CartonId, tuple[str, datetime]]) -> None:
    """Store which cartons are empty, by which device's word and since when."""
    rows = [(*carton, *row) for carton, row in closed.items()]
    await tx.execute(QUERIES["close_cartons"], *columns(rows, 4))


async def closed_cartons(tx: Tx, cartons: Collection[CartonId]) -> set[CartonId]:
    """Return the empty ones of these cartons."""
    rows = await tx.fetch(QUERIES["closed_cartons"], *columns(cartons, 2))
    return {(row["asn_id"], row["carton"]) for row in rows}


async def closed_cartons_of(tx: Tx, asn_ids: Collection[str]) -> set[CartonId]:
    """Return the empty cartons of ASNs."""
    rows = await tx.fetch(QUERIES["closed_cartons_of"], list(asn_ids))
    return {(row["asn_id"], row["carton"]) for row in rows}


async def add_placings(tx: Tx, rows: Iterable[PlacingRow]) -> None:
    """Store what people said of scans."""
    await tx.execute(QUERIES["add_placings"], *columns(rows, 8))


async def opening_list(tx: Tx, asn_id: str) -> list[CartonToOpen]:
    """Read the cartons of an ASN in the order in which to open them: those that most customers wait for first."""
    rows = await tx.fetch(QUERIES["opening_list"], asn_id)
    return [CartonToOpen(row["carton_id"], row["waiting"], row["units"]) for row in rows]


def _kept(row: asyncpg.Record) -> KeptScan:
    placed = (row["state"], row["revision"], row["carton"], row["waits_for"])
    return KeptScan(Scan(*(row[name] for name in _READ)), *placed)
