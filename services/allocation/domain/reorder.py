"""Reorders: a supply that is not ordered yet but will be, for lines that no other can serve."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window

UNLIMITED: Final = 1_000_000_000
_WIDTH_DAYS: Final = 9


def is_replenished(lead_time_days: int | None, on_time_share: int | None, on_time_limit: int) -> bool:
    """Return whether more of a SKU will surely come: its lead time is known, and its supplier not known as late.

    The share and its limit are percent of the supplier's last receipts.
    """
    return lead_time_days is not None and (on_time_share is None or on_time_share >= on_time_limit)


def reorder_window(today: date, lead_time_days: int, calendar: Calendar) -> Window:
    """Return the window of a purchase order made today: from the lead time on, over ten working days."""
    earliest = calendar.working_days_after(today, max(1, lead_time_days))
    return Window(earliest, calendar.working_days_after(earliest, _WIDTH_DAYS))


def ranked_last(reorder: Supply, others: Sequence[Supply]) -> Supply:
    """Put the reorder last, whenever the others come: a line that joins later is not promised anything earlier."""
    windows = [reorder.ready, *(supply.ready for supply in others if supply.units)]
    return replace(
        reorder, ready=Window(max(window.earliest for window in windows), max(window.latest for window in windows))
    )
