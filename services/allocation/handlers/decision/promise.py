"""Those who still wait are promised what is on its way: only lines whose supplies changed are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.allocation.domain.boundaries import (
    Delta,
    Mark,
    are_moved,
    end_after,
    overlaid,
    shift_boundaries,
    targets,
    with_padding,
)
from services.allocation.domain.claim import first_latest, must_promise, orders_ahead
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.held import HeldDays
from services.allocation.domain.line import LineKey
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise, promise, ready_at_once
from services.allocation.domain.renewal import Renewal
from services.allocation.domain.supply import IN_STOCK, Supply, SupplyKey
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.allocate import AllocatedUnits
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.handlers.decision.longer_life import serve_lines
from services.allocation.handlers.decision.promise_together import promise_groups
from services.allocation.handlers.decision.renew import TouchedLines, renew
from services.allocation.handlers.decision.supplies import what_comes
from services.allocation.store import boundaries, day_loads, queue
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx

Deltas = Mapping[PositionKey, Sequence[Delta]]


@dataclass(frozen=True, slots=True)
class PositionPromises:
    """Of one position: what waits now and what comes, what those hold who wait, and the promises that change.

    `late` says why supplies moved whose window had passed, `kept_until` is the first day that a covered line is told.
    `whys` are those of lines that are promised anew with others of their stretch or order; `renewals` are left for
    later. `elsewhere` are orders that are promised another range once all of their positions are decided.
    """

    end: Mark
    supplies: Sequence[Supply]
    held: HeldDays
    promises: Sequence[Promise]
    late: Mapping[SupplyKey, Why]
    kept_until: date | None
    whys: Mapping[LineKey, Why]
    renewals: Sequence[Renewal]
    elsewhere: Mapping[str, Why]


async def repromise(
    tx: Tx,
    known: PositionFacts,
    deltas: Deltas,
    waits: Sequence[Wait],
    news: Mapping[PositionKey, PositionNews],
    touched: TouchedLines,
    given: AllocatedUnits,
    asked: Mapping[str, Why],
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
    found = await boundaries.find(tx, wanted, ends)
    held = {key: HeldDays(with_padding(found[key], before[key]), known.promise_terms(key)) for key in ends}
    queues = {key: overlaid(found[key], before[key]) for key in ends}
    news = {key: position_news.with_late(comes[key].late) for key, position_news in news.items()}
    longer = await serve_lines(tx, known, comes, held, queues, news, touched)
    renewed = await renew(tx, known, queues, ends, news, longer.touched, held, longer.serving)
    after = {key: days.boundaries for key, days in held.items()}
    await boundaries.keep(tx, {key: later for key, later in after.items() if are_moved(stored[key], later)})
    kept = await _covered(tx, known, waits, given)
    alone = {key: [*renewed[key].promises, *kept.get(key, ())] for key in ends}
    news = {key: position_news.with_whys(renewed[key].whys) for key, position_news in news.items()}
    together = await promise_groups(tx, news, alone, waits, given, asked, queues)
    return {
        key: PositionPromises(
            ends[key], comes[key].supplies, held[key], together.promises[key], comes[key].late,
            first_latest(given.claims.get(key, ()), together.promises[key]),
            {**renewed[key].whys, **together.whys}, renewed[key].left, together.elsewhere,
        )
        for key in ends
    }  # fmt: skip


async def _covered(
    tx: Tx, known: PositionFacts, waits: Sequence[Wait], given: AllocatedUnits
) -> dict[PositionKey, list[Promise]]:
    """What lines that stock covers whole are promised that wait for the load of a day."""
    terms = {key: known.promise_terms(key) for key in given.claims}
    joined = {wait.line for wait in waits if wait.delta > 0 and not wait.waited}
    new = {
        key: [claim for claim in group if must_promise(claim, terms[key].first_day)]
        for key, group in given.claims.items()
    }
    nodes = {node for (_, node), group in new.items() if group}
    kept = await day_loads.orders_kept(tx, nodes)
    ahead = orders_ahead(new, kept)
    named = {claim.line.line: claim for group in new.values() for claim in group}
    found: dict[PositionKey, list[Promise]] = {}
    for key, line in await queue.lines_at(tx, named) if named else ():
        before, is_new = ahead[key[1], line.order_id], line.line in joined
        found.setdefault(key, []).append(
            promise(line, ready_at_once(terms[key]), before, IN_STOCK, terms[key], joined=is_new)
        )
    return found
