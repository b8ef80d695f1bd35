"""Parts that count, how many of their units are sellable, and what was posted; under their position's lock."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import date

import asyncpg

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.scanning.cartons import CartonId
from services.receiving.domain.scanning.lots import Lot
from services.receiving.domain.scanning.scans import ScanId
from services.receiving.domain.scanning.tallies import (
    Part,
    PartKey,
    Posted,
    Receipt,
    SetAside,
    Tally,
    TallyKey,
    receipts_by_place,
)
from services.receiving.store import QUERIES
from services.receiving.store.supplies import add_received
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def parts_of(tx: Tx, scan_ids: Collection[str]) -> dict[PartKey, Part]:
    """Read the parts of scans that count."""
    return _parts(await tx.fetch(QUERIES["parts_of_scans"], list(scan_ids)))


async def replace_parts(tx: Tx, gone: Iterable[PartKey], come: Iterable[Part]) -> None:
    """Delete parts that no longer count, and add those that count from now on."""
    await tx.execute(QUERIES["drop_parts"], *columns(gone, 2))
    await tx.execute(QUERIES["add_parts"], *columns(map(astuple, come), 16))


async def set_parts(tx: Tx, parts: Iterable[Part]) -> None:
    """Write how many units parts have, how many are sellable, and whether their lot has two dates."""
    rows = [(*part.key, part.has_two_dates, part.sellable, part.units, part.taken) for part in parts]
    await tx.execute(QUERIES["set_parts"], *columns(rows, 6))


async def set_aside(tx: Tx, keys: Collection[TallyKey]) -> dict[TallyKey, list[SetAside]]:
    """Read the units that were scanned one by one as damaged or for rework.

    Keys of which units are still taken from the acceptance of a carton are in it in any case.
    """
    found: dict[TallyKey, list[SetAside]] = {}
    for row in await tx.fetch(QUERIES["taken_from_labels"], *columns(keys, 3)):
        found[row["asn_id"], row["sku"], row["node"]] = []
    for row in await tx.fetch(QUERIES["set_aside_by_unit"], *columns(keys, 3)):
        key = (row["asn_id"], row["sku"], row["node"])
        found.setdefault(key, []).append(SetAside(row["carton"], row["lot"], row["units"]))
    return found


async def accepted_by_label(tx: Tx, keys: Collection[TallyKey]) -> dict[PartKey, Part]:
    """Read what counts by the labels of cartons, the last one read first."""
    return _parts(await tx.fetch(QUERIES["accepted_by_label"], *columns(keys, 3))) if keys else {}


async def parts_over(tx: Tx, room: Mapping[TallyKey, int]) -> dict[PartKey, Part]:
    """Read the units that are over, the oldest first, as far as there may be room for them."""
    rows = [(*key, units) for key, units in room.items()]
    return _parts(await tx.fetch(QUERIES["parts_over"], *columns(rows, 4)))


async def first_dates(tx: Tx, lots: Collection[Lot]) -> dict[Lot, date]:
    """Read the expiry that was read first of each lot."""
    rows = await tx.fetch(QUERIES["first_dates"], *columns(lots, 3))
    return {(row["sku"], row["node"], row["lot"]): row["expires_on"] for row in rows}


async def misdated_parts(tx: Tx, first: Mapping[Lot, date]) -> dict[PartKey, Part]:
    """Read parts that are not held although their date is not their lot's first, or are although it is."""
    rows = [(*lot, day) for lot, day in first.items()]
    return _parts(await tx.fetch(QUERIES["misdated_parts"], *columns(rows, 4)))


async def other_dates(tx: Tx, lots: Collection[Lot]) -> dict[Lot, dict[date, int]]:
    """Read the dates of lots that are not their first, and the units that carry them."""
    found: dict[Lot, dict[date, int]] = defaultdict(dict)
    for row in await tx.fetch(QUERIES["other_dates"], *columns(lots, 3)):
        found[row["sku"], row["node"], row["lot"]][row["expires_on"]] = row["units"]
    return found


async def units_in_cartons(tx: Tx, cartons: Collection[CartonId]) -> dict[CartonId, dict[Sku, int]]:
    """Read the units of each SKU that were counted off cartons."""
    found: dict[CartonId, dict[Sku, int]] = defaultdict(dict)
    for row in await tx.fetch(QUERIES["units_in_cartons"], *columns(cartons, 2)):
        found[row["asn_id"], row["carton"]][row["sku"]] = row["units"]
    return found


async def tallies(tx: Tx, keys: Collection[TallyKey]) -> dict[TallyKey, tuple[Tally, int]]:
    """Read what was counted of SKUs of ASNs, and what is expected of them."""
    rows = await tx.fetch(QUERIES["tallies"], *columns(keys, 3))
    return {
        (row["asn_id"], row["sku"], row["node"]): (
            Tally(row["units"], row["good"], row["sellable"], row["allowed"], row["elsewhere"]),
            row["expected"],
        )
        for row in rows
    }


async def over_by_policies(tx: Tx, policies: Collection[tuple[str, str]]) -> list[TallyKey]:
    """Read of what more came off open ASNs than was allowed, of (merchant, SKU or nothing) of policies."""
    rows = await tx.fetch(QUERIES["over_by_policies"], *columns(policies, 2))
    return [(row["asn_id"], row["sku"], row["node"]) for row in rows]


async def keep_tallies(tx: Tx, now: Mapping[TallyKey, Tally]) -> None:
    rows = [(*key, *astuple(tally)) for key, tally in now.items()]
    await tx.execute(QUERIES["keep_tallies"], *columns(rows, 8))


async def posted_receipts(tx: Tx, scan_ids: Collection[str]) -> dict[PartKey, dict[str, list[Posted]]]:
    """Read what was posted for scans before, by part and disposition."""
    rows = await tx.fetch(QUERIES["posted_receipts"], list(scan_ids))
    return receipts_by_place(
        ((row["scan_id"], row["line"]), row["disposition"], Posted(*(row[x] for x in Posted.__slots__))) for row in rows
    )


async def received_of(tx: Tx, scan_ids: Collection[str]) -> dict[ScanId, list[tuple[AsnId | None, Sku, Node]]]:
    """Read what scans ever stood for, also those that stand for nothing any more."""
    found: dict[ScanId, list[tuple[AsnId | None, Sku, Node]]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["received_of_scans"], list(scan_ids)):
        found[row["scan_id"]].append((row["asn_id"], row["sku"], row["node"]))
    return found


async def add_receipts(tx: Tx, receipts: Sequence[Receipt]) -> None:
    """Write receipts, and add them to what their supplies have brought."""
    brought = [(r.part.supply_id, *r.part.position, r.units, r.disposition) for r in receipts if r.part.supply_id]
    await add_received(tx, brought)
    rows = [
        (
            r.receipt_id, *r.part.key, r.part.supply_id, *r.part.position, r.units, r.part.lot, r.part.expires_on,
            r.disposition, r.part.scanned_at, r.corrects, r.lane, r.correction_no,
        )
        for r in receipts
    ]  # fmt: skip
    await tx.execute(QUERIES["add_receipts"], *columns(rows, 14))


def _parts(rows: Iterable[asyncpg.Record]) -> dict[PartKey, Part]:
    parts = (Part(**row) for row in rows)
    return {part.key: part for part in parts}
