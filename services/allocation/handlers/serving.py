"""After any change of a position: serve its queue, promise the rest, write it all and announce it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.allocation.domain.leaving import Change
from services.allocation.domain.matching import LineKey, Waiting
from services.allocation.domain.positions import Key, Position
from services.allocation.domain.serving import Facts, decide
from services.allocation.handlers import telling
from services.allocation.handlers.served import News, Served, Versions
from services.allocation.store import lines, owning, positions, settings
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
            product.backorderable, product.min_life_days, *_told_anew(news[key]),
        )  # fmt: skip
        served.append(Served(locked[key], product, news[key], queue, decide(facts, tx.now)))
    return served


def _told_anew(news: News) -> tuple[frozenset[LineKey], frozenset[LineKey]]:
    """Lines that are new in the queue or back in it, and those that waited and wait for other units now."""
    waited = {line for line, back in news.back.items() if back.waited}
    return frozenset(news.joined.keys() | (news.back.keys() - waited)), frozenset(waited)


async def _write(tx: Tx, served: Sequence[Served]) -> Versions:
    """The version of each line at which it is told of each thing."""
    versions = await _change_lines(tx, served)
    await _grant(tx, served)
    left, changed = _queue_changes(served)
    await lines.change_queue(tx, left, changed)
    await lines.add_promises(
        tx,
        (
            (s.position.key, s.version, versions[p.line.line, "promised"], p, why.reason, why.cause)
            for s in served
            for p in s.decision.promises
            if p.told
            for why in (s.news.behind(p),)
        ),
    )
    await positions.set_positions(tx, map(_position_row, served))
    return versions


async def _grant(tx: Tx, served: Sequence[Served]) -> None:
    """Lines own the units of lots that they were granted; with all that they lost before it is kept for ever."""
    given = [
        (s, Change(grant.line.line, grant.source.lot, "given", grant.units))
        for s in served
        for grant in s.decision.grants
    ]
    await owning.hold(tx, [one for _, one in given])
    await owning.allocate_lots(tx, ((s.position.key, one) for s, one in given))
    every = [*((s, one) for s in served for one in s.news.changes), *given]
    await owning.add_allocations(tx, ((s.position.key, s.version, one) for s, one in every))


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


def _queue_changes(served: Iterable[Served]) -> tuple[list[tuple[Key, Waiting]], list[tuple[Key, Waiting]]]:
    """The lines that leave the queue, and those that stay with other units or another promise."""
    left, changed = list[tuple[Key, Waiting]](), list[tuple[Key, Waiting]]()
    for one in served:
        key, after = one.position.key, {line.line: line for line in one.decision.waiting}
        left += [(key, line) for line in one.queue if line.line not in after]
        changed += [(key, after[line.line]) for line in one.queue if after.get(line.line, line) != line]
    return left, changed


def _position_row(one: Served) -> tuple[str, str, int, int, int, int, int, int, str]:
    granted = sum(grant.units for grant in one.decision.grants)
    return (*one.position.key, granted, *one.waiting, one.queue_version, one.page_version, one.page)
