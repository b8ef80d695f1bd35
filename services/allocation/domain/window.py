"""A range of dates."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Window:
    """Two dates, both included."""

    earliest: date
    latest: date
