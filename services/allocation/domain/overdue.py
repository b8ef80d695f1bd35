"""Overdue supplies: no promise stands on a day that cannot be met any more."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window

_LEAST_DAYS: Final = 3
_RECEIVING_SAYS: Final = timedelta(minutes=15)


def overdue_from(supply: Supply, calendar: Calendar) -> datetime:
    """Return when a window can no longer be kept: the cut-off of the day on which its latest ships.

    Receiving moves the windows of inbound supplies by itself, at midnight at the latest: it is given until then.
    """
    day = calendar.ships_on(supply.ready.latest)
    if supply.kind != "inbound":
        return calendar.cuts_off_at(day)
    return calendar.opens_at(day + timedelta(days=1)) + _RECEIVING_SAYS


def in_time_or_moved(supply: Supply, calendar: Calendar, now: datetime) -> Supply:
    """Return the supply as it is while its window can be met; else ready from the next shipping day on, fixed again.

    Its latest becomes as many working days from today as rework takes at the node, three at least: so that lines move
    once and then stay where they are for some days, rather than move by a day each day.
    """
    if now < overdue_from(supply, calendar):
        return supply
    first = calendar.next_shipping_day(now)
    today = now.astimezone(calendar.zone).date()
    latest = calendar.working_days_after(today, max(_LEAST_DAYS, calendar.rework_days))
    return replace(supply, ready=Window(first, max(first, latest)))


def announced_or_moved(told: Supply, before: Supply | None, calendar: Calendar, now: datetime) -> Supply:
    """Return the supply as announced, unless that is past: then the window that it was given since stands."""
    if now < overdue_from(told, calendar):
        return told
    if before and now < overdue_from(before, calendar):
        return replace(told, ready=before.ready)
    return in_time_or_moved(told, calendar, now)
