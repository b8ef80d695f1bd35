"""What every waiting line must hold: the whole queue laid against all that comes, slowly and plainly."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import asyncpg

from services.allocation.domain.line import WaitingLine
from services.allocation.domain.promise import PromiseTerms, ready_for, ship_dates
from services.allocation.domain.supply import REORDER, SupplyKey
from services.allocation.domain.window import Window
from services.allocation.store import queue, settings
from shared.messaging.transaction import reading
from tests.integration.allocation.conftest import Desk

Came = tuple[SupplyKey, int, Window]


async def what_is_promised_is_so(desk: Desk, skus: Sequence[str]) -> None:
    """Check that every waiting line holds what a full match of its queue reads off all that comes.

    Of a line that ships with others that is its own range; what they are promised together is an invariant.
    """
    keys = [(sku, "ams") for sku in skus]
    comes = await _supplies(desk)
    async with reading(desk.worker.pool, "test") as tx:
        calendars = await settings.calendars(tx, {"ams"})
        if not calendars:
            return
        first, products = calendars["ams"].next_shipping_day(tx.now), await settings.products(tx, skus)
        terms = {sku: PromiseTerms(calendars["ams"], first, products[sku].launch_on) for sku in skus}
        rows = await desk.admin.fetch("select order_id, line_id, ships_together, own_earliest, own_latest from queue")
        named = {(row["order_id"], row["line_id"]): row for row in rows}
        waiting = defaultdict(list)
        for key, line in await queue.lines_at(tx, named):
            waiting[key].append(line)
    for key in keys:
        before = 0
        for line in sorted(waiting[key], key=lambda line: line.place):
            if not line.uncovered:
                continue
            before += line.uncovered
            ready, supply = _ready(comes[key[0]], before)
            promise_terms = terms[key[0]]
            unpadded = ship_dates(ready_for(line, ready, supply, promise_terms), line, 0, promise_terms)
            own = _own(line, named[line.line])
            assert _is_so(own, unpadded, promise_terms), (line, own, unpadded)


def _own(line: WaitingLine, row: asyncpg.Record) -> Window | None:
    if not row["ships_together"]:
        return line.promised
    return Window(row["own_earliest"], row["own_latest"]) if row["own_latest"] else None


async def _supplies(desk: Desk) -> dict[str, list[Came]]:
    """Return supplies as their table says; what is not ordered yet as its boundary says, since it is ranked last."""
    rows = await desk.admin.fetch(
        "select sku, kind, supply_id, greatest(0, expected - stocked) as units, earliest, latest from supplies "
        "where is_listed and kind <> 'reorder' "
        "union all select sku, kind, supply_id, max(units), min(ready_on), max(ready_on) from boundaries "
        "where kind = 'reorder' group by sku, kind, supply_id"
    )
    comes: dict[str, list[Came]] = defaultdict(list)
    for row in rows:
        ready = Window(row["earliest"], row["latest"])
        comes[row["sku"]].append(((row["kind"], row["supply_id"]), row["units"], ready))
    return comes


def _is_so(promised: Window | None, unpadded: Window | None, terms: PromiseTerms) -> bool:
    """Return whether a range is what the supplies say, padded or not, but for days of it that have passed."""
    if promised is None or unpadded is None:
        return promised is unpadded
    may_be = (unpadded.latest, terms.calendar.working_days_after(unpadded.latest, terms.padding_days))
    return max(promised.earliest, terms.first_day) == unpadded.earliest and promised.latest in may_be


def _ready(comes: list[Came], units: int) -> tuple[Window | None, SupplyKey | None]:
    """Return the days by which so many units have come, by earliest and by latest; and which supply is last."""
    first, last = (
        _by(sorted((getattr(window, end), key == REORDER, key, n) for key, n, window in comes), units)
        for end in ("earliest", "latest")
    )
    return (Window(first[0], last[0]), last[1]) if first and last else (None, None)


def _by(days: list[tuple[date, bool, SupplyKey, int]], units: int) -> tuple[date, SupplyKey] | None:
    for day, _, key, n in days:
        units -= n
        if units <= 0 and n:
            return day, key
    return None
