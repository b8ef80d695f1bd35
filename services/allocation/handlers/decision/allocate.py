"""Free units go to those who wait, in order of service."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.allocation.domain.claim import Claim, idle, in_one_queue, may_go, may_stay
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import Match
from services.allocation.domain.position import PositionKey
from services.allocation.domain.release import Releases, releases
from services.allocation.domain.ship_together import Grants, Group, OpenLine, ShippingDays, allocate_together
from services.allocation.store import orders, queue
from shared.messaging.transaction import Tx

Lots = Mapping[PositionKey, Sequence[FreeLot]]
SLICE = 2_500  # lines of a position that one transaction serves at most
MOST = 10_000  # and of all positions together


@dataclass(frozen=True, slots=True)
class QueueState:
    """Lines and units that wait at a position and that stock does not cover, and units that are claimed."""

    lines: int
    units: int
    claimed: int


@dataclass(frozen=True, slots=True)
class AllocatedUnits:
    """What stock covers: `grants`, of which `releases` go to the floor now; `claims` are of lines that do not go.

    `lots` and `queues` are those that were laid against each other, `together` what ships together, of which so many
    units are `going`, unless the day's load is full. At `unserved` positions so many units are left for lines that are
    served next, in another slice. Lines that are `gathered` wait for more of their truck, until then. `idle` units are
    free although some wait who may not have them yet.
    """

    grants: Grants
    releases: Releases
    lots: Lots
    queues: Mapping[PositionKey, Sequence[WaitingLine]]
    together: Mapping[Group, Sequence[OpenLine]]
    going: Mapping[LineKey, int]
    unserved: Mapping[PositionKey, int]
    idle: Mapping[PositionKey, int]
    passed_over: Collection[str]
    gathered: Mapping[LineKey, datetime] = field(default_factory=dict)
    claims: Mapping[PositionKey, Sequence[Claim]] = field(default_factory=dict)


async def allocate(
    tx: Tx,
    known: PositionFacts,
    free: Lots,
    waiting: Mapping[PositionKey, QueueState],
    asked: Collection[str] = (),
    *,
    claims_anew: bool = False,
) -> AllocatedUnits:
    """Lay free units against those who wait; `asked` orders ship together, and go if they are whole.

    What stock covers is decided anew where something speaks against leaving it as it is, or everywhere (`claims_anew`).
    Reads only as many lines as the free units can serve; more where some of them could not use theirs. A long queue is
    served in slices, each in a transaction of its own, so that nothing waits long for its position.
    """
    covered = await _covered(tx, known, free, waiting, claims_anew=claims_anew)
    lots = {key: group for key, group in free.items() if key in covered or not waiting[key].claimed}
    to_give = {key: units for key, units in _to_give(known, lots).items() if waiting[key].lines}
    limits = slices({key: min(units, waiting[key].lines) for key, units in to_give.items()}, covered)
    most = {key: min(limit, _enough(to_give[key], waiting[key])) for key, limit in limits.items()}
    while True:
        rows = await queue.next_in_line(tx, most)
        queues = {key: in_one_queue(covered.get(key, ()), rows.get(key, ())) for key in covered.keys() | rows.keys()}
        named = {line.order_id for lines in queues.values() for line in lines if line.together}
        together = await _together(tx, known, named | set(asked), queues)
        laid = {key: lots.get(key, ()) if known.launched(key) else () for key in queues}
        allocated = allocate_together(queues, laid, _terms(known, together), together)
        unserved = {
            key: _left(lots[key], allocated.grants[key])
            for key in most
            if len(rows[key]) == most[key]
            and (_left(lots[key], allocated.grants[key]) or _beyond(rows[key][-1], allocated.grants[key]))
        }
        more = [key for key in unserved if len(allocated.grants[key]) < limits[key]]
        if not more:
            break
        most |= {key: 2 * most[key] for key in more}
    unserved |= {key: units for key, units in to_give.items() if key not in limits}
    going = may_go(together, allocated.grants)
    fully_read = known.positions.keys() - unserved.keys()
    return AllocatedUnits(
        allocated.grants, releases(allocated.grants, going), lots, queues, together, going, unserved,
        {key: _idle(known, key, lots, allocated.grants, queues) for key in fully_read},
        allocated.passed_over,
    )  # fmt: skip


def slices(to_give: Mapping[PositionKey, int], covered: Collection[PositionKey]) -> dict[PositionKey, int]:
    """How many lines of each position are served at most, of so many that could be: of some none, if there are many.

    Where claims are decided anew the queue is read in any case, since who is covered may stand behind who is not.
    """
    limits, left = dict.fromkeys(covered, SLICE), MOST
    for key in sorted(to_give, key=lambda key: (key not in covered, key)):
        if key not in covered and left > 0:
            limits[key] = min(SLICE, left)
        left -= min(limits.get(key, 0), to_give[key])
    return {key: limit for key, limit in limits.items() if key in to_give}


async def _covered(
    tx: Tx,
    known: PositionFacts,
    free: Lots,
    waiting: Mapping[PositionKey, QueueState],
    *,
    claims_anew: bool,
) -> dict[PositionKey, list[WaitingLine]]:
    """The covered lines of positions whose claims are decided anew: an older line waits, or units or days changed."""
    found = await queue.claims_at(tx, [key for key in known.positions if waiting[key].claimed])
    anew = [
        key
        for key, claims in found.items()
        if claims_anew
        or claims.waits_for_rest
        or claims.has_older
        or not known.launched(key)
        or not may_stay(
            free.get(key, ()), waiting[key].claimed, claims.longest_life, claims.first_latest, known.ships_on(key)
        )
    ]  # fmt: skip
    return await queue.covered_lines(tx, anew)


async def _together(
    tx: Tx, known: PositionFacts, order_ids: Collection[str], queues: Mapping[PositionKey, Sequence[WaitingLine]]
) -> dict[Group, list[OpenLine]]:
    """What ships together; at positions that are decided anew it waits for what covered it until now, too."""
    together = await orders.together(tx, order_ids, known.days)
    return {
        group: [
            replace(line, waiting=line.waiting + line.claimed, claimed=0) if line.position in queues else line
            for line in lines
        ]
        for group, lines in together.items()
    }


def _terms(known: PositionFacts, together: Mapping[Group, Sequence[OpenLine]]) -> dict[PositionKey, ShippingDays]:
    """Of all positions of these orders, those included that are not decided here."""
    terms = {key: known.terms(key) for key in known.positions}
    for lines in together.values():
        merchants = (known.product(line.position).merchant for line in lines if line.position in known.positions)
        merchant = next(merchants, None)
        terms |= {line.position: known.terms(line.position, merchant) for line in lines if line.position not in terms}
    return terms


def _to_give(known: PositionFacts, lots: Lots) -> dict[PositionKey, int]:
    """Free units by position; none of what has not launched."""
    free = {key: sum(lot.units for lot in group) for key, group in lots.items() if known.launched(key)}
    return {key: units for key, units in free.items() if units}


def _enough(free: int, waiting: QueueState) -> int:
    """As many lines as that many units are on average, and some more."""
    return min(free, 4 + free * waiting.lines * 5 // (waiting.units * 4))


def _left(lots: Sequence[FreeLot], grants: Sequence[Match[FreeLot]]) -> int:
    return sum(lot.units for lot in lots) - sum(grant.units for grant in grants)


def _beyond(last: WaitingLine, grants: Sequence[Match[FreeLot]]) -> bool:
    """Whether a covered line got units that stands behind the last line that was read: others may be between them."""
    return bool(grants) and grants[-1].line.place > last.place


def _idle(
    known: PositionFacts,
    key: PositionKey,
    lots: Lots,
    grants: Grants,
    queues: Mapping[PositionKey, Sequence[WaitingLine]],
) -> int:
    ships_on, min_life_days = known.ships_on(key), known.product(key).min_life_days
    return idle(lots.get(key, ()), grants.get(key, ()), queues.get(key, ()), min_life_days, ships_on)
