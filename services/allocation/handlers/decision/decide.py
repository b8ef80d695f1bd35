"""After any change of a position: serve its queue, promise the rest, write it all and announce it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from services.allocation.domain.decision import Decision
from services.allocation.domain.line import LineKey
from services.allocation.domain.match import for_sale
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.ship_together import got_by
from services.allocation.domain.stock_loss import OwnershipChange
from services.allocation.handlers.decision import announce, pages
from services.allocation.handlers.decision.allocate import AllocatedUnits, Lots, allocate
from services.allocation.handlers.decision.announce_losses import floor_must_know
from services.allocation.handlers.decision.bundle_pages import follow_pages
from services.allocation.handlers.decision.bundles import follow
from services.allocation.handlers.decision.daily_limit import load
from services.allocation.handlers.decision.decided_position import DecidedPosition, PageDecision, PositionNews, Versions
from services.allocation.handlers.decision.delay_option import add_delay_options
from services.allocation.handlers.decision.due_dates import look_later
from services.allocation.handlers.decision.exceptions import tell_exceptions
from services.allocation.handlers.decision.facts import PositionFacts, know
from services.allocation.handlers.decision.passed_over_orders import list_passed_over, settle_passed_over
from services.allocation.handlers.decision.promise import PositionPromises, TouchedLines, repromise
from services.allocation.store import allocations, lines, orders, positions, queue
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx


async def serve(
    tx: Tx,
    locked: Mapping[PositionKey, Position],
    news: Mapping[PositionKey, PositionNews],
    asked: Collection[str] = (),
) -> None:
    """Decides locked positions whole, writes what was decided, and announces it.

    `asked` orders ship together, and are released if they own all that they want.
    """
    known = await know(tx, locked)
    waits = await queue.wait(tx, {line: units for one in news.values() for line, units in one.waits.items() if units})
    lots = await positions.free_lots(tx, [*locked])
    moved = [wait for one in news.values() for wait in one.left]
    given = await load(tx, known, await allocate(tx, known, lots, _waiting(locked, [*moved, *waits]), asked), waits)
    await list_passed_over(tx, given.passed_over)
    got = got_by(given.grants)
    left = await queue.wait(tx, {line: -units for line, units in got.items()})
    promised = await repromise(tx, known, [*moved, *waits, *left], _touched(waits, got, moved, news), given.idle)
    promised = await add_delay_options(tx, known, promised)
    facts = {key for key, one in news.items() if one.by_fact or promised[key].late}
    shows = await pages.show(tx, known, _for_sale(tx, known, lots, given), promised, facts)
    served = [_served(known, news[key], waits, given, promised[key], shows[key], key) for key in locked]
    versions = await _write(tx, served)
    await settle_passed_over(tx, {line[0] for one in served for line in one.told} | {*asked})
    bundles = await follow(tx, known, served, versions)
    await look_later(tx, known, given, waits, promised, served)
    await announce.tell(tx, known, served, versions, bundles)
    await tell_exceptions(tx, floor_must_know(served, versions))
    await pages.roll_up(tx, known, served)
    await follow_pages(tx, served)


def _waiting(locked: Mapping[PositionKey, Position], waits: Iterable[Wait]) -> dict[PositionKey, tuple[int, int]]:
    """Lines and units that wait."""
    found = {key: position.waiting[:2] for key, position in locked.items()}
    for one in waits:
        lines_, units = found[one.key]
        found[one.key] = (lines_ + one.change.lines, units + one.change.units)
    return found


def _touched(
    waits: Iterable[Wait], got: Mapping[LineKey, int], moved: Iterable[Wait], news: Mapping[PositionKey, PositionNews]
) -> TouchedLines:
    """Lines that still wait: those that joined, those that wait for other units, those at another place or late."""
    still = [one for one in waits if one.units > got.get(one.line, 0)]
    at_another = {one.line for one in moved}
    joined = {one.line for one in still if not one.waited}
    late = {line for one in news.values() for line in one.late}
    terms = {key: one.terms_before for key, one in news.items() if one.terms_before}
    return TouchedLines(
        joined - at_another, {one.line for one in still if one.waited}, at_another & joined | late, terms
    )


def _for_sale(tx: Tx, known: PositionFacts, lots: Lots, given: AllocatedUnits) -> dict[PositionKey, int]:
    """Units that a new customer could have at once."""
    return {
        key: for_sale(
            lots.get(key, ()), given.grants.get(key, ()), known.product(key).min_life_days,
            known.calendar(key).next_shipping_day(tx.now),
        )
        for key in known.positions
    }  # fmt: skip


def _served(
    known: PositionFacts,
    news: PositionNews,
    waits: Sequence[Wait],
    given: AllocatedUnits,
    promised: PositionPromises,
    shows: PageDecision,
    key: PositionKey,
) -> DecidedPosition:
    mine = {one.line: one for one in waits if one.key == key}
    decision = Decision(given.grants.get(key, ()), promised.promises, promised.end)
    news = replace(news, changed={**promised.late, **news.changed}) if promised.late else news
    return DecidedPosition(
        known.positions[key], known.product(key), news, mine, decision, given.releases.get(key, {}), shows
    )


async def _write(tx: Tx, served: Sequence[DecidedPosition]) -> Versions:
    """The version of each line at which it is told of each thing."""
    versions = await _change_lines(tx, served)
    await _grant(tx, served)
    promises = [(one, promise) for one in served for promise in one.decision.promises if promise.told]
    await queue.promise(tx, ((one.position.key, promise) for one, promise in promises))
    rows = (
        (one.position.key, one.version, versions[p.line.line, "promised"], p, why.reason, why.cause)
        for one, p in promises
        for why in (one.news.behind(p),)
    )
    await lines.add_promises(tx, rows)
    await positions.set_positions(tx, map(_position_row, served))
    return versions


async def _grant(tx: Tx, served: Sequence[DecidedPosition]) -> None:
    """Lines own the units of lots that they were granted; with all that they lost before it is kept for ever."""
    given = [
        (one, OwnershipChange(grant.line.line, grant.source.lot, "given", grant.units, grant.line.line in one.releases))
        for one in served
        for grant in one.decision.grants
    ]
    await allocations.hold(tx, [change for _, change in given])
    await allocations.release(tx, {line for one in served for line in one.ahead})
    await allocations.allocate_lots(tx, ((one.position.key, change) for one, change in given))
    every = [*((one, change) for one in served for change in one.news.changes), *given]
    await allocations.add_allocations(tx, ((one.position.key, one.version, change) for one, change in every))
    await orders.count_parcels(tx, {line[0] for one in served for line in one.releases})


async def _change_lines(tx: Tx, served: Sequence[DecidedPosition]) -> Versions:
    """Lines own what they were granted; all that they are told of counts their versions up."""
    units: dict[LineKey, int] = defaultdict(int)
    for one in served:
        for grant in one.decision.grants:
            units[grant.line.line] += grant.units
    told = {line: tellings for one in served for line, tellings in one.told.items()}
    last = await lines.change_lines(tx, [(*line, units.get(line, 0), len(told[line])) for line in told])
    return {
        (line, event): last[line] - later
        for line, tellings in told.items()
        for later, event in enumerate(reversed(tellings))
    }


def _position_row(one: DecidedPosition) -> positions.PositionRow:
    granted = sum(grant.units for grant in one.decision.grants)
    page = (one.shows.version, one.shows.text, one.shows.standing.since)
    return (*one.position.key, granted, *one.waiting, one.queue_version, *page)
