"""Lines that ask for a longer life than their product's are promised from the supplies whose units live that long."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.held import HeldDays
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.longer_life import LongerLifeLine, Serving, serve_longer_lives
from services.allocation.domain.position import PositionKey
from services.allocation.domain.supply import Supply, lasting_units
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.handlers.decision.renew import Queues, TouchedLines
from services.allocation.handlers.decision.supplies import PositionSupplies
from services.allocation.store import queue
from shared.messaging.transaction import Tx

_MOST: Final = 1_000  # of one position; those behind them are promised as if any units would do


@dataclass(frozen=True, slots=True)
class LongerLives:
    """What serves lines that ask for a longer life, and with them the lines that are promised anew."""

    serving: Mapping[LineKey, Serving]
    touched: TouchedLines


async def serve_lines(
    tx: Tx,
    known: PositionFacts,
    comes: Mapping[PositionKey, PositionSupplies],
    held: Mapping[PositionKey, HeldDays],
    queues: Queues,
    news: Mapping[PositionKey, PositionNews],
    touched: TouchedLines,
) -> LongerLives:
    """Finds them where the expiry of anything is known, or what is on its way changed."""
    asked = {
        key: known.product(key).min_life_days
        for key, own in comes.items()
        if news[key].changed or any(supply.lots for supply in own.supplies)
    }
    found = await queue.longer_lives(tx, asked, _MOST)
    before = await _units_before(tx, known, comes, queues, found)
    serving: dict[LineKey, Serving] = {}
    moved = set(touched.moved)
    for key, group in found.items():
        lines = [LongerLifeLine(line, before[line.line], supply_id) for line, supply_id in group]
        latest = held[key].boundaries["latest"]
        own = serve_longer_lives(lines, latest, comes[key].supplies, known.calendar(key))
        changed = news[key].changed
        moved |= {row.line.line for row in lines if own[row.line.line].is_news(row)}
        moved |= {line for line, serves in own.items() if serves.supply in changed}
        serving |= own
    return LongerLives(serving, replace(touched, moved=moved))


async def _units_before(
    tx: Tx,
    known: PositionFacts,
    comes: Mapping[PositionKey, PositionSupplies],
    queues: Queues,
    found: Mapping[PositionKey, Collection[tuple[WaitingLine, str | None]]],
) -> dict[LineKey, int]:
    """Units that wait before each line: counted only where its own supply has some that fit, and some that do not."""
    before: dict[LineKey, int] = {}
    spans = []
    for key, group in found.items():
        supplies = {supply.key: supply for supply in comes[key].supplies}
        for line, _ in group:
            stretch = next(stretch for stretch, _ in queues[key] if stretch.has(line.place))
            before[line.line] = stretch.begin.units
            own = supplies.get(stretch.supply) if stretch.supply else None
            if own and _is_mixed(own, line, known, key):
                spans.append((key, stretch.begin, line.place))
    for named, (_, units) in (await queue.waits_between(tx, spans)).items():
        before[named] += units
    return before


def _is_mixed(supply: Supply, line: WaitingLine, known: PositionFacts, key: PositionKey) -> bool:
    return 0 < lasting_units(supply, line.min_life_days, known.calendar(key)) < supply.units
