"""Acceptance of order lines: which are declined, and the alternatives to a line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from services.allocation.domain.line import LineKey
from services.allocation.domain.page import State
from services.allocation.domain.position import PositionKey

Reason = Literal["it was shown to be out of stock", "no more of it can be ordered for now"]
_MOST_ALTERNATIVES: Final = 5


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """A new line: its units at each position, of a bundle at several, and the state that its customer was shown."""

    line: LineKey
    units: Mapping[PositionKey, int]
    shown: State | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """What a position has for new lines: units for sale, and how many more may wait; None where nothing caps them."""

    free: int
    may_wait: int | None = None


def decline(asked: Iterable[RequestedLine], rooms: Mapping[PositionKey, Room]) -> dict[LineKey, Reason]:
    """Return the lines that are not accepted, asked in order of service: each gets what is free and waits for the rest.

    A line that was shown out of stock is declined unless all of it is at hand by now, and any line that would make more
    units wait than may. Otherwise it is accepted even where the page has closed since: the shop took the order in good
    faith. A declined line takes nothing from the next, and a bundle is declined whole.
    """
    left = dict(rooms)
    reasons: dict[LineKey, Reason] = {}
    for line in asked:
        after = {key: _after(left[key], units) for key, units in line.units.items()}
        if line.shown == "out_of_stock" and any(units > left[key].free for key, units in line.units.items()):
            reasons[line.line] = "it was shown to be out of stock"
        elif any(room.may_wait is not None and room.may_wait < 0 for room in after.values()):
            reasons[line.line] = "no more of it can be ordered for now"
        else:
            left |= after
    return reasons


def _after(room: Room, units: int) -> Room:
    at_once = min(units, room.free)
    return Room(room.free - at_once, None if room.may_wait is None else room.may_wait - (units - at_once))


def rooms_after(wanted: Mapping[PositionKey, int], rooms: Mapping[PositionKey, Room]) -> dict[PositionKey, Room] | None:
    """Return the rooms after so many units more are wanted at positions; None where more would wait than may."""
    after = {key: _after(rooms.get(key, Room(0)), units) for key, units in wanted.items()}
    if any(room.may_wait is not None and room.may_wait < 0 for room in after.values()):
        return None
    return {**rooms, **after}


@dataclass(frozen=True, slots=True)
class Article:
    """A SKU as a customer compares it with another. `price` is in minor units."""

    sku: str
    merchant: str
    group: str | None
    price: int
    attributes: Mapping[str, str]
    in_stock: bool


def alternatives(wanted: Article, others: Iterable[Article]) -> tuple[str, ...]:
    """Return the alternatives in stock: fewest differing attributes, nearest price, lowest SKU; 5 at most.

    They have the same merchant and group. An attribute that only one of the two has differs.
    """
    if wanted.group is None:
        return ()
    close = [
        (_differing(wanted, article), abs(wanted.price - article.price), article.sku)
        for article in others
        if article.in_stock
        and article.sku != wanted.sku
        and (article.merchant, article.group) == (wanted.merchant, wanted.group)
    ]
    return tuple(sku for _, _, sku in sorted(close)[:_MOST_ALTERNATIVES])


def _differing(one: Article, other: Article) -> int:
    names = one.attributes.keys() | other.attributes.keys()
    return sum(one.attributes.get(name) != other.attributes.get(name) for name in names)
