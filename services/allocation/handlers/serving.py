"""After any change of a position: serve its queue, promise the rest, write it all and announce it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from services.allocation.domain.allocating import got_by
from services.allocation.domain.availability import availability
from services.allocation.domain.leaving import Change
from services.allocation.domain.matching import LineKey, for_sale
from services.allocation.domain.positions import Key, Position
from services.allocation.domain.promising import IN_STOCK
from services.allocation.domain.serving import Decision
from services.allocation.handlers import telling
from services.allocation.handlers.allocating import Given, Lots, allocate
from services.allocation.handlers.knowing import Known, know
from services.allocation.handlers.promising import Promised, Touched, repromise
from services.allocation.handlers.served import News, Served, Versions
from services.allocation.store import due, lines, orders, owning, positions, queue
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx


async def serve(tx: Tx, locked: Mapping[Key, Position], news: Mapping[Key, News], asked: Collection[str] = ()) -> None:
    """Decides locked positions whole, writes what was decided, and announces it.

    `asked` orders ship together, and are released if they own all that they want.
    """
    known = await know(tx, locked)
    waits = await queue.wait(tx, {line: units for one in news.values() for line, units in one.waits.items() if units})
    lots = await positions.free_lots(tx, [*locked])
    moved = [wait for one in news.values() for wait in one.left]
    given = await allocate(tx, known, lots, _waiting(locked, [*moved, *waits]), asked)
    got = got_by(given.grants)
    left = await queue.wait(tx, {line: -units for line, units in got.items()})
    promised = await repromise(tx, known, [*moved, *waits, *left], _touched(waits, got, moved), given.idle)
    served = [_served(tx, known, news[key], waits, lots, given, promised[key], key) for key in locked]
    versions = await _write(tx, served)
    await _look_later(tx, known, given, waits, served)
    telling.tell(tx, served, versions)


def _waiting(locked: Mapping[Key, Position], waits: Iterable[Wait]) -> dict[Key, tuple[int, int]]:
    """Lines and units that wait."""
    found = {key: position.waiting[:2] for key, position in locked.items()}
    for one in waits:
        lines_, units = found[one.key]
        found[one.key] = (lines_ + one.change.lines, units + one.change.units)
    return found


def _touched(waits: Iterable[Wait], got: Mapping[LineKey, int], moved: Iterable[Wait]) -> Touched:
    """Lines that still wait: those that joined, those that wait for other units, and those at another place."""
    still = [one for one in waits if one.units > got.get(one.line, 0)]
    at_another = {one.line for one in moved}
    joined = {one.line for one in still if not one.waited}
    return Touched(joined - at_another, {one.line for one in still if one.waited}, at_another & joined)


def _served(
    tx: Tx,
    known: Known,
    news: News,
    waits: Sequence[Wait],
    lots: Lots,
    given: Given,
    promised: Promised,
    key: Key,
) -> Served:
    product, calendar = known.product(key), known.calendar(key)
    first_day, grants = calendar.next_shipping_day(tx.now), given.grants.get(key, ())
    comes = [one for one in promised.supplies if one.supply_id != IN_STOCK]
    page = availability(
        for_sale(lots.get(key, ()), grants, product.min_life_days, first_day), promised.end.units, comes,
        product.backorderable, calendar, first_day,
    )  # fmt: skip
    mine = {one.line: one for one in waits if one.key == key}
    decision = Decision(grants, promised.promises, promised.end, page)
    return Served(known.positions[key], product, news, mine, decision, given.releases.get(key, {}))


async def _write(tx: Tx, served: Sequence[Served]) -> Versions:
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


async def _grant(tx: Tx, served: Sequence[Served]) -> None:
    """Lines own the units of lots that they were granted; with all that they lost before it is kept for ever."""
    given = [
        (one, Change(grant.line.line, grant.source.lot, "given", grant.units, grant.line.line in one.releases))
        for one in served
        for grant in one.decision.grants
    ]
    await owning.hold(tx, [change for _, change in given])
    await owning.release(tx, {line for one in served for line in one.ahead})
    await owning.allocate_lots(tx, ((one.position.key, change) for one, change in given))
    every = [*((one, change) for one in served for change in one.news.changes), *given]
    await owning.add_allocations(tx, ((one.position.key, one.version, change) for one, change in every))
    await orders.count_parcels(tx, {line[0] for one in served for line in one.releases})


async def _change_lines(tx: Tx, served: Sequence[Served]) -> Versions:
    """Lines own what they were granted; all that they are told of counts their versions up."""
    units: dict[LineKey, int] = defaultdict(int)
    for one in served:
        for grant in one.decision.grants:
            units[grant.line.line] += grant.units
    told = {line: tellings for one in served for line, tellings in one.told.items()}
    last = await lines.change_lines(tx, [(*line, units.get(line, 0), len(told[line])) for line in told])
    return {
        (line, telling): last[line] - later
        for line, tellings in told.items()
        for later, telling in enumerate(reversed(tellings))
    }


def _position_row(one: Served) -> tuple[str, str, int, int, int, int, int, int, str]:
    granted = sum(grant.units for grant in one.decision.grants)
    return (*one.position.key, granted, *one.waiting, one.queue_version, one.page_version, one.page)


async def _look_later(tx: Tx, known: Known, given: Given, waits: Iterable[Wait], served: Sequence[Served]) -> None:
    """What will have to be decided once time has passed, or together with other positions."""
    gates = [(one.key, one.gate_on) for one in waits if one.units and not one.eligible and one.gate_on]
    launches = [
        (one.position.key, one.product.launch_on)
        for one in served
        if one.product.launch_on and one.waiting[0] and not known.launched(one.position.key, tx.now)
    ]
    await due.open_gates(tx, {(key, known.calendar(key).opens_at(day)) for key, day in [*gates, *launches]})
    moved = {p.line.order_id for one in served for p in one.decision.promises if p.line.together}
    await due.look_at(tx, moved | set(given.unfinished), known.positions)
    await due.look_again(
        tx,
        {
            (promise.line.order_id, known.calendar(key).opens_at(promise.after.latest - known.hold(key)))
            for one in served
            for key in (one.position.key,)
            for promise in one.decision.promises
            if promise.line.together and promise.after
        },
    )
