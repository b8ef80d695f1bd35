"""The place of a line in the order of service."""

from datetime import datetime, timedelta
from typing import TypeAlias

Place: TypeAlias = tuple[datetime, datetime, str, str]


def queue_at(completed_at: datetime, head_start_hours: int) -> datetime:
    """Return the place in the order of service: as if the order had been complete so many hours earlier."""
    return completed_at - timedelta(hours=head_start_hours)
