"""Arrivals that a file does not say: from how long earlier trucks took, or from when the purchase order is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.receiving.domain.calendar import Calendar, add_working_days
from services.receiving.facts.window import Window

FROM_AT_LEAST: Final = 3  # trucks
FROM_ORDERS: Final = "when its purchase order is due"
_LEFT_OUT: Final = 10  # one of ten, at either end


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a truck on its way: when it left, how many working days earlier ones took, when it is due."""

    left_on: date
    days_on_the_way: Sequence[int]
    due: Window | None


@dataclass(frozen=True, slots=True)
class EstimatedAsn:
    """An ASN as it stands whose arrival was estimated from when its purchase orders are due."""

    asn_id: str
    revision: int
    supplier_id: str
    node: str
    po_number: str | None
    shipped_at: datetime | None
    eta: Window


def estimate(hints: Hints, calendar: Calendar) -> tuple[Window, str] | None:
    """Return when a truck arrives and from what that is known; None where nothing tells.

    The last trucks of its supplier to its node go first where there are three, then the days on which its purchase
    orders are due, then the one or two trucks. Nothing arrives before it left.
    """
    ways = sorted(hints.days_on_the_way)
    if len(ways) < FROM_AT_LEAST and hints.due:
        earliest, latest = (max(day, hints.left_on) for day in (hints.due.earliest, hints.due.latest))
        return Window(earliest, latest), FROM_ORDERS
    if not ways:
        return None
    cut = len(ways) // _LEFT_OUT
    first, last = ways[cut], ways[-1 - cut]
    arrives = Window(
        add_working_days(hints.left_on, max(0, first), calendar),
        add_working_days(hints.left_on, max(0, last), calendar),
    )
    took = "the last truck" if len(ways) == 1 else f"the last {len(ways)} trucks"
    return arrives, f"how long {took} of this supplier took"
