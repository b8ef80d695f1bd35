"""What the Mail, Internet or Telephone Order Rule says of lines: which it looks at, how they stand, what is asked."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.allocation.domain import mail_order_rule
from services.allocation.domain.line import LineKey, PlacedLine
from services.allocation.domain.mail_order_rule import RuleState
from services.allocation.store import mail_order_rule as store
from services.allocation.store import positions, settings
from services.allocation.store.mail_order_rule import WatchedLine
from shared.contracts.orders import OrderPlaced
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class LineFact:
    """A fact of a line, the name by which it counts once, and when."""

    line: LineKey
    name: str
    at: datetime
    fact: mail_order_rule.Fact


async def watch_orders(tx: Tx, orders: Iterable[OrderPlaced], placed: Collection[PlacedLine]) -> None:
    """Lines of orders under the rule are watched from the day by which they were shown to ship."""
    shown = {
        (order.order_id, line.line_id): line.shown.latest if line.shown else None
        for order in orders
        if mail_order_rule.under_the_rule(order.market)
        for line in order.lines
    }
    lines = [line for line in placed if line.ordered in shown and not line.declined]
    await _watch(tx, [(line, line.completed_at, shown[line.ordered]) for line in lines])


async def watch_more(tx: Tx, placed: Collection[PlacedLine]) -> None:
    """Lines that join an order later were shown no date: 30 days are counted from when they joined."""
    markets = await store.markets(tx, {line.order_id for line in placed})
    lines = [line for line in placed if mail_order_rule.under_the_rule(markets[line.order_id])]
    await _watch(tx, [(line, max(line.completed_at, min(line.queue_at, tx.now)), None) for line in lines])


async def _watch(tx: Tx, placed: Sequence[tuple[PlacedLine, datetime, date | None]]) -> None:
    if not placed:
        return
    calendars = await settings.calendars(tx, {line.node for line, *_ in placed})
    first = {line.ordered: (line, at, latest) for line, at, latest in sorted(placed, key=_joined_at, reverse=True)}
    await store.watch(
        tx,
        [
            WatchedLine(
                ordered, mail_order_rule.shipping_date(at, calendars[line.node].zone, latest), line.shown == "in_stock",
                line.bundle.units if line.bundle else line.units,
            )
            for ordered, (line, at, latest) in first.items()
        ],
    )  # fmt: skip
    await judge(tx, first.keys())


def _joined_at(placed: tuple[PlacedLine, datetime, date | None]) -> datetime:
    """Components of a bundle may have head starts of their own: the bundle joined with the first of them."""
    return placed[1]


async def hear(tx: Tx, happened: Sequence[LineFact]) -> None:
    """What happened to lines is kept, and they are judged anew; who comes too late for a deadline changes nothing.

    A fact counts by when it happened, not by when it was heard. But a line that was cancelled at its deadline stays
    so, although a yes given before it is heard after: its units went to the next in line, and its money is on its way.
    """
    if not happened:
        return
    ordered = await lock(tx, {fact.line for fact in happened})
    await store.add_facts(tx, ((fact.line, fact.name, fact.at, fact.fact) for fact in happened))
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
) -> dict[LineKey, mail_order_rule.Ended]:
    """How lines stand by all that happened, and when to look at them next; those that end, for whoever cancels them.

    `more` units of a line were wanted until just now. The sweep cancels those that nobody else does.
    """
    cases = await store.cases(tx, lines)
    calendars = await settings.calendars(tx, {case.node for case in cases.values()})
    kept: dict[LineKey, tuple[RuleState, datetime | None]] = {}
    for line, case in cases.items():
        calendar = calendars[case.node]
        units = case.units + (more.get(line, 0) if more else 0)
        standing = mail_order_rule.rule_state(case.shown_ship_by, calendar.zone, units, case.facts, tx.now)
        kept[line] = (standing, tx.now if standing.ended else mail_order_rule.look_at(standing, calendar, tx.now))
    await store.keep(tx, kept)
    return {line: standing.ended for line, (standing, _) in kept.items() if standing.ended}
