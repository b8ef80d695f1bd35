"""What the Mail, Internet or Telephone Order Rule says of lines: which it looks at, how they stand, what is asked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.allocation.domain import law
from services.allocation.domain.law import Standing
from services.allocation.domain.matching import LineKey
from services.allocation.domain.positions import Key, Placed
from services.allocation.domain.promising import Promise
from services.allocation.handlers.knowing import Known
from services.allocation.handlers.promising import Promised
from services.allocation.store import law as store
from services.allocation.store import positions, settings
from services.allocation.store.law import Kept, Shown
from shared.contracts.orders import OrderPlaced
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact of a line, the name by which it counts once, and when."""

    line: LineKey
    name: str
    at: datetime
    fact: law.Fact


@dataclass(frozen=True, slots=True)
class Told:
    """The latest of a range that a customer is told now, if it has one, in the zone of the node."""

    zone: ZoneInfo
    latest: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """By when a line must ship, and what a promise of it asks of the customer."""

    applicable_by: date | None
    delay: law.Delay


NOT_ASKED: Final = Asked(None, law.NO_DELAY)


async def watch_orders(tx: Tx, orders: Iterable[OrderPlaced], placed: Collection[Placed]) -> None:
    """Lines of orders under the rule are watched from the day by which they were shown to ship."""
    shown = {
        (order.order_id, line.line_id): line.shown.latest if line.shown else None
        for order in orders
        if law.under_the_rule(order.market)
        for line in order.lines
    }
    mine = [line for line in placed if line.ordered in shown and not line.declined]
    await _watch(tx, [(line, line.completed_at, shown[line.ordered]) for line in mine])


async def watch_more(tx: Tx, placed: Collection[Placed]) -> None:
    """Lines that join an order later were shown no date: 30 days are counted from when they joined."""
    markets = await store.markets(tx, {line.order_id for line in placed}) if placed else {}
    mine = [line for line in placed if law.under_the_rule(markets[line.order_id])]
    await _watch(tx, [(line, max(line.completed_at, min(line.queue_at, tx.now)), None) for line in mine])


async def _watch(tx: Tx, placed: Sequence[tuple[Placed, datetime, date | None]]) -> None:
    if not placed:
        return
    calendars = await settings.calendars(tx, {line.node for line, *_ in placed})
    first = {line.ordered: (line, at, latest) for line, at, latest in sorted(placed, key=_joined_at, reverse=True)}
    await store.watch(
        tx,
        [
            Shown(
                ordered, law.shipping_date(at, calendars[line.node].zone, latest), line.shown == "in_stock",
                line.bundle.units if line.bundle else line.units,
            )
            for ordered, (line, at, latest) in first.items()
        ],
    )  # fmt: skip
    await judge(tx, first.keys())


def _joined_at(placed: tuple[Placed, datetime, date | None]) -> datetime:
    """Components of a bundle may have head starts of their own: the bundle joined with the first of them."""
    return placed[1]


async def hear(tx: Tx, happened: Sequence[Happened]) -> None:
    """What happened to lines is kept, and they are judged anew; who comes too late for a deadline changes nothing.

    A fact counts by when it happened, not by when it was heard. But a line that was cancelled at its deadline stays
    so, although a yes given before it is heard after: its units went to the next in line, and its money is on its way.
    """
    if not happened:
        return
    ordered = await lock(tx, {one.line for one in happened})
    await store.add_facts(tx, ((one.line, one.name, one.at, one.fact) for one in happened))
    await judge(tx, ordered)


async def hear_options(tx: Tx, notices: Sequence[store.Option]) -> None:
    """Notices that left are kept where they gave an option, and their lines judged anew."""
    if ordered := await lock(tx, {(order_id, line_id) for order_id, line_id, *_ in notices}):
        await store.add_options(tx, notices)
        await judge(tx, ordered)


async def lock(tx: Tx, lines: Collection[LineKey]) -> Collection[LineKey]:
    """Locks the positions of those of these lines that the rule looks at; which ones, as they were ordered."""
    watched = await store.watched(tx, lines)
    if watched:
        await positions.lock_positions(tx, {key for served_as in watched.values() for key in served_as.values()})
    return watched.keys()


async def judge(
    tx: Tx, lines: Collection[LineKey], more: Mapping[LineKey, int] | None = None
) -> dict[LineKey, law.Ended]:
    """How lines stand by all that happened, and when to look at them next; those that end, for whoever cancels them.

    `more` units of a line were wanted until just now. The sweep cancels those that nobody else does.
    """
    cases = await store.cases(tx, lines)
    calendars = await settings.calendars(tx, {case.node for case in cases.values()})
    kept: dict[LineKey, tuple[Standing, datetime | None]] = {}
    for line, case in cases.items():
        calendar = calendars[case.node]
        units = case.units + (more.get(line, 0) if more else 0)
        standing = law.standing(case.shown_by, calendar.zone, units, case.facts, tx.now)
        kept[line] = (standing, tx.now if standing.ended else law.look_at(standing, calendar, tx.now))
    await store.keep(tx, kept)
    return {line: standing.ended for line, (standing, _) in kept.items() if standing.ended}


async def ask(tx: Tx, known: Known, promised: Mapping[Key, Promised]) -> dict[Key, Promised]:
    """Each promise to a line under the rule says by when it applies, and what it asks of the customer, if anything.

    Components of bundles ask nothing: their bundle does.
    """
    told = {
        promise.line.line: Told(known.calendar(key).zone, promise.after.latest if promise.after else None)
        for key, one in promised.items()
        for promise in one.promises
        if promise.told and promise.line.shown_by
    }
    asked = await asking(tx, told)
    if not asked:
        return dict(promised)
    return {
        key: replace(one, promises=[_asking(promise, asked.get(promise.line.line)) for promise in one.promises])
        for key, one in promised.items()
    }


def _asking(promise: Promise, asked: Asked | None) -> Promise:
    return replace(promise, applicable_by=asked.applicable_by, delay=asked.delay) if asked else promise


async def asking(tx: Tx, told: Mapping[LineKey, Told]) -> dict[LineKey, Asked]:
    """What the law says of ranges that are told now of ordered lines; nothing of those that it does not look at."""
    standings = await store.standings(tx, {line: one.zone for line, one in told.items()}) if told else {}
    return {line: _asked(kept, told[line].latest, tx.now) for line, kept in standings.items()}


def _asked(kept: Kept, latest: date | None, now: datetime) -> Asked:
    fell = kept.shown_in_stock and not kept.standing.offered
    return Asked(kept.standing.applicable_by, law.delay(kept.standing, latest, now, fell))
