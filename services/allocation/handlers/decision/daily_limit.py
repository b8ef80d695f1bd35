"""What goes to the floor today: as many orders of those that waited as a day's load takes, oldest first."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from services.allocation.domain.daily_limit import Turn, orders_that_fit
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.line import LineKey
from services.allocation.handlers.decision.allocate import AllocatedUnits
from services.allocation.store import day_loads
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx


async def load(tx: Tx, known: PositionFacts, given: AllocatedUnits, waits: Collection[Wait]) -> AllocatedUnits:
    """Lines whose order does not fit the day's load go to the floor on a later day.

    Who is served at once, without having waited, is the day's ordinary business: only who waited is counted.
    """
    asking = _asking(known, given, {wait.line for wait in waits if wait.is_new})
    if not asking:
        return given
    days = {node: known.calendars[node].next_shipping_day(tx.now) for node in asking}
    released = await day_loads.lock_loads(tx, days)
    left = {node: max(0, (known.calendars[node].orders_per_day or 0) - released[node]) for node in asking}
    ahead = await day_loads.next_of_loads(tx, left)
    goes = {node: orders_that_fit(turns.values(), ahead.get(node, ()), left[node]) for node, turns in asking.items()}
    await day_loads.add(tx, days, {node: len(group) for node, group in goes.items()})
    later = {(node, line) for node, turns in asking.items() for line in turns if line[0] not in goes[node]}
    return replace(
        given,
        releases={
            key: [release for release in group if (key[1], release.line.line) not in later]
            for key, group in given.releases.items()
        },
    )


def _asking(
    known: PositionFacts, given: AllocatedUnits, new: Collection[LineKey]
) -> Mapping[str, Mapping[LineKey, Turn]]:
    """Lines that would go to the floor after they waited, at nodes that have a limit, and the turn of each."""
    asking: dict[str, dict[LineKey, Turn]] = defaultdict(dict)
    for key, group in given.releases.items():
        if known.calendar(key).orders_per_day:
            asking[key[1]] |= {row.line.line: row.line.place[:3] for row in group if row.line.line not in new}
    return asking
