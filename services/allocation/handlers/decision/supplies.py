"""What will serve those who wait is read, and what is not as it was is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.allocation.domain.boundaries import Boundaries, Mark
from services.allocation.domain.claim import idle_lots
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.outlook import FreeUnits, Outlook, outlook
from services.allocation.domain.position import PositionKey
from services.allocation.domain.supply import Supply, SupplyKey, known_as
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.allocate import AllocatedUnits
from services.allocation.store import supplies
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class PositionSupplies:
    """The supplies of a position, and why those moved whose window had passed."""

    supplies: Sequence[Supply]
    late: Mapping[SupplyKey, Why]


async def what_comes(
    tx: Tx,
    known: PositionFacts,
    ends: Mapping[PositionKey, Mark],
    given: AllocatedUnits,
    before: Mapping[PositionKey, Boundaries],
) -> dict[PositionKey, PositionSupplies]:
    """The supplies of locked positions, whose queues end at `ends`: none is ready on days that have passed.

    `before` is where supplies ended until now.
    """
    found = await supplies.supplies(tx, [*ends])
    comes = {}
    for key, end in ends.items():
        min_life_days, ships_on = known.product(key).min_life_days, known.ships_on(key)
        lots = idle_lots(given.lots.get(key, ()), given.grants.get(key, ()), min_life_days, ships_on)
        free = FreeUnits(given.idle.get(key, 0), given.unserved.get(key, 0), lots)
        comes[key] = outlook(known, key, tx.now, tx.source, found.get(key, ()), end, free, before[key])
    await _keep(tx, comes)
    return {
        key: PositionSupplies(
            own.supplies, {supply.key: Why(supply.reason, supply.cause, None) for supply in own.moved}
        )
        for key, own in comes.items()
    }


async def _keep(tx: Tx, comes: Mapping[PositionKey, Outlook]) -> None:
    late = ((key, supply) for key, own in comes.items() for supply in own.moved if known_as(supply.key))
    await supplies.move(tx, late)
    await supplies.set_short_lived(tx, ((key, supply) for key, own in comes.items() for supply in own.shortened))
    await supplies.keep(tx, ((key, supply) for key, own in comes.items() for supply in own.kept))
    await supplies.drop(tx, ((key, supply) for key, own in comes.items() for supply in own.gone))
