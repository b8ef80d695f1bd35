"""Free units go to those who wait, in order of service."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot, lives_long_enough
from services.allocation.domain.match import Match
from services.allocation.domain.position import PositionKey
from services.allocation.domain.ship_together import (
    Grants,
    Group,
    OpenLine,
    ShippingDays,
    allocate_together,
    group_of,
    units_given,
)
from services.allocation.domain.stock_loss import OwnedUnits
from services.allocation.handlers.decision.facts import PositionFacts
from services.allocation.store import orders, queue
from shared.messaging.transaction import Tx

Lots = Mapping[PositionKey, Sequence[FreeLot]]


@dataclass(frozen=True, slots=True)
class AllocatedUnits:
    """Who was given what, and all that goes to the floor now, with what was given ahead of that.

    `idle` units are free although some wait who may not have them yet. Of `unfinished` orders
    something that ships together was given units, and has lines at positions that were not decided here.
    """

    grants: Grants
    releases: Mapping[PositionKey, Mapping[LineKey, Sequence[OwnedUnits]]]
    idle: Mapping[PositionKey, int]
    passed_over: Collection[str]
    unfinished: Collection[str]


async def allocate(
    tx: Tx,
    known: PositionFacts,
    lots: Lots,
    waiting: Mapping[PositionKey, tuple[int, int]],
    asked: Collection[str] = (),
) -> AllocatedUnits:
    """Gives free units to those who wait: `waiting` are lines and units, `asked` the orders to be released if whole.

    Reads only as many lines as the free units can serve; more where some of them could not use theirs.
    """
    most = {key: _enough(free, *waiting[key]) for key, free in _to_give(tx, known, lots).items() if waiting[key][0]}
    while True:
        queues = await queue.next_in_line(tx, most) if most else {}
        named = {line.order_id for lines in queues.values() for line in lines if line.together}
        together = await orders.together(tx, named | set(asked), known.days(tx.now))
        allocated = allocate_together(queues, lots, _terms(tx, known, together), together)
        more = [key for key in most if len(queues[key]) == most[key] and _left(lots[key], allocated.grants[key])]
        if not more:
            break
        most |= {key: 2 * most[key] for key in more}
    whole = _whole(together, allocated.grants, known)
    ahead = await orders.unreleased(tx, {*asked, *(line.line[0] for group in whole for line in together[group])})
    releases = _releases(allocated.grants, group_of(together), whole, ahead, asked)
    unfinished = _unfinished(together, allocated.grants, known)
    idle = {key: _idle(tx, known, key, lots, allocated.grants, queues) for key in known.positions}
    return AllocatedUnits(allocated.grants, releases, idle, allocated.passed_over, unfinished)


def _terms(
    tx: Tx, known: PositionFacts, together: Mapping[Group, Sequence[OpenLine]]
) -> dict[PositionKey, ShippingDays]:
    """Of all positions of these orders, those included that are not decided here."""
    terms = {key: known.terms(key, tx.now) for key in known.positions}
    for lines in together.values():
        merchants = (known.product(line.position).merchant for line in lines if line.position in known.positions)
        merchant = next(merchants, None)
        terms |= {
            line.position: known.terms(line.position, tx.now, merchant) for line in lines if line.position not in terms
        }
    return terms


def _to_give(tx: Tx, known: PositionFacts, lots: Lots) -> dict[PositionKey, int]:
    """Free units by position; none of what has not launched."""
    free = {key: sum(lot.units for lot in group) for key, group in lots.items() if known.launched(key, tx.now)}
    return {key: units for key, units in free.items() if units}


def _enough(free: int, lines: int, units: int) -> int:
    """As many lines as that many units are on average, and some more."""
    return min(free, 4 + free * lines * 5 // (units * 4))


def _left(lots: Sequence[FreeLot], grants: Sequence[Match[FreeLot]]) -> int:
    return sum(lot.units for lot in lots) - sum(grant.units for grant in grants)


def _whole(together: Mapping[Group, Sequence[OpenLine]], grants: Grants, known: PositionFacts) -> set[Group]:
    """Groups that own all that they still want; those that are decided here go to the floor now."""
    got = units_given(grants)
    return {
        group
        for group, lines in together.items()
        if all(line.position in known.positions and got.get(line.line, 0) == line.waiting for line in lines)
    }


def _unfinished(together: Mapping[Group, Sequence[OpenLine]], grants: Grants, known: PositionFacts) -> set[str]:
    got = units_given(grants)
    return {
        lines[0].line[0]
        for lines in together.values()
        if any(line.line in got for line in lines) and any(line.position not in known.positions for line in lines)
    }


def _releases(
    grants: Grants,
    of_line: Mapping[LineKey, Group],
    whole: Collection[Group],
    ahead: Mapping[PositionKey, Sequence[OwnedUnits]],
    asked: Collection[str],
) -> dict[PositionKey, dict[LineKey, list[OwnedUnits]]]:
    """What was given now, and ahead of this: of groups once they are whole, of other lines at once."""
    releases: dict[PositionKey, dict[LineKey, list[OwnedUnits]]] = {}
    for key, owned in ahead.items():
        for owned_units in owned:
            if of_line[owned_units.line] in whole if owned_units.line in of_line else owned_units.order_id in asked:
                releases.setdefault(key, {}).setdefault(owned_units.line, []).append(owned_units)
    for key, group in grants.items():
        for grant in group:
            line = grant.line.line
            if line not in of_line or of_line[line] in whole:
                releases.setdefault(key, {}).setdefault(line, []).append(_owned(grant))
    return releases


def _owned(grant: Match[FreeLot]) -> OwnedUnits:
    return OwnedUnits(
        *grant.line.place, grant.source.lot, grant.source.expires_on, grant.units, grant.line.min_life_days
    )


def _idle(
    tx: Tx,
    known: PositionFacts,
    key: PositionKey,
    lots: Lots,
    grants: Grants,
    queues: Mapping[PositionKey, Sequence[WaitingLine]],
) -> int:
    """Free units that new customers could have; none where they fit nobody who may own some."""
    got = units_given({key: grants.get(key, ())})
    if any(not line.together and got.get(line.line, 0) < line.units for line in queues.get(key, ())):
        return 0
    ships_on = known.calendar(key).next_shipping_day(tx.now)
    fit = [lot for lot in lots.get(key, ()) if lives_long_enough(lot, known.product(key).min_life_days, ships_on)]
    names = {lot.lot for lot in fit}
    return _left(fit, [grant for grant in grants.get(key, ()) if grant.source.lot in names])
