"""What will serve those who wait is read, and windows that had passed are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.allocation.domain.boundaries import Boundaries, Mark, with_units_left
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.outlook import Outlook, kept_in_stock, outlook
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import IN_STOCK
from services.allocation.domain.reorder import REORDER
from services.allocation.domain.supply import Supply
from services.allocation.domain.why import Why
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

    `before` is where supplies ended until now. Units that are left for the next slice of a queue still count with the
    supply that brought them, or as in stock: nobody is told another day for the moment until then.
    """
    found = await positions.supplies(tx, [*ends])
    comes = {}
    for key, end in ends.items():
        left = given.unserved.get(key, 0)
        idle = min(left, kept_in_stock(before[key])) if left else given.idle.get(key, 0)
        announced = with_units_left(found.get(key, ()), before[key]["latest"], max(0, left - idle))
        comes[key] = outlook(known, key, tx.now, tx.source, announced, end, idle, before[key])
    await _keep(tx, known, comes)
    return {
        key: PositionSupplies(
            own.supplies, {supply.supply_id: Why(supply.reason, supply.cause, None) for supply in own.moved}
        )
        for key, own in comes.items()
    }


async def _keep(tx: Tx, known: PositionFacts, comes: Mapping[PositionKey, Outlook]) -> None:
    """What is in stock is kept with its boundary, all else here."""
    moved = [
        (key, supply)
        for key, own in comes.items()
        for supply in own.moved
        if supply.supply_id not in (IN_STOCK, REORDER)
    ]
    await supply_windows.move(tx, moved)
    reorders = {key: own.reorder for key, own in comes.items() if own.reorder != known.positions[key].reorder}
    await supply_windows.set_reorders(tx, reorders)
