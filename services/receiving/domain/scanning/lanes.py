"""Staging lanes, where units go that customers wait for."""

from collections.abc import Iterable
from dataclasses import dataclass

PUTAWAY = "putaway"


@dataclass(frozen=True, slots=True)
class Lane:
    """A staging lane, and how many units stand in it."""

    lane: str
    capacity: int
    units: int = 0


def lane_for(units: int, waiting: int, lanes: Iterable[Lane]) -> str | None:
    """Return the first lane with room for all these units while customers wait for any; None is putaway."""
    if waiting <= 0:
        return None
    return next((lane.lane for lane in lanes if lane.units + units <= lane.capacity), None)


def direction_in_words(lane: str | None, waiting: int) -> str:
    """Write for the device where to put the units, and how many are waited for."""
    return f"lane {lane}, {waiting} waiting" if lane else PUTAWAY


def after_shipping(staged: dict[str, int], shipped: int) -> dict[str, int]:
    """Return what stands in lanes, in their order, once units of a SKU were shipped; the rest shipped from stock."""
    left: dict[str, int] = {}
    for lane, units in staged.items():
        taken = min(units, shipped)
        left[lane], shipped = units - taken, shipped - taken
    return left
