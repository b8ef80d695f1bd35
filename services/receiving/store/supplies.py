"""Positions, and the supplies on their way to them."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from services.receiving.domain.inbound import Inbound, Position, Supply, SupplyKey, SupplyLot, units_to_expect
from services.receiving.facts.window import Window
from services.receiving.store import QUERIES
from shared.contracts.inbound import MOST_LOTS
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
    """Lock positions until the transaction ends, creating missing ones; return the version of each."""
    keys = columns(sorted(positions), 2)
    await tx.execute(QUERIES["create_positions"], *keys)
    rows = await tx.fetch(QUERIES["lock_positions"], *keys)
    return {(row["sku"], row["node"]): row["version"] for row in rows}


async def read_inbound(tx: Tx, positions: Collection[Position]) -> dict[Position, Inbound]:
    """Read everything that is on its way to locked positions."""
    keys = columns(positions, 2)
    landed = await tx.fetch(QUERIES["landed_by"], *keys)
    sequences = {(row["sku"], row["node"]): row["stocked_sequence"] for row in landed}
    supplies: dict[Position, list[Supply]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["supplies_to_come"], *keys):
        if (supply := _supply(row)).expected_units:
            supplies[row["sku"], row["node"]].append(supply)
    return {place: Inbound(tuple(supplies[place]), sequences.get(place)) for place in positions}


async def set_versions(tx: Tx, versions: Mapping[Position, int]) -> None:
    rows = [(*position, version) for position, version in versions.items()]
    await tx.execute(QUERIES["set_versions"], *columns(rows, 3))


async def supplies_of(tx: Tx, supply_ids: Collection[str]) -> list[SupplyKey]:
    """Return every position to which these ASNs or lines of purchase orders brought or will bring something."""
    rows = await tx.fetch(QUERIES["supplies_of"], list(supply_ids))
    return [(row["supply_id"], row["sku"], row["node"]) for row in rows]


async def expect(tx: Tx, supplies: Iterable[SupplyKey]) -> None:
    """Set what supplies bring to the counted lines of the newest revision."""
    await tx.execute(QUERIES["expect"], *columns(supplies, 3), MOST_LOTS)


async def add_received(tx: Tx, units: Sequence[tuple[object, ...]]) -> None:
    """Add what was accepted at the dock, or taken back: (supply, SKU, node, units, disposition)."""
    await tx.execute(QUERIES["create_supplies"], *columns([row[:3] for row in units], 3))
    await tx.execute(QUERIES["add_received"], *columns(units, 5))


async def add_postings(tx: Tx, postings: Iterable[Posting]) -> None:
    """Add what the ledger has posted of each supply, every movement once for ever."""
    once = {posting.movement_id: posting for posting in postings}
    rows = await tx.fetch(QUERIES["known_postings"], list(once))
    known = {row["movement_id"] for row in rows}
    fresh = [(p.movement_id, *p.supply, p.sequence, p.units) for p in once.values() if p.movement_id not in known]
    await tx.execute(QUERIES["create_supplies"], *columns([row[1:4] for row in fresh], 3))
    await tx.execute(QUERIES["add_stocked"], *columns(fresh, 6))
    await tx.execute(QUERIES["add_postings"], *columns(fresh, 6))


def _supply(row: asyncpg.Record) -> Supply:
    units = units_to_expect(row["expected_units"], row["received"], row["sellable"], done=row["done"])
    window = Window(row["earliest"], row["latest"])
    origin = (row["supplier_id"], row["cause"], row["reason"], row["basis"], row["reliable_on"])
    return Supply(row["supply_id"], units, window, *origin, _lots(row), row["is_estimated"])


def _lots(row: asyncpg.Record) -> tuple[SupplyLot, ...]:
    """Return the lots that are still to come: of a supply that is done, none."""
    if row["lots"] is None or row["done"]:
        return ()
    return tuple(SupplyLot(lot, date.fromisoformat(day), units) for lot, day, units in json.loads(row["lots"]))
