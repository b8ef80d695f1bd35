"""One source of units on their way to a position."""

from dataclasses import dataclass

from services.allocation.domain.window import Window


@dataclass(frozen=True, slots=True)
class Supply:
    """Units on their way, when they are ready to ship, and how often (percent) the supplier is on time, if known."""

    supply_id: str
    units: int
    ready: Window
    cause: str
    reason: str
    on_time_share: int | None = None
