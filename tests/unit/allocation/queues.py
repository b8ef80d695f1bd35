"""Queues, lots and trucks for tests of the rules: everything said that a test does not care about."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import accumulate
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import structs

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import Match
from services.allocation.domain.promise import Promise, PromiseTerms, promise
from services.allocation.domain.supply import Supply, SupplyKey, known_as
from services.allocation.domain.window import Window
from shared.testing.builders import MONDAY, a_day

EVERY_DAY: Final = Calendar(ZoneInfo("UTC"), frozenset(range(1, 8)), frozenset(), time(16))
WEEKDAYS: Final = replace(EVERY_DAY, working_days=frozenset(range(1, 6)))
THE_8TH: Final = a_day(8)


def a_waiting(
    order: str = "o1",
    units: int = 1,
    minute: int = 0,
    line: str = "1",
    promised: Window | None = None,
    told: Window | None = None,
    **fields: Any,
) -> WaitingLine:
    """Return a line that joined so many minutes after Monday 8:00."""
    at = MONDAY + timedelta(minutes=minute)
    own = {"queue_at": at, "completed_at": at, "order_id": order, "line_id": line, "units": units}
    if promised:
        own |= {"earliest": promised.earliest, "latest": promised.latest}
    if told:
        own |= {"told_earliest": told.earliest, "told_latest": told.latest}
    return WaitingLine(**{**own, **fields})


def holding(line: WaitingLine, promised: Window | None) -> WaitingLine:
    """Return a line that is promised a range from now on."""
    earliest, latest = (promised.earliest, promised.latest) if promised else (None, None)
    return structs.replace(line, earliest=earliest, latest=latest)


def in_line(*units: int, **fields: Any) -> list[WaitingLine]:
    """Return orders a, b, c … of so many units each, one minute after another."""
    return [a_waiting(chr(ord("a") + place), n, place, **fields) for place, n in enumerate(units)]


def a_lot(lot: str = "L1", units: int = 10, expires: int | None = None) -> FreeLot:
    """Free units, of a lot that expires on a day of March 2027."""
    return FreeLot(lot, a_day(expires) if expires else None, units)


def a_truck(supply_id: str = "asn-1", units: int = 10, earliest: int = 16, latest: int = 22) -> Supply:
    """Return units that are ready to ship between two days of March 2027."""
    return Supply(supply_id, units, a_window(earliest, latest), f"edi/{supply_id}", f"{supply_id} says so")


def a_window(earliest: int, latest: int) -> Window:
    return Window(a_day(earliest), a_day(latest))


def who_got(matches: Sequence[Match[Any]]) -> list[tuple[str, str, int]]:
    """Return order, source and units of each match."""
    return [
        (grant.line.order_id, getattr(grant.source, "lot", "") or getattr(grant.source, "supply_id", ""), grant.units)
        for grant in matches
    ]


def completing(
    queue: Sequence[WaitingLine], supplies: Sequence[Supply], ready_on: Callable[[Supply], date]
) -> list[Supply | None]:
    """Find for each line, slowly, the first supply with which enough is there up to the line."""
    by_day = sorted(supplies, key=lambda supply: (ready_on(supply), supply.supply_id))
    there = list(accumulate(supply.units for supply in by_day))
    return [
        next((supply for supply, units in zip(by_day, there, strict=True) if units >= wanted), None)
        for wanted in accumulate(line.units for line in queue)
    ]


def full_match(
    queue: Sequence[WaitingLine], supplies: Sequence[Supply]
) -> list[tuple[Window | None, SupplyKey | None]]:
    """Return for each line when what completes it is ready, and what is ready last of that."""
    latest = completing(queue, supplies, lambda supply: supply.ready.latest)
    earliest = completing(queue, supplies, lambda supply: supply.ready.earliest)
    return [
        (Window(first.ready.earliest, last.ready.latest), last.key) if first and last else (None, None)
        for first, last in zip(earliest, latest, strict=True)
    ]


def promised(
    queue: Sequence[WaitingLine], *supplies: Supply, calendar: Calendar = EVERY_DAY, first_day: date = THE_8TH
) -> list[Promise]:
    """Return what lines that join together are promised."""
    terms = PromiseTerms(calendar, first_day)
    return [
        promise(line, ready, 0, supply, terms, joined=True)
        for line, (ready, supply) in zip(queue, full_match(queue, supplies), strict=True)
    ]


def promised_from(promises: Sequence[Promise]) -> list[str | None]:
    """Return the supply of each promise by name."""
    return [known_as(p.supply) for p in promises]


def ranges(promises: Sequence[Promise]) -> dict[str, tuple[int, int] | None]:
    """Return each order's range as days of March."""
    return {p.line.order_id: (p.after.earliest.day, p.after.latest.day) if p.after else None for p in promises}


def still_waiting(queue: Iterable[WaitingLine], grants: Iterable[Match[FreeLot]]) -> list[WaitingLine]:
    """Return the queue after the grants: lines that got all their units have left it."""
    got: dict[LineKey, int] = {}
    for grant in grants:
        got[grant.line.line] = got.get(grant.line.line, 0) + grant.units
    after = (
        structs.replace(line, units=line.units - got.get(line.line, 0)) if line.line in got else line for line in queue
    )
    return [line for line in after if line.units]
