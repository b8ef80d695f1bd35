"""Scans, and what must be known to count them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import astuple, fields
from typing import Final

import asyncpg

from services.receiving.domain.asns import AsnId
from services.receiving.domain.catalogue import Sku
from services.receiving.domain.counting import Count, Counter, Tally
from services.receiving.domain.scans import Kept, Scan, ScanId
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

_READ: Final = tuple(field.name for field in fields(Scan))


async def keep_scans(tx: Tx, scans: Iterable[Scan]) -> dict[ScanId, Kept]:
    """Keeps scans, the first of each id for ever, and locks them until the end of the transaction."""
    rows = [astuple(scan) for scan in scans]
    await tx.connection.execute(QUERIES["keep_scans"], *columns(rows, len(_READ)))
    ids = [row[0] for row in rows]
    kept = await tx.connection.fetch(QUERIES["lock_scans"], ids)
    lines: dict[ScanId, set[int]] = defaultdict(set)
    for row in await tx.connection.fetch(QUERIES["received_lines"], ids):
        lines[row["scan_id"]].add(row["line"])
    return {row["scan_id"]: _kept(row, lines[row["scan_id"]]) for row in kept}


async def tallies(tx: Tx, asn_ids: Collection[str], skus: Collection[Sku]) -> dict[tuple[AsnId, Sku], Tally]:
    """What is expected of SKUs of locked ASNs, and accepted as sellable so far."""
    rows = await tx.connection.fetch(QUERIES["tallies"], list(asn_ids), list(skus))
    return {(row["supply_id"], row["sku"]): Tally(row["expected_units"], row["sellable"]) for row in rows}


async def uncounted_skus(tx: Tx, asn_ids: Collection[str]) -> frozenset[tuple[AsnId, Sku]]:
    """SKUs of locked ASNs of which a line cannot be counted yet."""
    rows = await tx.connection.fetch(QUERIES["uncounted_skus"], list(asn_ids))
    return frozenset((row["asn_id"], row["sku"]) for row in rows)


async def counters(tx: Tx, cartons: Collection[tuple[AsnId, str]]) -> dict[tuple[AsnId, str], Counter]:
    """By which scan, or kind of scan, cartons are counted."""
    rows = await tx.connection.fetch(QUERIES["counters"], *columns(cartons, 2))
    return {(row["asn_id"], row["carton_id"]): Counter(row["mode"], row["scan_id"]) for row in rows}


async def set_scans(tx: Tx, counts: Iterable[Count]) -> None:
    """Writes what became of scans."""
    rows = [(count.scan.scan_id, count.state, count.revision) for count in counts]
    await tx.connection.execute(QUERIES["set_scans"], *columns(rows, 3))


def _kept(row: asyncpg.Record, lines: Iterable[int]) -> Kept:
    return Kept(Scan(*(row[name] for name in _READ)), row["state"], row["revision"], frozenset(lines))
