"""Positions, and the supplies on their way to them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from services.receiving.domain.asns import AsnId
from services.receiving.domain.calendar import Window
from services.receiving.domain.counting import Receipt
from services.receiving.domain.inbound import ClosedLine, Inbound, Position, Supply, SupplyKey, units_to_expect
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class Posting:
    """A movement of the stock ledger that brought units of a supply."""

    movement_id: str
    supply: SupplyKey
    sequence: int
    units: int


async def lock_positions(tx: Tx, positions: Collection[Position]) -> dict[Position, int]:
    """Locks positions until the end of the transaction, creating the missing; the version of each."""
    keys = columns(sorted(positions), 2)
    await tx.connection.execute(QUERIES["create_positions"], *keys)
    rows = await tx.connection.fetch(QUERIES["lock_positions"], *keys)
    return {(row["sku"], row["node"]): row["version"] for row in rows}


async def read_inbound(tx: Tx, positions: Collection[Position]) -> dict[Position, Inbound]:
    """All that is on its way to locked positions."""
    keys = columns(positions, 2)
    landed = await tx.connection.fetch(QUERIES["landed_by"], *keys)
    sequences = {(row["sku"], row["node"]): row["stocked_sequence"] for row in landed}
    supplies: dict[Position, list[Supply]] = defaultdict(list)
    for row in await tx.connection.fetch(QUERIES["supplies_to_come"], *keys):
        supplies[row["sku"], row["node"]].append(_supply(row))
    return {place: Inbound(tuple(supplies[place]), sequences.get(place)) for place in positions}


async def set_versions(tx: Tx, versions: Mapping[Position, int]) -> None:
    rows = [(*position, version) for position, version in versions.items()]
    await tx.connection.execute(QUERIES["set_versions"], *columns(rows, 3))


async def supplies_of(tx: Tx, asn_ids: Collection[str]) -> list[SupplyKey]:
    """Every position that these ASNs brought or will bring something to."""
    rows = await tx.connection.fetch(QUERIES["supplies_of"], list(asn_ids))
    return [(row["supply_id"], row["sku"], row["node"]) for row in rows]


async def closed_lines(tx: Tx, asn_ids: Collection[str]) -> dict[AsnId, list[ClosedLine]]:
    """What ASNs were to bring and what came, SKU by SKU."""
    lines: dict[AsnId, list[ClosedLine]] = defaultdict(list)
    for row in await tx.connection.fetch(QUERIES["closed_lines"], list(asn_ids)):
        lines[row["supply_id"]].append(ClosedLine(row["sku"], row["expected"], row["received"], row["damaged"]))
    return lines


async def expect(tx: Tx, supplies: Iterable[SupplyKey]) -> None:
    """Sets what supplies bring to what the counted lines of the newest revision say."""
    await tx.connection.execute(QUERIES["expect"], *columns(supplies, 3))


async def add_receipts(tx: Tx, receipts: Sequence[Receipt]) -> None:
    """Writes receipts, and adds them to what their supplies have brought."""
    units = [(*r.supply_key, r.units, r.disposition) for r in receipts]
    await tx.connection.execute(QUERIES["add_received"], *columns(units, 5))
    rows = [
        (
            r.receipt_id, r.scan_id, r.line, *r.supply_key, r.units, r.lot, r.expires_on, r.disposition, r.scanned_at,
        )
        for r in receipts
    ]  # fmt: skip
    await tx.connection.execute(QUERIES["add_receipts"], *columns(rows, 11))


async def add_postings(tx: Tx, postings: Iterable[Posting]) -> None:
    """Adds what the ledger has posted to what it had posted of each supply, every movement once for ever."""
    once = {posting.movement_id: posting for posting in postings}
    rows = await tx.connection.fetch(QUERIES["known_postings"], list(once))
    known = {row["movement_id"] for row in rows}
    fresh = [(p.movement_id, *p.supply, p.sequence, p.units) for p in once.values() if p.movement_id not in known]
    await tx.connection.execute(QUERIES["add_stocked"], *columns(fresh, 6))
    await tx.connection.execute(QUERIES["add_postings"], *columns(fresh, 6))


def _supply(row: asyncpg.Record) -> Supply:
    units = units_to_expect(row["expected_units"], row["received"], closed=row["closed"])
    window = Window(row["earliest"], row["latest"])
    return Supply(row["supply_id"], units, window, row["supplier_id"], row["cause"], row["reason"], row["basis"])
