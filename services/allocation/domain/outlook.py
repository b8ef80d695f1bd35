"""What will serve those who wait: what is on its way, in rework and in stock, and what must be ordered first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.allocation.domain.boundaries import RANKINGS, Boundaries, Mark
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.overdue import in_time_or_moved
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import IN_STOCK
from services.allocation.domain.reorder import REORDER, UNLIMITED, is_replenished, ranked_last, reorder_window
from services.allocation.domain.rework import REWORK
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window


@dataclass(frozen=True, slots=True)
class Outlook:
    """The supplies of a position, those of them that were `moved` since their window had passed, and the reorder's.

    `reorder` is when what is not ordered yet is ready, if somebody waits for it.
    """

    supplies: Sequence[Supply]
    moved: Sequence[Supply]
    reorder: Window | None


def outlook(
    known: PositionFacts,
    key: PositionKey,
    now: datetime,
    source: str,
    announced: Sequence[Supply],
    waiting: Mark,
    idle: int,
    before: Boundaries,
) -> Outlook:
    """Return what comes: `announced` supplies, `idle` units in stock, and a reorder for what neither serves.

    None is ready on days that have passed: `source` names who moved it. `before` is where supplies ended until now.
    """
    stale = [*announced, *_in_stock(known, key, idle, before)]
    stale += _reorder(known, key, waiting, stale)
    fresh = [_in_time(known, key, now, source, supply) for supply in stale]
    moved = [after for after, supply in zip(fresh, stale, strict=True) if after is not supply]
    reorders = [supply for supply in fresh if supply.supply_id == REORDER]
    others = [supply for supply in fresh if supply.supply_id != REORDER]
    supplies = [*others, *(ranked_last(supply, others) for supply in reorders)]
    return Outlook(supplies, moved, reorders[0].ready if reorders else None)


def kept_in_stock(before: Boundaries) -> int:
    """Return how many units in stock were kept for lines that may not own them yet."""
    return sum(boundary.units for boundary in before["latest"] if boundary.supply_id == IN_STOCK)


def _in_stock(known: PositionFacts, key: PositionKey, idle: int, before: Boundaries) -> list[Supply]:
    """Return free units for lines that may not own them yet: ready since the day on which some were first kept."""
    if not idle:
        return []
    was = [
        next((boundary.ready_on for boundary in before[end] if boundary.supply_id == IN_STOCK), None)
        for end in RANKINGS
    ]
    latest, earliest = (day or known.ships_on(key) for day in was)
    return [Supply(IN_STOCK, idle, Window(earliest, latest), "", "it is in stock")]


def _reorder(known: PositionFacts, key: PositionKey, waiting: Mark, others: Sequence[Supply]) -> list[Supply]:
    """Return what will be ordered for those whom nothing else serves: ready as was said to the first of them."""
    if waiting.units <= sum(supply.units for supply in others):
        return []
    ready = known.positions[key].reorder or _first_reorder(known, key)
    return [Supply(REORDER, UNLIMITED, ready, "", "it will be ordered again")] if ready else []


def _first_reorder(known: PositionFacts, key: PositionKey) -> Window | None:
    product, limit = known.product(key), known.policy(key).accepts.on_time_limit
    if product.lead_time_days is None or not is_replenished(product.lead_time_days, product.on_time_share, limit):
        return None
    return reorder_window(known.today(key), product.lead_time_days, known.calendar(key))


def _in_time(known: PositionFacts, key: PositionKey, now: datetime, source: str, supply: Supply) -> Supply:
    """Return it as it is, or ready later since its window has passed; what brings nothing may be late."""
    moved = in_time_or_moved(supply, known.calendar(key), now) if supply.units else supply
    if moved is supply:
        return supply
    if supply.supply_id == REORDER and (again := _first_reorder(known, key)):
        moved = replace(moved, ready=again)
    cause = f"{source}/overdue/{supply.supply_id}/{known.today(key)}"
    return replace(moved, reason=_why_late(supply), cause=cause)


def _why_late(supply: Supply) -> str:
    if supply.supply_id.startswith(REWORK):
        return "rework takes longer than it should"
    ours = {IN_STOCK: "it is in stock, but could not ship yet", REORDER: "nothing has been ordered yet"}
    return ours.get(supply.supply_id, "it is overdue, and nobody has said when it comes")
