"""Lines that ship together are promised together, once all of their positions are decided in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise
from services.allocation.domain.promise_together import TogetherLine, promise_together
from services.allocation.domain.supply import IN_STOCK, SupplyKey
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.allocate import AllocatedUnits
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.handlers.decision.renew import Queues
from services.allocation.store import queue
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx

Promises = Mapping[PositionKey, Sequence[Promise]]
News = Mapping[PositionKey, PositionNews]


@dataclass(frozen=True, slots=True)
class PromisesByGroup:
    """Promises by position, and why lines are promised of which no news says anything.

    `elsewhere` are orders with lines at other positions: to be looked at with all of them, and why.
    """

    promises: Promises
    whys: Mapping[LineKey, Why]
    elsewhere: Mapping[str, Why]


async def promise_groups(
    tx: Tx,
    news: News,
    alone: Promises,
    waits: Iterable[Wait],
    given: AllocatedUnits,
    asked: Mapping[str, Why],
    queues: Queues,
) -> PromisesByGroup:
    """The promises of decided positions, where `alone` are those of lines as if each shipped by itself.

    Looks at orders that were `asked` about, and at those of which lines that ship together are promised, covered or
    released now.
    """
    parting = _orders(release.line for group in given.releases.values() for release in group)
    covered = _orders(claim.line for group in given.claims.values() for claim in group)
    promised = _orders(promise.line for group in alone.values() for promise in group)
    waiting = await queue.lines_together(tx, parting | covered | promised | asked.keys(), parting)
    if not waiting:
        return PromisesByGroup(alone, {}, {})
    own = {promise.line.line: promise for group in alone.values() for promise in group}
    joined = {wait.line for wait in waits if wait.delta > 0}
    found = promise_together(waiting, news.keys(), own, joined, _supplies(queues, waiting))
    whys = _whys(news, alone, waiting, asked)
    in_groups = {line.line.line for line in waiting}
    promises = {
        key: [*(p for p in group if p.line.line not in in_groups), *found.promises.get(key, ())]
        for key, group in alone.items()
    }
    decided_by = {line: whys[last] for line, last in found.decided_by.items()}
    return PromisesByGroup(promises, decided_by, {last[0]: whys[last] for last in found.elsewhere})


def _orders(lines: Iterable[WaitingLine]) -> set[str]:
    return {line.order_id for line in lines if line.together}


def _supplies(queues: Queues, waiting: Iterable[TogetherLine]) -> dict[LineKey, SupplyKey | None]:
    """What will serve each line: the supply of its stretch of the queue, or stock."""
    return {
        line.line.line: next(stretch.supply for stretch, _ in queues[line.key] if stretch.has(line.line.place))
        if line.line.uncovered
        else IN_STOCK
        for line in waiting
        if line.key in queues
    }


def _whys(news: News, alone: Promises, waiting: Iterable[TogetherLine], asked: Mapping[str, Why]) -> dict[LineKey, Why]:
    """Why the range of each line is what it is now: its supply changed, or its order, or else a position."""
    at_large = next(iter(news.values())).why
    orders = {
        line.line.line: asked.get(line.line.order_id) or (news[line.key].why if line.key in news else at_large)
        for line in waiting
    }
    supplies = {
        promise.line.line: news[key].behind(promise)
        for key, group in alone.items()
        for promise in group
        if promise.after != promise.before
    }
    return orders | supplies
