"""Those who still wait are promised what is on its way: only lines whose supplies changed are read."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from services.allocation.domain.boundaries import (
    Boundaries,
    Delta,
    Mark,
    Stretch,
    changed_stretches,
    end_after,
    shift_boundaries,
    stretches,
    targets,
)
from services.allocation.domain.claim import first_latest, must_promise, orders_ahead, ready_with_rest
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import (
    IN_STOCK,
    Promise,
    PromiseTerms,
    is_affected,
    promise,
    promise_with_rest,
    ready_at_once,
)
from services.allocation.domain.ship_together import group_of
from services.allocation.domain.supply import Supply
from services.allocation.handlers.decision.allocate import AllocatedUnits
from services.allocation.handlers.decision.decided_position import Why
from services.allocation.handlers.decision.facts import PositionFacts
from services.allocation.handlers.decision.supplies import what_comes
from services.allocation.store import boundaries, day_loads, queue
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx

Deltas = Mapping[PositionKey, Sequence[Delta]]


@dataclass(frozen=True, slots=True)
class PositionPromises:
    """Of one position: what waits now, what comes, where it ends in the queue, and the promises that change.

    `late` says why supplies moved whose window had passed, `kept_until` is the first day that a covered line is told.
    """

    end: Mark
    supplies: Sequence[Supply]
    boundaries: Boundaries
    promises: Sequence[Promise]
    late: Mapping[str, Why]
    kept_until: date | None


@dataclass(frozen=True, slots=True)
class TouchedLines:
    """Lines that are told a promise in any case, since they joined or wait for other units; and those that moved.

    `terms` are those by which whole queues were promised before their calendar or launch changed.
    """

    joined: Collection[LineKey]
    other_units: Collection[LineKey]
    moved: Collection[LineKey]
    terms: Mapping[PositionKey, PromiseTerms]

    @property
    def lines(self) -> set[LineKey]:
        return {*self.joined, *self.other_units, *self.moved}


async def repromise(
    tx: Tx, known: PositionFacts, deltas: Deltas, waits: Sequence[Wait], touched: TouchedLines, given: AllocatedUnits
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
    await boundaries.keep(tx, {key: later for key, later in after.items() if later != stored[key]})
    promises = await _promises(tx, known, before, after, touched)
    kept = await _covered(tx, known, waits, given)
    return {
        key: PositionPromises(
            ends[key], comes[key].supplies, after[key], [*promises[key], *kept.get(key, ())], comes[key].late,
            first_latest(given.claims.get(key, ()), kept.get(key, ())),
        )
        for key in ends
    }  # fmt: skip


async def _covered(
    tx: Tx, known: PositionFacts, waits: Sequence[Wait], given: AllocatedUnits
) -> dict[PositionKey, list[Promise]]:
    """What lines that stock covers whole are promised: the days of the rest that they ship with, or of their load."""
    terms = {key: _terms(tx, known, key) for key in given.claims}
    joined = {wait.line for wait in waits if wait.delta > 0 and not wait.waited}
    new = {
        key: [claim for claim in group if must_promise(claim, terms[key].first_day)]
        for key, group in given.claims.items()
    }
    nodes = {node for (_, node), group in new.items() if any(claim.kept_for == "load" for claim in group)}
    kept = await day_loads.orders_kept(tx, nodes) if nodes else {}
    ahead = orders_ahead(new, kept)
    of_line = group_of(given.together)
    named = {claim.line.line: claim for group in new.values() for claim in group}
    found: dict[PositionKey, list[Promise]] = {}
    for key, line in await queue.lines_at(tx, named) if named else ():
        is_new = line.line in joined
        if named[line.line].kept_for == "load":
            before = ahead[key[1], line.order_id]
            own = promise(line, ready_at_once(terms[key]), before, IN_STOCK, terms[key], joined=is_new)
        elif with_rest := ready_with_rest(line.line, given.together[of_line[line.line]]):
            own = promise_with_rest(line, with_rest, joined=is_new)
        else:
            continue
        found.setdefault(key, []).append(own)
    return found


async def _promises(
    tx: Tx,
    known: PositionFacts,
    before: Mapping[PositionKey, Boundaries],
    after: Mapping[PositionKey, Boundaries],
    touched: TouchedLines,
) -> dict[PositionKey, list[Promise]]:
    moved = [(key, stretch) for key in after for stretch in changed_stretches(before[key], after[key])]
    as_before = {(key, stretch) for key in touched.terms for stretch in stretches(after[key]) if stretch.ready} - {
        *moved
    }
    lines = await _lines(tx, known, after, [*moved, *as_before], touched.lines)
    promises: dict[PositionKey, list[Promise]] = {key: [] for key in after}
    terms = {key: _terms(tx, known, key) for key in {key for key, *_ in lines}}
    for key, stretch, lines_before, line in lines:
        ahead = lines_before - stretch.lines_before
        asked = (key, stretch) not in as_before or line.line in touched.lines
        if not asked and not is_affected(line, stretch.ready, ahead, stretch.supply_id, touched.terms[key], terms[key]):
            continue
        promises[key].append(
            promise(
                line, stretch.ready, ahead, stretch.supply_id, terms[key],
                joined=line.line in touched.joined, other_units=line.line in touched.other_units,
            )
        )  # fmt: skip
    return promises


def _terms(tx: Tx, known: PositionFacts, key: PositionKey) -> PromiseTerms:
    calendar = known.calendar(key)
    return PromiseTerms(
        calendar, calendar.next_shipping_day(tx.now), known.product(key).launch_on, known.policy(key).padding_days
    )


async def _lines(
    tx: Tx,
    known: PositionFacts,
    after: Mapping[PositionKey, Boundaries],
    moved: Sequence[tuple[PositionKey, Stretch]],
    touched: Set[LineKey],
) -> list[tuple[PositionKey, Stretch, int, WaitingLine]]:
    """The lines of stretches that moved and those that were touched, each once, with the lines before it.

    Where stretches overlap, a line is of the first of them.
    """
    rows = sorted(await queue.lines_in(tx, moved), key=lambda row: row[0], reverse=True) if moved else ()
    found = list({line.line: (*moved[number], before, line) for number, before, line in rows}.values())
    rest = touched - {line.line for *_, line in found} if touched else ()
    if rest:
        found += await _single(tx, known, after, await queue.lines_at(tx, rest))
    return sorted(found, key=lambda row: (row[0], row[3].place))


async def _single(
    tx: Tx,
    known: PositionFacts,
    after: Mapping[PositionKey, Boundaries],
    lines: Sequence[tuple[PositionKey, WaitingLine]],
) -> list[tuple[PositionKey, Stretch, int, WaitingLine]]:
    """Each line with its stretch; the lines before it are counted only where the floor's capacity asks for them."""
    cut = {key: stretches(after[key]) for key in {key for key, _ in lines}}
    placed = [(key, next(stretch for stretch in cut[key] if stretch.has(line.place)), line) for key, line in lines]
    counted = await queue.lines_between(
        tx, [(key, stretch.begin, line.place) for key, stretch, line in placed if known.calendar(key).orders_per_day]
    )
    return [
        (key, stretch, stretch.begin.lines + counted[line.line] if line.line in counted else stretch.lines_before, line)
        for key, stretch, line in placed
    ]
