"""One honest ship-date range for every waiting line, read off the supplies that will serve it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.matching import LineKey, Match, Supply, Waiting, Window, match


@dataclass(frozen=True, slots=True)
class Promise:
    """What a line is promised from now on; no range where no supply can serve it whole.

    `line` holds the new range, `before` the one it replaces. Only what is `told` differs for the customer.
    """

    line: Waiting
    before: Window | None
    supply: Supply | None
    joined: bool
    other_units: bool = False

    @property
    def after(self) -> Window | None:
        return self.line.promised

    @property
    def told(self) -> bool:
        return self.joined or self.other_units or self.after != self.before


def promise(
    queue: Sequence[Waiting],
    supplies: Iterable[Supply],
    joined: Collection[LineKey],
    calendar: Calendar,
    first_day: date,
    changed: Collection[LineKey] = (),
) -> list[Promise]:
    """The lines whose promise is new (`joined`), or of other units (`changed`), or changes, with their new range.

    A line's latest is read off the supplies in order of their latest, its earliest off the supplies in order of their
    earliest; both are monotone along the queue. A range is kept while the supplies behind it are ready when they were:
    only a fact moves it, never the passing of days. No date is before `first_day`, the next one that can ship.
    """
    supplies = list(supplies)
    by_latest = _completing(match(queue, sorted(supplies, key=_latest), _any))
    by_earliest = _completing(match(queue, sorted(supplies, key=_earliest), _any))
    promises: list[Promise] = []
    for line in queue:
        supply, first = by_latest.get(line.line), by_earliest.get(line.line)
        ready = Window(first.ready.earliest, supply.ready.latest) if supply and first else None
        is_new, is_changed = line.line in joined, line.line in changed
        if ready != line.ready or is_new:
            promised = replace(line, ready=ready, promised=_ship_dates(ready, calendar, first_day))
            promises.append(Promise(promised, line.promised, supply, is_new, is_changed))
        elif is_changed:
            promises.append(Promise(line, line.promised, supply, joined=False, other_units=True))
    return promises


def _ship_dates(ready: Window | None, calendar: Calendar, first_day: date) -> Window | None:
    if ready is None:
        return None
    earliest = calendar.ships_on(max(ready.earliest, first_day))
    return Window(earliest, calendar.ships_on(max(ready.latest, first_day)))


def _completing(matches: Iterable[Match[Supply]]) -> dict[LineKey, Supply]:
    """The supply that completes each line; lines that are not served whole are left out."""
    served: dict[LineKey, int] = {}
    last: dict[LineKey, Supply] = {}
    for one in matches:
        served[one.line.line] = served.get(one.line.line, 0) + one.units
        if served[one.line.line] == one.line.units:
            last[one.line.line] = one.source
    return last


def _any(_: Waiting, __: Supply) -> bool:
    return True


def _latest(supply: Supply) -> tuple[date, str]:
    return (supply.ready.latest, supply.supply_id)


def _earliest(supply: Supply) -> tuple[date, str]:
    return (supply.ready.earliest, supply.supply_id)
