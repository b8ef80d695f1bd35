"""Counts and reports of the floor."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from services.inventory.domain.counts import Count, Judged
from services.inventory.domain.ledger import Position
from services.inventory.domain.reports import Report, StatusLot
from services.inventory.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def known_counts(tx: Tx, names: Collection[str]) -> set[str]:
    """Return the counts that were taken already."""
    return {row["count_id"] for row in await tx.fetch(QUERIES["known_counts"], list(names))}


async def since(tx: Tx, counts: Sequence[Count]) -> dict[str, int]:
    """Return the change in units of each counted lot and status since its count, at locked positions."""
    rows = [(count.count_id, *count.place, count.counted_at) for count in counts]
    found = await tx.fetch(QUERIES["since"], *columns(rows, 6))
    return {row["count_id"]: row["units"] for row in found}


async def add_counts(tx: Tx, judged: Iterable[Judged]) -> None:
    rows = [
        (
            judgement.count.count_id,
            *judgement.count.place,
            judgement.count.kind,
            judgement.count.recount_of,
            judgement.count.units,
            judgement.ledger,
            judgement.outcome,
            judgement.count.counted_at,
        )
        for judgement in judged
    ]
    await tx.execute(QUERIES["add_counts"], *columns(rows, 11))


async def add_reports(tx: Tx, reports: Sequence[Report]) -> list[Report]:
    """Store reports of locked positions; return those that are new."""
    named = {(report.report_id, *report.position): report for report in reports}
    rows = [(*name, report.kind, report.as_of) for name, report in named.items()]
    fresh = await tx.fetch(QUERIES["add_reports"], *columns(rows, 5))
    return [named[row["report_id"], row["sku"], row["node"]] for row in fresh]


async def started(tx: Tx, reports: Iterable[Report]) -> set[Position]:
    """Return the positions that are opened, or that had movements before a report of them."""
    rows = await tx.fetch(QUERIES["started"], *columns([(*r.position, r.as_of) for r in reports], 3))
    return {(row["sku"], row["node"]) for row in rows}


async def set_opened(tx: Tx, reports: Iterable[Report]) -> None:
    await tx.execute(QUERIES["set_opened"], *columns([(*r.position, r.as_of) for r in reports], 3))


async def compared(tx: Tx, positions: Collection[Position]) -> dict[Position, datetime]:
    """Return as of when positions were last compared or opened, whichever is later."""
    rows = await tx.fetch(QUERIES["compared"], *columns(positions, 2))
    return {(row["sku"], row["node"]): row["compared_at"] for row in rows}


async def set_compared(tx: Tx, reports: Iterable[Report]) -> None:
    await tx.execute(QUERIES["set_compared"], *columns([(*r.position, r.as_of) for r in reports], 3))


async def on_hand_as_of(tx: Tx, reports: Iterable[Report]) -> dict[Position, dict[StatusLot, int]]:
    """Return the units that locked positions held at the instants of reports, by status and lot."""
    rows = await tx.fetch(QUERIES["on_hand_as_of"], *columns([(*r.position, r.as_of) for r in reports], 3))
    held: dict[Position, dict[StatusLot, int]] = defaultdict(dict)
    for row in rows:
        held[row["sku"], row["node"]][row["status"], row["lot"]] = row["units"]
    return held
