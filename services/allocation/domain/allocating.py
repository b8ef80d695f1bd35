"""Who gets the free units: eligible lines in order of service, and orders that ship together only as a whole."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from services.allocation.domain.matching import FreeLot, LineKey, Match, Waiting, fefo, lives_long_enough, match
from services.allocation.domain.positions import Key

Grants: TypeAlias = Mapping[Key, Sequence[Match[FreeLot]]]


@dataclass(frozen=True, slots=True)
class Open:
    """A line of an order that ships together: `waiting` units that it still wants and does not own.

    `promised_by` is the last day of its range. `free` units that nobody owns are at its position, as far as known.
    """

    line: LineKey
    position: Key
    waiting: int
    promised_by: date | None = None
    free: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """On which day units ship that are free now, and until when promised units are worth waiting for."""

    ships_on: date
    soon: date


@dataclass(frozen=True, slots=True)
class Allocated:
    """Who was given what, and the orders that ship together and were passed over by others who got units."""

    grants: Grants
    passed_over: frozenset[str]


def allocate(
    queue: Iterable[Waiting],
    lots: Iterable[FreeLot],
    ships_on: date,
    least: Mapping[LineKey, int] | None = None,
) -> list[Match[FreeLot]]:
    """Eligible lines get free lots, first expiring first (FEFO), none with less than the line's minimum life.

    A line that has a `least` gets nothing rather than less.
    """
    at_least = least or {}

    def fits(line: Waiting, lot: FreeLot) -> bool:
        return lives_long_enough(lot, line.min_life_days, ships_on)

    return match(queue, sorted(lots, key=fefo), fits, lambda line: at_least.get(line.line, 0))


def allocate_together(
    queues: Mapping[Key, Sequence[Waiting]],
    lots: Mapping[Key, Sequence[FreeLot]],
    terms: Mapping[Key, Terms],
    orders: Mapping[str, Sequence[Open]],
) -> Allocated:
    """Allocates several positions, where some `orders` may only get units if the rest of them is ready.

    The rest is ready where it owns its units, would get free ones in this same decision, is promised soon enough, or
    where units for it are free at a position that is not decided here. Such orders are tried as if they could be
    served; the oldest that cannot is left out, until all that got something are ready.
    `terms` are those of all positions of these orders.
    """
    out: set[str] = set()
    while True:
        least = _least(queues, terms, orders, out)
        grants = {key: allocate(queue, lots.get(key, ()), terms[key].ships_on, least) for key, queue in queues.items()}
        failing = [order for order in _touched(grants, orders) if not _whole(orders[order], grants, terms)]
        if not failing:
            return Allocated(grants, frozenset(_passed_over(queues, grants, orders)))
        out.add(min(failing, key=lambda order: _first_place(queues, order)))


def _least(
    queues: Mapping[Key, Sequence[Waiting]],
    terms: Mapping[Key, Terms],
    orders: Mapping[str, Sequence[Open]],
    out: Collection[str],
) -> dict[LineKey, int]:
    """What a line of an order that ships together takes: all that it wants, unless the rest of it comes soon."""
    least: dict[LineKey, int] = {}
    for key, queue in queues.items():
        for line in queue:
            if line.order_id in out or (line.order_id in orders and not _others_ready(line, orders, queues, terms)):
                least[line.line] = line.units + 1
            elif line.order_id in orders and not is_soon(line.promised.latest if line.promised else None, terms[key]):
                least[line.line] = line.units
    return least


def is_soon(promised_by: date | None, terms: Terms) -> bool:
    return promised_by is not None and promised_by <= terms.soon


def _others_ready(
    line: Waiting,
    orders: Mapping[str, Sequence[Open]],
    queues: Mapping[Key, Sequence[Waiting]],
    terms: Mapping[Key, Terms],
) -> bool:
    """Whether the lines that are not decided here are ready."""
    others = [one for one in orders[line.order_id] if one.line != line.line and one.position not in queues]
    return all(ready(one, terms[one.position]) or one.free >= one.waiting for one in others)


def ready(one: Open, terms: Terms) -> bool:
    return not one.waiting or is_soon(one.promised_by, terms)


def _touched(grants: Grants, orders: Mapping[str, Sequence[Open]]) -> set[str]:
    return {one.line.order_id for some in grants.values() for one in some if one.line.order_id in orders}


def _whole(lines: Sequence[Open], grants: Grants, terms: Mapping[Key, Terms]) -> bool:
    """Whether the lines that are decided here got all they want, or get it soon enough."""
    got = got_by(grants)
    return all(
        got.get(one.line, 0) >= one.waiting or is_soon(one.promised_by, terms[one.position])
        for one in lines
        if one.position in grants
    )


def got_by(grants: Grants) -> dict[LineKey, int]:
    """Units that each line was given."""
    got: dict[LineKey, int] = defaultdict(int)
    for some in grants.values():
        for one in some:
            got[one.line.line] += one.units
    return got


def _first_place(queues: Mapping[Key, Sequence[Waiting]], order_id: str) -> tuple[datetime, datetime, str, str]:
    return min(line.place for queue in queues.values() for line in queue if line.order_id == order_id)


def _passed_over(
    queues: Mapping[Key, Sequence[Waiting]], grants: Grants, orders: Mapping[str, Sequence[Open]]
) -> set[str]:
    """Orders that ship together and got nothing while a line behind them did."""
    got = {one.line.order_id for some in grants.values() for one in some}
    passed: set[str] = set()
    for key, queue in queues.items():
        last = max((one.line.place for one in grants[key]), default=None)
        passed |= {
            line.order_id
            for line in queue
            if line.order_id in orders and line.order_id not in got and last is not None and line.place < last
        }
    return passed
