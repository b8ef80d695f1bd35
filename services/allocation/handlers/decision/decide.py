"""After any change of a position: serve its queue, promise the rest, write it all and announce it."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from services.allocation.domain.claim import claims
from services.allocation.domain.decision import Decision
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.line import LineKey
from services.allocation.domain.match import for_sale
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.queue_change import QueueChange, Served, served
from services.allocation.domain.why import Why
from services.allocation.handlers.decision import announce, pages
from services.allocation.handlers.decision.allocate import AllocatedUnits, QueueState, allocate
from services.allocation.handlers.decision.announce_losses import floor_must_know
from services.allocation.handlers.decision.bundle_pages import follow_pages
from services.allocation.handlers.decision.bundles import follow
from services.allocation.handlers.decision.daily_limit import load
from services.allocation.handlers.decision.decided_position import DecidedPosition, PageDecision, PositionNews, Versions
from services.allocation.handlers.decision.delay_option import add_delay_options
from services.allocation.handlers.decision.due_dates import look_later
from services.allocation.handlers.decision.exceptions import tell_exceptions
from services.allocation.handlers.decision.facts import know
from services.allocation.handlers.decision.gather import gather_parcels
from services.allocation.handlers.decision.passed_over_orders import list_passed_over, settle_passed_over
from services.allocation.handlers.decision.promise import PositionPromises, repromise
from services.allocation.handlers.decision.renew import TouchedLines
from services.allocation.store import allocations, lines, orders, positions, promises, queue, renewals, settings
from services.allocation.store.allocations import ReleaseRow
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx


async def serve(
    tx: Tx,
    locked: Mapping[PositionKey, Position],
    news: Mapping[PositionKey, PositionNews],
    asked: Mapping[str, Why] = MappingProxyType({}),
    *,
    claims_anew: bool = False,
) -> None:
    """Decides locked positions whole, writes what was decided, and announces it.

    `asked` orders ship together, each for a reason, and are released if stock covers all that they want. What stock
    covers is decided anew where it must be, or everywhere (`claims_anew`). While PostgreSQL writes, the lines of the
    events are made.
    """
    news = await _with_renewals(tx, locked, news)
    known = await know(tx, locked)
    decided = await _decide(tx, known, news, asked, claims_anew=claims_anew)
    versions = await _versions(tx, decided.positions)
    writing = asyncio.create_task(_write(tx, decided.positions, versions))
    try:
        lines_told = await announce.lines_told(tx, decided.positions, versions)
    finally:
        await writing
    await _announce(tx, known, decided, versions, lines_told, asked)


async def _with_renewals(
    tx: Tx, locked: Mapping[PositionKey, Position], news: Mapping[PositionKey, PositionNews]
) -> Mapping[PositionKey, PositionNews]:
    """What is left to be promised anew; calendars and launches are read again, since they may be newer than that."""
    left = await renewals.take(tx, [key for key, position in locked.items() if position.renews])
    found = dict(news)
    for key, kept in left.items():
        found[key] = replace(news[key], renewals=[*news[key].renewals, *kept])
    if any(renewal.terms_before for position_news in found.values() for renewal in position_news.renewals):
        settings.forget(tx, "products")
        settings.forget(tx, "calendars")
    return found


@dataclass(frozen=True, slots=True)
class _Decided:
    """What was decided about positions: what stock covers, what changed in the queues before, and what is promised."""

    positions: Sequence[DecidedPosition]
    given: AllocatedUnits
    moves: Sequence[Wait]
    promised: Mapping[PositionKey, PositionPromises]


async def _decide(
    tx: Tx,
    known: PositionFacts,
    news: Mapping[PositionKey, PositionNews],
    asked: Mapping[str, Why],
    *,
    claims_anew: bool,
) -> _Decided:
    """Units go to those who wait, the rest is promised, and pages show what is left."""
    changed = {line: units for position_news in news.values() for line, units in position_news.waits.items() if units}
    waits = [wait for position_news in news.values() for wait in position_news.joined] + await queue.wait(tx, changed)
    left = [wait for position_news in news.values() for wait in position_news.left]
    free = await positions.free_lots(tx, [*known.positions])
    given = await allocate(tx, known, free, _waiting(known.positions, [*left, *waits]), asked, claims_anew=claims_anew)
    given = with_claims(await load(tx, known, await gather_parcels(tx, known, given, waits), waits))
    await list_passed_over(tx, given.passed_over)
    moves, leaving = await _leave(tx, given, [*left, *waits])
    changes = queue_changes(known.positions, moves, leaving)
    deltas = {key: change.deltas for key, change in changes.items()}
    touched = _touched(moves, waits, leaving, news)
    promised = await repromise(tx, known, deltas, waits, news, touched, given, asked)
    promised = await add_delay_options(tx, known, promised)
    facts = {key for key, position_news in news.items() if position_news.by_fact or promised[key].late}
    shows = await pages.show(tx, known, _for_sale(known, given), promised, facts)
    waited = _by_position(waits)
    decided = [
        _position(known, key, news[key], waited[key], changes[key], given, promised[key], shows[key])
        for key in known.positions
    ]
    return _Decided(decided, given, moves, promised)


async def _leave(tx: Tx, given: AllocatedUnits, moves: Sequence[Wait]) -> tuple[list[Wait], Served]:
    """What stock covers is kept, and what is released leaves the queues; all that moved in them, and what left."""
    kept = await queue.claim(tx, [(key, claim) for key, group in given.claims.items() for claim in group])
    await queue.leave(tx, given.releases, given.claims)
    return [*moves, *kept], served(given.releases, given.claims)


async def _announce(
    tx: Tx,
    known: PositionFacts,
    decided: _Decided,
    versions: Versions,
    lines: announce.LinesTold,
    asked: Collection[str],
) -> None:
    """Orders, queues and pages are told; what follows later is set as timers."""
    served = decided.positions
    await settle_passed_over(tx, {order_id for position in served for order_id in position.together} | {*asked})
    bundles = await follow(tx, known, served, versions)
    await look_later(tx, known, decided.given, decided.moves, decided.promised, served)
    announce.tell(tx, known, served, lines, bundles)
    await tell_exceptions(tx, floor_must_know(served, versions))
    await pages.roll_up(tx, known, served)
    await follow_pages(tx, served)


def _waiting(locked: Mapping[PositionKey, Position], moves: Iterable[Wait]) -> dict[PositionKey, QueueState]:
    """What waits and is covered at each position after its queue changed."""
    found = {key: QueueState(*position.waiting[:2], position.claimed) for key, position in locked.items()}
    for wait in moves:
        state, change = found[wait.key], wait.change
        found[wait.key] = QueueState(
            state.lines + change.lines, state.units + change.units, state.claimed + wait.claim_delta
        )
    return found


def with_claims(given: AllocatedUnits) -> AllocatedUnits:
    """Lines that stock covers and that are not released are kept, and others no more."""
    return replace(given, claims=claims(given.queues, given.grants, given.releases, given.going, given.gathered))


def queue_changes(
    keys: Iterable[PositionKey], moves: Iterable[Wait], leaving: Served
) -> dict[PositionKey, QueueChange]:
    """All that changes in the queues of positions."""
    changes = {key: leaving.changes.get(key) or QueueChange() for key in keys}
    for wait in moves:
        change = changes[wait.key]
        change.deltas.append(wait.change)
        change.value += wait.change.units * wait.unit_price
        change.claimed += wait.claim_delta
    return changes


def _touched(
    moves: Sequence[Wait],
    waits: Iterable[Wait],
    leaving: Served,
    news: Mapping[PositionKey, PositionNews],
) -> TouchedLines:
    """Lines that stock does not cover whole: those that joined, wait for other units, are covered no more, or late."""
    last = {wait.line: wait for wait in moves}
    still = {line for line, wait in last.items() if wait.units > wait.claimed and line not in leaving.whole}
    joined = {wait.line for wait in waits if wait.line in still and not wait.waited}
    other_units = {wait.line for wait in waits if wait.line in still and wait.waited}
    uncovered = {wait.line for wait in moves if wait.line in still and not wait.delta and wait.claim_delta < 0}
    uncovered |= leaving.uncovered
    at_another = {wait.line for position_news in news.values() for wait in position_news.left if not wait.units}
    late = {line for position_news in news.values() for line in position_news.late}
    return TouchedLines(joined - at_another, other_units, uncovered | at_another & joined | late)


def _for_sale(known: PositionFacts, given: AllocatedUnits) -> dict[PositionKey, int]:
    """Units that a new customer could have at once; none while those who wait are still being served."""
    return {
        key: 0 if key in given.unserved else for_sale(
            given.lots.get(key, ()), given.grants.get(key, ()), known.product(key).min_life_days,
            known.ships_on(key),
        )
        for key in known.positions
    }  # fmt: skip


def _by_position(waits: Iterable[Wait]) -> Mapping[PositionKey, Sequence[Wait]]:
    found: dict[PositionKey, list[Wait]] = defaultdict(list)
    for wait in waits:
        found[wait.key].append(wait)
    return found


def _position(
    known: PositionFacts,
    key: PositionKey,
    news: PositionNews,
    waits: Sequence[Wait],
    change: QueueChange,
    given: AllocatedUnits,
    promised: PositionPromises,
    shows: PageDecision,
) -> DecidedPosition:
    position, product, of_key = known.positions[key], known.product(key), {wait.line: wait for wait in waits}
    news = news.with_late(promised.late).with_whys(promised.whys)
    decision = Decision(given.releases.get(key, ()), promised.promises, promised.end, promised.renewals)
    return DecidedPosition(position, product, news, of_key, change, decision, shows, known.launched(key))


async def _versions(tx: Tx, served: Sequence[DecidedPosition]) -> Versions:
    """The version of each line at which it is told of each thing."""
    news = {line: events for position in served for line, events in position.told.items()}
    last = await _last_versions(tx, served, news)
    return {
        (line, event): last[line] + number for line, events in news.items() for number, event in enumerate(events, 1)
    }


async def _write(tx: Tx, served: Sequence[DecidedPosition], versions: Versions) -> None:
    """What lines own, what they are promised, and what is left at positions."""
    await _grant(tx, served, versions)
    promised = [(position, promise) for position in served for promise in position.decision.told]
    ranges = [(position, p) for position in served for p in position.decision.promises if p.told or p.line.together]
    await queue.promise(
        tx,
        ((position.position.key, p, versions.get((p.line.line, "promised"), p.line.version)) for position, p in ranges),
    )
    rows = (
        (position.position.key, position.version, versions[p.line.line, "promised"], p, why.reason, why.cause)
        for position, p in promised
        for why in (position.news.behind(p),)
    )
    await promises.add(tx, rows)
    kept_elsewhere = {p.line.line for _, p in promised}.union(*(position.decision.whole for position in served))
    others = {line: version for (line, _), version in versions.items() if line not in kept_elsewhere}
    await lines.set_versions(tx, others)
    await renewals.keep(tx, {position.position.key: position.decision.renewals for position in served})
    await positions.set_positions(tx, map(_position_row, served))


async def _last_versions(tx: Tx, served: Sequence[DecidedPosition], told: Collection[LineKey]) -> dict[LineKey, int]:
    """At which version each line was told of last: those that were read as they wait say so themselves."""
    known: dict[LineKey, int] = {}
    for position in served:
        for release in position.decision.releases:
            known[release.line.line] = release.line.version
        for promise in position.decision.promises:
            known[promise.line.line] = promise.line.version
    missing = [line for line in told if line not in known]
    return known | await lines.versions(tx, missing)


async def _grant(tx: Tx, served: Sequence[DecidedPosition], versions: Versions) -> None:
    """Lines own the units of lots that are released; with all that they lost before it is kept for ever."""
    changes = [(position, change) for position in served for change in position.news.changes]
    await allocations.add_departures(
        tx, ((position.position.key, position.version, change) for position, change in changes)
    )
    await allocations.release(tx, (row for position in served for row in _release_rows(tx, position, versions)))
    await allocations.allocate_lots(tx, {position.position.key: position.decision.lots for position in served})
    together = {
        release.line.order_id for position in served for release in position.decision.releases if release.line.together
    }
    await orders.count_parcels(tx, together)


def _release_rows(tx: Tx, one: DecidedPosition, versions: Versions) -> Iterator[ReleaseRow]:
    """Each line's units of each lot, at the last version at which the line is told of anything now."""
    (sku, node), version = one.position.key, one.version
    for release in one.decision.releases:
        line = release.line
        last = versions[line.line, one.told[line.line][-1]]
        for grant in release.grants:
            units = grant.units
            yield (
                line.order_id, line.line_id, grant.source.lot, version, "given", sku, node, line.queue_at,
                line.completed_at, line.min_life_days, units, units, last, tx.now,
            )  # fmt: skip


def _position_row(one: DecidedPosition) -> positions.PositionRow:
    page, renews = (one.shows.version, one.shows.text, one.shows.standing.since), bool(one.decision.renewals)
    return (*one.position.key, one.decision.units, one.claimed, *one.waiting, one.queue_version, *page, renews)
