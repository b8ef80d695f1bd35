"""The daily limit of a floor: how many waiting orders go in each day load, oldest first."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from services.allocation.domain.calendar import Calendar

Turn: TypeAlias = tuple[datetime, datetime, str]


def orders_that_fit(asking: Iterable[Turn], ahead: Iterable[Turn], left: int) -> set[str]:
    """Return the orders that fit the day's load, which has room for `left` more.

    All go in order of service: those `ahead`, which wait since an earlier day, keep the room that they need.
    """
    orders = {turn[2] for turn in asking}
    first: dict[str, Turn] = {}
    for turn in sorted([*asking, *ahead]):
        first.setdefault(turn[2], turn)
    return {order_id for order_id in list(first)[:left] if order_id in orders}


def room_today(calendar: Calendar, released: int, now: datetime) -> int | None:
    """Return how many orders more go now, so many having gone that day; None is no limit.

    None goes before the day has begun on which what is ready now ships: after the cut-off that is a later one.
    """
    if calendar.orders_per_day is None:
        return None
    begun = calendar.next_shipping_day(now) == now.astimezone(calendar.zone).date()
    return max(0, calendar.orders_per_day - released) if begun else 0
