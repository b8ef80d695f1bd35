"""What lands for a line while its truck is unloaded waits until the line is whole, the truck is done, or time is up."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.gather import gather, gather_until
from services.allocation.domain.line import LineKey
from services.allocation.handlers.decision.allocate import AllocatedUnits
from services.allocation.store import supplies
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx


async def gather_parcels(
    tx: Tx, known: PositionFacts, given: AllocatedUnits, waits: Collection[Wait]
) -> AllocatedUnits:
    """Lines that got a part of what they wait for go to the floor later, if more is on the truck that is unloaded.

    Where the floor takes so many orders a day they wait for the load of a day anyway, each in its turn.
    """
    in_part = [
        key
        for key, group in given.releases.items()
        if not known.calendar(key).orders_per_day and any(release.units < release.line.units for release in group)
    ]
    if not in_part:
        return given
    unloading = await supplies.unloading(tx, in_part)
    new = {wait.line for wait in waits if wait.is_new}
    gathered: dict[LineKey, datetime] = {}
    for key in unloading:
        until = gather_until(tx.now, known.policy(key).gather_minutes, known.days[key[1]])
        gathered |= gather(given.releases[key], until, new, tx.now)
    kept = {
        key: [release for release in group if release.line.line not in gathered]
        for key, group in given.releases.items()
    }
    return replace(given, releases=kept, gathered=gathered)
