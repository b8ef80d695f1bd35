"""A range of dates."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Window:
    """Two dates, local to the node, both included."""

    earliest: date
    latest: date
