"""Lead times of supplies and trucks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import Final

import asyncpg

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.dock.lead_times import Done, LeadTime, Step, TruckTime
from services.receiving.domain.dock.windows import TruckHistory, WindowError
from services.receiving.domain.inbound import Position
from services.receiving.facts.window import Window
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

_STEP: Final = len(fields(Step))
_LEAD_TIME: Final = len(fields(LeadTime))
_TRUCK_TIME: Final = tuple(field.name for field in fields(TruckTime) if field.name != "ready_days")


@dataclass(frozen=True, slots=True)
class OnTheDock:
    """A truck that came and is not in stock yet."""

    asn_id: str
    supplier_id: str
    arrived_at: datetime


async def keep_steps(tx: Tx, steps: Iterable[Step]) -> set[Position]:
    """Store every movement once for ever; return the positions where some of these ended rework."""
    rows = await tx.fetch(QUERIES["keep_steps"], *columns(map(astuple, steps), _STEP))
    return {(row["sku"], row["node"]) for row in rows if row["rework_units"] < 0}


async def look_again(tx: Tx, positions: Collection[Position]) -> None:
    """Look again at trucks that may wait for rework at these positions; lock them, as every look does."""
    rows = await tx.fetch(QUERIES["lock_reworked"], *columns(positions, 2))
    await tx.execute(QUERIES["set_in_rework"], [row["asn_id"] for row in rows], False)


async def wait_for_rework(tx: Tx, asn_ids: Collection[str]) -> None:
    """Mark locked trucks not to be looked at again before some of their rework has ended."""
    await tx.execute(QUERIES["set_in_rework"], list(asn_ids), True)


async def trucks_to_observe(tx: Tx, at_once: int) -> list[str]:
    """Read ASNs that are closed and landed, not observed yet, and wait for no rework."""
    return [row["asn_id"] for row in await tx.fetch(QUERIES["trucks_to_observe"], at_once)]


async def trucks_done(tx: Tx, asn_ids: Collection[str]) -> dict[AsnId, Done]:
    """Read what is known of the way of locked ASNs; those observed meanwhile are left out."""
    ordered: dict[str, dict[Sku, datetime]] = defaultdict(dict)
    due: dict[str, dict[Sku, date]] = defaultdict(dict)
    for row in await tx.fetch(QUERIES["orders_behind"], list(asn_ids)):
        if row["ordered_at"]:
            ordered[row["asn_id"]][row["sku"]] = row["ordered_at"]
        if row["due_on"]:
            due[row["asn_id"]][row["sku"]] = row["due_on"]
    rows = await tx.fetch(QUERIES["trucks_done"], list(asn_ids))
    return {row["asn_id"]: _done(row, ordered[row["asn_id"]], due[row["asn_id"]]) for row in rows}


async def steps_of(tx: Tx, asn_ids: Collection[str]) -> list[Step]:
    """Read when units of these supplies became sellable, with all rework of their positions."""
    return [Step(**row) for row in await tx.fetch(QUERIES["steps_of"], list(asn_ids))]


async def add_lead_times(tx: Tx, supplies: Iterable[LeadTime]) -> None:
    """Append the lead times of supplies."""
    await tx.execute(QUERIES["add_lead_times"], *columns(map(astuple, supplies), _LEAD_TIME))


async def add_truck_times(tx: Tx, trucks: Collection[TruckTime]) -> None:
    """Append the times of trucks."""
    rows = [tuple(getattr(truck, name) for name in _TRUCK_TIME) for truck in trucks]
    await tx.execute(QUERIES["add_truck_times"], *columns(rows, len(_TRUCK_TIME)))
    days = [(truck.asn_id, day, units) for truck in trucks for day, units in truck.ready_days.items()]
    await tx.execute(QUERIES["add_ready_days"], *columns(days, 3))


async def set_observed(tx: Tx, asn_ids: Collection[str]) -> None:
    """Mark trucks as observed."""
    await tx.execute(QUERIES["set_observed"], list(asn_ids), tx.now)


async def ways(tx: Tx, asked: Collection[tuple[str, Node]]) -> dict[tuple[str, Node], TruckHistory]:
    """Read what the last trucks of suppliers took to be ready at nodes; empty where there were none."""
    keys = columns(asked, 2)
    trucks: dict[tuple[str, Node], list[asyncpg.Record]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["ways"], *keys):
        trucks[row["supplier_id"], row["node"]].append(row)
    due: dict[tuple[str, Node], list[int]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["ways_from_due"], *keys):
        due[row["supplier_id"], row["node"]].append(row["due_to_ready"])
    return {key: TruckHistory(**_ways(trucks[key]), due=tuple(due[key])) for key in asked}


async def kept(tx: Tx, supplier_ids: Collection[str]) -> dict[str, list[WindowError]]:
    """Read how late the last 30 trucks of suppliers were against their dates; unknown suppliers are left out."""
    found: dict[str, list[WindowError]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["kept"], list(supplier_ids)):
        found[row["supplier_id"]].append(WindowError(row["due_to_ready"], row["eta_latest_to_ready"]))
    return found


async def lead_times(
    tx: Tx, supplier_id: str | None, sku: str | None, node: str | None, at_most: int
) -> list[LeadTime]:
    """Read the last supplies of a supplier, a SKU or a node."""
    rows = await tx.fetch(QUERIES["lead_times"], supplier_id, sku, node, at_most)
    return [LeadTime(**row) for row in rows]


async def eta_errors(tx: Tx, supplier_id: str, node: str | None, at_most: int) -> list[int]:
    """Read by how many working days the last trucks came after their ETA, or before when negative."""
    rows = await tx.fetch(QUERIES["eta_errors"], supplier_id, node, at_most)
    return [row["eta_error"] for row in rows]


async def truck_times(tx: Tx, node: str, since: datetime, asn_id: str | None, at_most: int) -> list[TruckTime]:
    """Read what trucks took at a node, the last first."""
    rows = await tx.fetch(QUERIES["truck_times"], node, since, asn_id, at_most)
    return [
        TruckTime(
            **{name: row[name] for name in _TRUCK_TIME},
            ready_days=dict(zip(row["days"], row["units"], strict=True)),
        )
        for row in rows
    ]


async def trucks_on_the_dock(tx: Tx, node: str, at_most: int) -> list[OnTheDock]:
    """Read trucks that came to a node and are not in stock yet."""
    return [OnTheDock(**row) for row in await tx.fetch(QUERIES["trucks_on_the_dock"], node, at_most)]


def _ways(trucks: Collection[asyncpg.Record]) -> dict[str, tuple[int, ...]]:
    names = ("eta_earliest", "eta_latest", "booked", "docked")
    return {name: tuple(days for row in trucks if (days := row[f"{name}_to_ready"]) is not None) for name in names}


def _done(row: asyncpg.Record, ordered_at: Mapping[Sku, datetime], due_on: Mapping[Sku, date]) -> Done:
    eta = Window(row["eta_earliest"], row["eta_latest"])
    seen = (row["arrived_at"], row["begun_at"], row["first_scan_at"], row["last_scan_at"])
    way = (row["shipped_at"], row["booked_for"], *seen)
    return Done(row["asn_id"], row["supplier_id"], row["node"], eta, *way, ordered_at, due_on)
