"""After any change of a position: serve its queue, promise the rest, write it all and announce it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.allocation.domain.matching import LineKey, Waiting
from services.allocation.domain.positions import Key, Position
from services.allocation.domain.serving import Facts, decide
from services.allocation.handlers import telling
from services.allocation.handlers.served import News, Served
from services.allocation.store import lines, positions, settings
from shared.messaging.transaction import Tx


async def serve(tx: Tx, locked: Mapping[Key, Position], news: Mapping[Key, News]) -> None:
    """Decides locked positions whole, writes what was decided, and announces it."""
    served = await _decide(tx, locked, news)
    versions = await _write(tx, served)
    telling.tell(tx, served, versions)


async def _decide(tx: Tx, locked: Mapping[Key, Position], news: Mapping[Key, News]) -> list[Served]:
    keys = list(locked)
    queues = await lines.queue(tx, keys)
    lots = await positions.free_lots(tx, keys)
    supplies = await positions.supplies(tx, keys)
    products = await settings.products(tx, {sku for sku, _ in keys})
    calendars = await settings.calendars(tx, {node for _, node in keys})
    served = []
    for key in keys:
        sku, node = key
        queue, product = queues.get(key, ()), products[sku]
        facts = Facts(
            queue, lots.get(key, ()), supplies.get(key, ()), calendars[node],
            product.backorderable, product.min_life_days, frozenset(news[key].joined),
        )  # fmt: skip
        served.append(Served(locked[key], product, news[key], queue, decide(facts, tx.now)))
    return served


async def _write(tx: Tx, served: Sequence[Served]) -> dict[LineKey, int]:
    """The version that each line has after all that it is told."""
    versions = await lines.change_lines(tx, _line_changes(served))
    await lines.add_allocations(tx, ((s.position.key, s.version, g) for s in served for g in s.decision.grants))
    left, changed = _queue_changes(served)
    await lines.change_queue(tx, left, changed)
    await lines.add_promises(
        tx,
        (
            (s.position.key, s.version, versions[p.line.line], p, why.reason, why.cause)
            for s in served
            for p in s.decision.promises
            if p.told
            for why in (s.news.behind(p),)
        ),
    )
    await positions.set_positions(tx, map(_position_row, served))
    return versions


def _line_changes(served: Iterable[Served]) -> list[tuple[str, str, int, int]]:
    """For each line: the units it gets, and of how many changes it is told (units first, then the promise)."""
    units: dict[LineKey, int] = defaultdict(int)
    promised: set[LineKey] = set()
    for one in served:
        for grant in one.decision.grants:
            units[grant.line.line] += grant.units
        promised |= {promise.line.line for promise in one.decision.promises if promise.told}
    return [(*line, units.get(line, 0), (line in units) + (line in promised)) for line in units.keys() | promised]


def _queue_changes(served: Iterable[Served]) -> tuple[list[tuple[Key, Waiting]], list[tuple[Key, Waiting]]]:
    """The lines that leave the queue, and those that stay with other units or another promise."""
    left, changed = list[tuple[Key, Waiting]](), list[tuple[Key, Waiting]]()
    for one in served:
        key, after = one.position.key, {line.line: line for line in one.decision.waiting}
        left += [(key, line) for line in one.queue if line.line not in after]
        changed += [(key, after[line.line]) for line in one.queue if after.get(line.line, line) != line]
    return left, changed


def _position_row(one: Served) -> tuple[str, str, int, int, int, int, str]:
    waiting = one.decision.waiting
    granted = sum(grant.units for grant in one.decision.grants)
    counters = (len(waiting), sum(line.units for line in waiting))
    return (*one.position.key, granted, *counters, one.page_version, one.page)
