"""Free units go to those who wait, in order of service."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.allocation.domain.allocating import Grants, Open, Terms, allocate_together, got_by
from services.allocation.domain.leaving import Owned
from services.allocation.domain.matching import FreeLot, LineKey, Match, Waiting, lives_long_enough
from services.allocation.domain.positions import Key
from services.allocation.handlers.knowing import Known
from services.allocation.store import orders, queue
from shared.messaging.transaction import Tx

Lots = Mapping[Key, Sequence[FreeLot]]


@dataclass(frozen=True, slots=True)
class Given:
    """Who was given what, and all that goes to the floor now, with what was given ahead of that.

    `idle` units are free although some wait who may not have them yet. `unfinished` orders ship together, were given
    something, and have lines at positions that were not decided here.
    """

    grants: Grants
    releases: Mapping[Key, Mapping[LineKey, Sequence[Owned]]]
    idle: Mapping[Key, int]
    passed_over: Collection[str]
    unfinished: Collection[str]


async def allocate(
    tx: Tx, known: Known, lots: Lots, waiting: Mapping[Key, tuple[int, int]], asked: Collection[str] = ()
) -> Given:
    """Gives free units to those who wait: `waiting` are lines and units, `asked` the orders to be released if whole.

    Reads only as many lines as the free units can serve; more where some of them could not use theirs.
    """
    most = {key: _enough(free, *waiting[key]) for key, free in _to_give(tx, known, lots).items() if waiting[key][0]}
    while True:
        queues = await queue.next_in_line(tx, most) if most else {}
        named = {line.order_id for some in queues.values() for line in some if line.together}
        together = await orders.together(tx, named | set(asked), known.days(tx.now))
        allocated = allocate_together(queues, lots, _terms(tx, known, together), together)
        more = [key for key in most if len(queues[key]) == most[key] and _left(lots[key], allocated.grants[key])]
        if not more:
            break
        most |= {key: 2 * most[key] for key in more}
    whole = _whole(together, allocated.grants, known)
    unbound = set(asked) - together.keys()
    releases = _releases(allocated.grants, together, whole, await orders.unreleased(tx, whole | unbound))
    got = {line[0] for line in got_by(allocated.grants)}
    unfinished = {
        order for order in got & together.keys() if any(one.position not in known.positions for one in together[order])
    }
    idle = {key: _idle(tx, known, key, lots, allocated.grants, queues) for key in known.positions}
    return Given(allocated.grants, releases, idle, allocated.passed_over, unfinished)


def _terms(tx: Tx, known: Known, together: Mapping[str, Sequence[Open]]) -> dict[Key, Terms]:
    """Of all positions of these orders, those included that are not decided here."""
    terms = {key: known.terms(key, tx.now) for key in known.positions}
    for some in together.values():
        merchants = (known.product(one.position).merchant for one in some if one.position in known.positions)
        merchant = next(merchants, None)
        terms |= {
            one.position: known.terms(one.position, tx.now, merchant) for one in some if one.position not in terms
        }
    return terms


def _to_give(tx: Tx, known: Known, lots: Lots) -> dict[Key, int]:
    """Free units by position; none of what has not launched."""
    free = {key: sum(lot.units for lot in some) for key, some in lots.items() if known.launched(key, tx.now)}
    return {key: units for key, units in free.items() if units}


def _enough(free: int, lines: int, units: int) -> int:
    """As many lines as that many units are on average, and some more."""
    return min(free, 4 + free * lines * 5 // (units * 4))


def _left(lots: Sequence[FreeLot], grants: Sequence[Match[FreeLot]]) -> int:
    return sum(lot.units for lot in lots) - sum(grant.units for grant in grants)


def _whole(together: Mapping[str, Sequence[Open]], grants: Grants, known: Known) -> set[str]:
    """Orders that own all that they still want; those that are decided here go to the floor now."""
    got = got_by(grants)
    return {
        order
        for order, some in together.items()
        if all(one.position in known.positions and got.get(one.line, 0) == one.waiting for one in some)
    }


def _releases(
    grants: Grants, together: Mapping[str, Sequence[Open]], whole: Collection[str], ahead: Mapping[Key, Sequence[Owned]]
) -> dict[Key, dict[LineKey, list[Owned]]]:
    releases: dict[Key, dict[LineKey, list[Owned]]] = {}
    for key, owned in ahead.items():
        for one in owned:
            releases.setdefault(key, {}).setdefault(one.line, []).append(one)
    for key, some in grants.items():
        for grant in some:
            if grant.line.order_id not in together or grant.line.order_id in whole:
                releases.setdefault(key, {}).setdefault(grant.line.line, []).append(_owned(grant))
    return releases


def _owned(grant: Match[FreeLot]) -> Owned:
    return Owned(*grant.line.place, grant.source.lot, grant.source.expires_on, grant.units, grant.line.min_life_days)


def _idle(tx: Tx, known: Known, key: Key, lots: Lots, grants: Grants, queues: Mapping[Key, Sequence[Waiting]]) -> int:
    """Free units that new customers could have; none where they fit nobody who may own some."""
    got = got_by({key: grants.get(key, ())})
    if any(not line.together and got.get(line.line, 0) < line.units for line in queues.get(key, ())):
        return 0
    ships_on = known.calendar(key).next_shipping_day(tx.now)
    fit = [lot for lot in lots.get(key, ()) if lives_long_enough(lot, known.product(key).min_life_days, ships_on)]
    names = {lot.lot for lot in fit}
    return _left(fit, [grant for grant in grants.get(key, ()) if grant.source.lot in names])
