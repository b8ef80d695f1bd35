"""Days as a node has them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def bounds_of(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return when a day begins in an IANA zone, and when the next one does: 23 to 25 hours later."""
    begins, ends = (datetime.combine(on, time(), ZoneInfo(zone)) for on in (day, day + timedelta(days=1)))
    return begins, ends
