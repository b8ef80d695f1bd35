"""What will serve those who wait: what is on its way, in rework and in stock, and what must be ordered first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.allocation.domain.boundaries import RANKINGS, Boundaries, Mark, with_units_left
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.overdue import in_time_or_moved
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import IN_STOCK
from services.allocation.domain.reorder import REORDER, UNLIMITED, is_replenished, ranked_last, reorder_window
from services.allocation.domain.rework import REWORK
from services.allocation.domain.supply import Supply
from services.allocation.domain.why import Why
from services.allocation.domain.window import Window
from services.allocation.handlers.decision.allocate import AllocatedUnits
from services.allocation.store import positions, supply_windows
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class PositionSupplies:
    """The supplies of a position, and why those moved whose window had passed."""

    supplies: Sequence[Supply]
    late: Mapping[str, Why]


async def what_comes(
    tx: Tx,
    known: PositionFacts,
    ends: Mapping[PositionKey, Mark],
    given: AllocatedUnits,
    before: Mapping[PositionKey, Boundaries],
) -> dict[PositionKey, PositionSupplies]:
    """The supplies of locked positions, whose queues end at `ends`: none is ready on days that have passed.

    `before` is where supplies ended until now. Units that landed and are left for the next slice of a queue still count
    with the supply that brought them: nobody is told another day for the moment until then.
    """
    idle = given.idle
    found = await positions.supplies(tx, [*ends])
    announced = {
        key: with_units_left(supplies, before[key]["latest"], given.unserved.get(key, 0))
        for key, supplies in found.items()
    }
    stale = {key: [*announced.get(key, ()), *_in_stock(known, key, idle, before[key])] for key in ends}
    stale = {key: [*supplies, *_reorder(tx, known, key, ends[key], supplies)] for key, supplies in stale.items()}
    fresh = {key: [_in_time(tx, known, key, supply) for supply in supplies] for key, supplies in stale.items()}
    moved = {key: [supply for supply in supplies if supply not in stale[key]] for key, supplies in fresh.items()}
    await _keep(tx, known, fresh, moved)
    return {
        key: PositionSupplies(
            _reorder_last(supplies), {supply.supply_id: Why(supply.reason, supply.cause, None) for supply in moved[key]}
        )
        for key, supplies in fresh.items()
    }


def _in_stock(
    known: PositionFacts, key: PositionKey, idle: Mapping[PositionKey, int], before: Boundaries
) -> list[Supply]:
    """Free units for lines that may not own them yet: ready since the day on which some were first kept for these."""
    if not idle.get(key):
        return []
    was = [
        next((boundary.ready_on for boundary in before[end] if boundary.supply_id == IN_STOCK), None)
        for end in RANKINGS
    ]
    today = known.ships_on(key)
    latest, earliest = (day or today for day in was)
    return [Supply(IN_STOCK, idle[key], Window(earliest, latest), "", "it is in stock")]


def _reorder(tx: Tx, known: PositionFacts, key: PositionKey, end: Mark, others: Sequence[Supply]) -> list[Supply]:
    """Those whom no other supply serves wait for what will be ordered: ready as was said to the first of them."""
    if end.units <= sum(supply.units for supply in others):
        return []
    ready = known.positions[key].reorder or _first_reorder(tx, known, key)
    return [Supply(REORDER, UNLIMITED, ready, "", "it will be ordered again")] if ready else []


def _first_reorder(tx: Tx, known: PositionFacts, key: PositionKey) -> Window | None:
    product, calendar = known.product(key), known.calendar(key)
    limit = known.policy(key).accepts.on_time_limit
    if product.lead_time_days is None or not is_replenished(product.lead_time_days, product.on_time_share, limit):
        return None
    return reorder_window(tx.now.astimezone(calendar.zone).date(), product.lead_time_days, calendar)


def _in_time(tx: Tx, known: PositionFacts, key: PositionKey, supply: Supply) -> Supply:
    """As it is, or ready later since its window has passed; what nobody waits for may be as late as it likes."""
    moved = in_time_or_moved(supply, known.calendar(key), tx.now) if supply.units else supply
    if moved is supply:
        return supply
    if supply.supply_id == REORDER and (again := _first_reorder(tx, known, key)):
        moved = replace(moved, ready=again)
    today = known.today(key)
    return replace(moved, reason=_why_late(supply), cause=f"{tx.source}/overdue/{supply.supply_id}/{today}")


def _why_late(supply: Supply) -> str:
    if supply.supply_id.startswith(REWORK):
        return "rework takes longer than it should"
    ours = {IN_STOCK: "it is in stock, but could not ship yet", REORDER: "nothing has been ordered yet"}
    return ours.get(supply.supply_id, "it is overdue, and nobody has said when it comes")


async def _keep(
    tx: Tx,
    known: PositionFacts,
    comes: Mapping[PositionKey, Sequence[Supply]],
    moved: Mapping[PositionKey, Sequence[Supply]],
) -> None:
    """What is in stock is kept with its boundary, all else here."""
    rows = [
        (key, supply)
        for key, supplies in moved.items()
        for supply in supplies
        if supply.supply_id not in (IN_STOCK, REORDER)
    ]
    await supply_windows.move(tx, rows)
    reorders = {
        key: next((supply.ready for supply in supplies if supply.supply_id == REORDER), None)
        for key, supplies in comes.items()
    }
    now_are = {key: ready for key, ready in reorders.items() if ready != known.positions[key].reorder}
    await supply_windows.set_reorders(tx, now_are)


def _reorder_last(supplies: Sequence[Supply]) -> list[Supply]:
    rest = [supply for supply in supplies if supply.supply_id != REORDER]
    return [*rest, *(ranked_last(supply, rest) for supply in supplies if supply.supply_id == REORDER)]
