"""After any change of a position: serve its queue, promise the rest, write it all and announce it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from services.allocation.domain.decision import Decision
from services.allocation.domain.line import LineKey
from services.allocation.domain.match import for_sale
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.ship_together import units_given
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
    waits = await queue.wait(
        tx, {line: units for position_news in news.values() for line, units in position_news.waits.items() if units}
    )
    lots = await positions.free_lots(tx, [*locked])
    moved = [wait for position_news in news.values() for wait in position_news.left]
    given = await load(tx, known, await allocate(tx, known, lots, _waiting(locked, [*moved, *waits]), asked), waits)
    await list_passed_over(tx, given.passed_over)
    got = units_given(given.grants)
    left = await queue.wait(tx, {line: -units for line, units in got.items()})
    promised = await repromise(tx, known, [*moved, *waits, *left], _touched(waits, got, moved, news), given.idle)
    promised = await add_delay_options(tx, known, promised)
    facts = {key for key, position_news in news.items() if position_news.by_fact or promised[key].late}
    shows = await pages.show(tx, known, _for_sale(tx, known, lots, given), promised, facts)
    served = [_served(known, news[key], waits, given, promised[key], shows[key], key) for key in locked]
    versions = await _write(tx, served)
    await settle_passed_over(tx, {line[0] for position in served for line in position.told} | {*asked})
    bundles = await follow(tx, known, served, versions)
    await look_later(tx, known, given, waits, promised, served)
    await announce.tell(tx, known, served, versions, bundles)
    await tell_exceptions(tx, floor_must_know(served, versions))
    await pages.roll_up(tx, known, served)
    await follow_pages(tx, served)


def _waiting(locked: Mapping[PositionKey, Position], waits: Iterable[Wait]) -> dict[PositionKey, tuple[int, int]]:
    """Lines and units that wait."""
    found = {key: position.waiting[:2] for key, position in locked.items()}
    for wait in waits:
        lines_, units = found[wait.key]
        found[wait.key] = (lines_ + wait.change.lines, units + wait.change.units)
    return found


def _touched(
    waits: Iterable[Wait], got: Mapping[LineKey, int], moved: Iterable[Wait], news: Mapping[PositionKey, PositionNews]
) -> TouchedLines:
    """Lines that still wait: those that joined, those that wait for other units, those at another place or late."""
    still = [wait for wait in waits if wait.units > got.get(wait.line, 0)]
    at_another = {wait.line for wait in moved}
    joined = {wait.line for wait in still if not wait.waited}
    late = {line for position_news in news.values() for line in position_news.late}
    terms = {key: position_news.terms_before for key, position_news in news.items() if position_news.terms_before}
    return TouchedLines(
        joined - at_another, {wait.line for wait in still if wait.waited}, at_another & joined | late, terms
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
    own = {wait.line: wait for wait in waits if wait.key == key}
    decision = Decision(given.grants.get(key, ()), promised.promises, promised.end)
    news = replace(news, changed={**promised.late, **news.changed}) if promised.late else news
    return DecidedPosition(
        known.positions[key], known.product(key), news, own, decision, given.releases.get(key, {}), shows
    )


async def _write(tx: Tx, served: Sequence[DecidedPosition]) -> Versions:
    """The version of each line at which it is told of each thing."""
    versions = await _change_lines(tx, served)
    await _grant(tx, served)
    promises = [(position, promise) for position in served for promise in position.decision.promises if promise.told]
    await queue.promise(tx, ((position.position.key, promise) for position, promise in promises))
    rows = (
        (position.position.key, position.version, versions[p.line.line, "promised"], p, why.reason, why.cause)
        for position, p in promises
        for why in (position.news.behind(p),)
    )
    await lines.add_promises(tx, rows)
    await positions.set_positions(tx, map(_position_row, served))
    return versions


async def _grant(tx: Tx, served: Sequence[DecidedPosition]) -> None:
    """Lines own the units of lots that they were granted; with all that they lost before it is kept for ever."""
    given = [
        (
            position,
            OwnershipChange(
                grant.line.line, grant.source.lot, "given", grant.units, grant.line.line in position.releases
            ),
        )
        for position in served
        for grant in position.decision.grants
    ]
    await allocations.hold(tx, [change for _, change in given])
    await allocations.release(tx, {line for position in served for line in position.ahead})
    await allocations.allocate_lots(tx, ((position.position.key, change) for position, change in given))
    every = [*((position, change) for position in served for change in position.news.changes), *given]
    await allocations.add_allocations(
        tx, ((position.position.key, position.version, change) for position, change in every)
    )
    await orders.count_parcels(tx, {line[0] for position in served for line in position.releases})


async def _change_lines(tx: Tx, served: Sequence[DecidedPosition]) -> Versions:
    """Lines own what they were granted; all that they are told of counts their versions up."""
    units: dict[LineKey, int] = defaultdict(int)
    for decided_position in served:
        for grant in decided_position.decision.grants:
            units[grant.line.line] += grant.units
    announced = {line: tellings for position in served for line, tellings in position.told.items()}
    last = await lines.change_lines(tx, [(*line, units.get(line, 0), len(announced[line])) for line in announced])
    return {
        (line, event): last[line] - later
        for line, tellings in announced.items()
        for later, event in enumerate(reversed(tellings))
    }


def _position_row(one: DecidedPosition) -> positions.PositionRow:
    granted = sum(grant.units for grant in one.decision.grants)
    page = (one.shows.version, one.shows.text, one.shows.standing.since)
    return (*one.position.key, granted, *one.waiting, one.queue_version, *page)
