"""What will serve those who wait: what is on its way, in rework and in stock, and what must be ordered first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.allocation.domain.boundaries import Boundaries, Mark, with_units_left
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.lot import ComingLot
from services.allocation.domain.overdue import in_time_or_moved
from services.allocation.domain.position import PositionKey
from services.allocation.domain.reorder import UNLIMITED, is_replenished, ranked_last, reorder_window
from services.allocation.domain.supply import IN_STOCK, REORDER, Kind, Supply, SupplyKey, without_short_lived
from services.allocation.domain.window import Window

_WHY_LATE: Final[dict[Kind, str]] = {
    "inbound": "it is overdue, and nobody has said when it comes",
    "rework": "rework takes longer than it should",
    "stock": "it is in stock, but could not ship yet",
    "reorder": "nothing has been ordered yet",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """The supplies of a position, and those of them that were `moved` since their window had passed.

    What is in stock or not ordered yet is kept as it was said first: `kept` are new or not as they were, `gone` serve
    nobody any more. Of `shortened` other units than before expire too soon.
    """

    supplies: Sequence[Supply]
    moved: Sequence[Supply]
    kept: Sequence[Supply]
    gone: Collection[SupplyKey]
    shortened: Sequence[Supply]


@dataclass(frozen=True, slots=True)
class FreeUnits:
    """Units that nobody got: `idle` although some wait who may not have them yet, `left` for the next slice of them.

    `lots` are those of the idle ones whose expiry is known.
    """

    idle: int = 0
    left: int = 0
    lots: tuple[ComingLot, ...] = ()


def outlook(
    known: PositionFacts,
    key: PositionKey,
    now: datetime,
    source: str,
    found: Sequence[Supply],
    waiting: Mark,
    free: FreeUnits,
    before: Boundaries,
) -> Outlook:
    """Return what comes: what was `found`, what is in stock for those who wait, and a reorder for whom neither serves.

    None is ready on days that have passed: `source` names who moved it. Units that are left for the next slice of a
    queue still count with the supply that brought them, or as in stock: nobody is told another day for the moment until
    then. `before` is where supplies ended until now.
    """
    was = {supply.key: supply for supply in found}
    idle = min(free.left, was[IN_STOCK].units if IN_STOCK in was else 0) if free.left else free.idle
    calendar, min_life_days = known.calendar(key), known.product(key).min_life_days
    announced = [
        without_short_lived(replace(supply, short_lived=0), min_life_days, calendar)
        for supply in found
        if supply.key not in (IN_STOCK, REORDER)
    ]
    stale = with_units_left(announced, before["latest"], max(0, free.left - idle))
    if idle and waiting.lines:
        stale.append(_in_stock(known, key, idle, free.lots, was.get(IN_STOCK)))
    stale += _reorder(known, key, waiting, stale, was.get(REORDER))
    fresh = [_in_time(known, key, now, source, supply) for supply in stale]
    moved = [after for after, supply in zip(fresh, stale, strict=True) if after is not supply]
    fresh = [
        supply if supply.key == IN_STOCK else without_short_lived(supply, min_life_days, calendar) for supply in fresh
    ]
    derived = [supply for supply in fresh if supply.key in (IN_STOCK, REORDER)]
    others = [supply for supply in fresh if supply.key != REORDER]
    return Outlook(
        [*others, *(ranked_last(supply, others) for supply in fresh if supply.key == REORDER)],
        moved,
        [supply for supply in derived if not _is_as_it_was(supply, was.get(supply.key))],
        {IN_STOCK, REORDER} & was.keys() - {supply.key for supply in derived},
        [supply for supply in others if supply.key in was and supply.short_lived != was[supply.key].short_lived],
    )


def _is_as_it_was(supply: Supply, before: Supply | None) -> bool:
    return before is not None and (before.units, before.ready) == (supply.units, supply.ready)


def _in_stock(
    known: PositionFacts, key: PositionKey, idle: int, lots: tuple[ComingLot, ...], before: Supply | None
) -> Supply:
    """Return free units for lines that may not own them yet: ready since the day on which some were first kept."""
    ready = before.ready if before else Window(known.ships_on(key), known.ships_on(key))
    return Supply(IN_STOCK[1], idle, ready, "", "it is in stock", kind="stock", lots=lots)


def _reorder(
    known: PositionFacts, key: PositionKey, waiting: Mark, others: Sequence[Supply], before: Supply | None
) -> list[Supply]:
    """Return what will be ordered for those whom nothing else serves: ready as was said to the first of them."""
    if waiting.units <= sum(supply.units for supply in others):
        return []
    ready = before.ready if before else _first_reorder(known, key)
    return [Supply(REORDER[1], UNLIMITED, ready, "", "it will be ordered again", kind="reorder")] if ready else []


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
    if supply.key == REORDER and (again := _first_reorder(known, key)):
        moved = replace(moved, ready=again)
    cause = f"{source}/overdue/{supply.supply_id}/{known.today(key)}"
    return replace(moved, reason=_WHY_LATE[supply.kind], cause=cause)
