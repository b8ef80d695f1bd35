"""Previews: what a change that was only tried would do to waiting lines: who loses, who gains, and by how much."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from services.allocation.domain.line import LineKey
from services.allocation.domain.page import Page
from services.allocation.domain.position import PositionKey
from services.allocation.domain.window import Window

ChangeKind = Literal["loses_units", "loses_date", "later", "earlier", "first_date", "released"]
_LOSERS_FIRST: Final[tuple[ChangeKind, ...]] = get_args(ChangeKind)


@dataclass(frozen=True, slots=True)
class LineNews:
    """One thing that a line would be told: units that it gets or loses, or another range."""

    line: LineKey
    key: PositionKey
    units: int
    what: Literal["lost", "released", "promised"]
    before: Window | None = None
    after: Window | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """The change of a line. `days` is how much later it ships at the latest; negative: sooner."""

    what: ChangeKind
    order_id: str
    line_id: str
    sku: str
    node: str
    units: int
    before: Window | None = None
    after: Window | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class ChangeTotal:
    """Lines, units and days of one kind of change, all together."""

    lines: int = 0
    units: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class PageSummary:
    """The part of a page that previews show."""

    state: str
    available_to_sell: int
    max_orderable: int
    ships_by: date | None


@dataclass(frozen=True, slots=True)
class PageChange:
    """A page that shows something else; without a node it is the SKU's over all nodes."""

    sku: str
    node: str | None
    before: PageSummary | None
    after: PageSummary


def page_summary(page: Page) -> PageSummary:
    """Return the part of a page that counts when two are compared."""
    return PageSummary(page.state, page.available_to_sell, page.max_orderable, page.ships_by)


def changes(told: Iterable[LineNews]) -> list[LineChange]:
    """Return everything that lines are told in the end, losers first, those who lose most days before others.

    What a line is told in between counts for nothing: units that it gets and gives back, a date that moves and returns.
    """
    lines: dict[LineKey, list[LineNews]] = defaultdict(list)
    for line_news in told:
        lines[line_news.line].append(line_news)
    every = [change for news in lines.values() for change in (*_units(news), *_range(news))]
    return sorted(
        every, key=lambda change: (_LOSERS_FIRST.index(change.what), -abs(change.days), change.order_id, change.line_id)
    )


def _units(told: Sequence[LineNews]) -> list[LineChange]:
    """Return the units that a line gets or loses."""
    sums: dict[str, int] = defaultdict(int)
    for news in told:
        sums[news.what] += news.units
    more = sums["released"] - sums["lost"]
    if not more:
        return []
    return [_change("released" if more > 0 else "loses_units", told[0], abs(more))]


def _range(told: Sequence[LineNews]) -> list[LineChange]:
    """Return the first range that a line had, and the last that it gets."""
    group = [news for news in told if news.what == "promised"]
    if not group or group[0].before == group[-1].after:
        return []
    before, after = group[0].before, group[-1].after
    if before and after:
        days = (after.latest - before.latest).days or (after.earliest - before.earliest).days
        return [_change("later" if days > 0 else "earlier", group[-1], group[-1].units, before, after, days)]
    return [_change("first_date" if after else "loses_date", group[-1], group[-1].units, before, after)]


def _change(
    what: ChangeKind, of: LineNews, units: int, before: Window | None = None, after: Window | None = None, days: int = 0
) -> LineChange:
    return LineChange(what, *of.line, *of.key, units, before, after, days)


def totals(some: Iterable[LineChange]) -> dict[ChangeKind, ChangeTotal]:
    """Total each kind of change, whether any line sees it or not."""
    found: dict[ChangeKind, ChangeTotal] = dict.fromkeys(_LOSERS_FIRST, ChangeTotal())
    for change in some:
        was = found[change.what]
        found[change.what] = ChangeTotal(was.lines + 1, was.units + change.units, was.days + change.days)
    return found
