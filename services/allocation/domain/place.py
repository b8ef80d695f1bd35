"""The place of a line in the order of service."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

_STEP: Final = timedelta(microseconds=1)
Place: TypeAlias = tuple[datetime, datetime, str, str]


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How far ahead of us clocks may be, and how long after it happened something may be said, for its time to count.

    Whoever could say any time would be served before all others.
    """

    ahead: timedelta
    back: timedelta

    def applied(self, at: datetime, now: datetime, waited: timedelta) -> datetime:
        """Return the time that counts for a place. What was said has `waited` here before it could be heard."""
        return max(min(at, now + self.ahead), now - waited - self.back)


def queue_at(completed_at: datetime, head_start_hours: int) -> datetime:
    """Return the place in the order of service: as if the order had been complete so many hours earlier."""
    return completed_at - timedelta(hours=head_start_hours)


def behind_covered(at: datetime, last_covered: datetime) -> datetime:
    """Return the place of a line that joins: not before the last one that stock covers, since that keeps its units."""
    return max(at, last_covered + _STEP)
