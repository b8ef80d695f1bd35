"""Those who still wait are promised what is on its way: only lines whose supplies changed are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.allocation.domain.boundaries import (
    Boundaries,
    Delta,
    Mark,
    are_moved,
    end_after,
    overlaid,
    shift_boundaries,
    targets,
)
from services.allocation.domain.claim import first_latest, must_promise, orders_ahead, ready_with_rest
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.line import LineKey
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise, promise, promise_with_rest, ready_at_once
from services.allocation.domain.renewal import Renewal
from services.allocation.domain.ship_together import group_of, units_given
from services.allocation.domain.supply import IN_STOCK, Supply, SupplyKey
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.allocate import AllocatedUnits
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.handlers.decision.renew import TouchedLines, renew
from services.allocation.handlers.decision.supplies import what_comes
from services.allocation.store import boundaries, day_loads, queue
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx

Deltas = Mapping[PositionKey, Sequence[Delta]]


@dataclass(frozen=True, slots=True)
class PositionPromises:
    """Of one position: what waits now, what comes, where it ends in the queue, and the promises that change.

    `late` says why supplies moved whose window had passed, `kept_until` is the first day that a covered line is told.
    `whys` are those of lines that are promised anew with others of their stretch; `renewals` are left for later.
    """

    end: Mark
    supplies: Sequence[Supply]
    boundaries: Boundaries
    promises: Sequence[Promise]
    late: Mapping[SupplyKey, Why]
    kept_until: date | None
    whys: Mapping[LineKey, Why]
    renewals: Sequence[Renewal]


async def repromise(
    tx: Tx,
    known: PositionFacts,
    deltas: Deltas,
    waits: Sequence[Wait],
    news: Mapping[PositionKey, PositionNews],
    touched: TouchedLines,
    given: AllocatedUnits,
) -> dict[PositionKey, PositionPromises]:
    """What follows for those who wait at locked positions from all that joined, left, comes or is in stock.

    `deltas` are all changes of the queues, `waits` those that news made, `given` what stock covers.
    """
    was = {key: Mark(None, position.waiting[1], position.waiting[0]) for key, position in known.positions.items()}
    ends = {key: end_after(mark, deltas[key]) for key, mark in was.items()}
    stored = await boundaries.boundaries(tx, was)
    before = {key: shift_boundaries(ends_there, deltas[key]) for key, ends_there in stored.items()}
    comes = await what_comes(tx, known, ends, given, before)
    wanted = {key: targets(comes[key].supplies, before[key], end) if end.lines else {} for key, end in ends.items()}
    after = await boundaries.find(tx, wanted, ends)
    await boundaries.keep(tx, {key: later for key, later in after.items() if are_moved(stored[key], later)})
    queues = {key: overlaid(after[key], before[key]) for key in ends}
    news = {key: position_news.with_late(comes[key].late) for key, position_news in news.items()}
    renewed = await renew(tx, known, queues, ends, news, touched)
    kept = await _covered(tx, known, waits, given)
    return {
        key: PositionPromises(
            ends[key], comes[key].supplies, after[key], [*renewed[key].promises, *kept.get(key, ())], comes[key].late,
            first_latest(given.claims.get(key, ()), kept.get(key, ())), renewed[key].whys, renewed[key].left,
        )
        for key in ends
    }  # fmt: skip


async def _covered(
    tx: Tx, known: PositionFacts, waits: Sequence[Wait], given: AllocatedUnits
) -> dict[PositionKey, list[Promise]]:
    """What lines that stock covers whole are promised: the days of the rest that they ship with, or of their load."""
    terms = {key: known.promise_terms(key) for key in given.claims}
    joined = {wait.line for wait in waits if wait.delta > 0 and not wait.waited}
    new = {
        key: [claim for claim in group if must_promise(claim, terms[key].first_day)]
        for key, group in given.claims.items()
    }
    nodes = {node for (_, node), group in new.items() if any(claim.kept_for == "load" for claim in group)}
    kept = await day_loads.orders_kept(tx, nodes)
    ahead = orders_ahead(new, kept)
    of_line, got = group_of(given.together), units_given(given.grants)
    named = {claim.line.line: claim for group in new.values() for claim in group}
    found: dict[PositionKey, list[Promise]] = {}
    for key, line in await queue.lines_at(tx, named) if named else ():
        is_new = line.line in joined
        if named[line.line].kept_for == "load":
            before = ahead[key[1], line.order_id]
            own = promise(line, ready_at_once(terms[key]), before, IN_STOCK, terms[key], joined=is_new)
        elif with_rest := ready_with_rest(line.line, given.together[of_line[line.line]], got):
            own = promise_with_rest(line, with_rest, joined=is_new)
        else:
            continue
        found.setdefault(key, []).append(own)
    return found
