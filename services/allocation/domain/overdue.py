"""Supplies that nobody has heard of in time: no promise stands on a day that cannot be met any more."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.promise import IN_STOCK
from services.allocation.domain.reorder import REORDER
from services.allocation.domain.rework import REWORK
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window

_LEAST_DAYS: Final = 3
_RECEIVING_SAYS: Final = timedelta(minutes=15)


def lies_from(supply: Supply, calendar: Calendar) -> datetime:
    """From when on a window is a lie: the cut-off of the day on which what is ready by its latest ships.

    Receiving moves the windows of what is on its way by itself, at midnight at the latest: it is given until then.
    """
    day = calendar.ships_on(supply.ready.latest)
    if is_ours(supply.supply_id):
        return calendar.cuts_off_at(day)
    return calendar.opens_at(day + timedelta(days=1)) + _RECEIVING_SAYS


def is_ours(supply_id: str) -> bool:
    """Whether allocation derives the supply itself: nobody else tells when its window moves."""
    return supply_id in (IN_STOCK, REORDER) or supply_id.startswith(REWORK)


def in_time(supply: Supply, calendar: Calendar, now: datetime) -> Supply:
    """The supply as it is while its window can be met; else ready from the next shipping day on, and fixed again.

    Its latest becomes as many working days from today as rework takes at the node, three at least: so that lines move
    once and then stay where they are for some days, rather than by a day each day.
    """
    if now < lies_from(supply, calendar):
        return supply
    first = calendar.next_shipping_day(now)
    today = now.astimezone(calendar.zone).date()
    latest = calendar.working_days_after(today, max(_LEAST_DAYS, calendar.rework_days))
    return replace(supply, ready=Window(first, max(first, latest)))


def as_told(told: Supply, before: Supply | None, calendar: Calendar, now: datetime) -> Supply:
    """What was told, unless that is past already: then the window that the supply was given since stands."""
    if now < lies_from(told, calendar):
        return told
    if before and now < lies_from(before, calendar):
        return replace(told, ready=before.ready)
    return in_time(told, calendar, now)
