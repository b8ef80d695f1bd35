"""The stock ledger: every change of what is on hand is a movement, and on hand is their sum."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, NewType

Sku = NewType("Sku", str)
Node = NewType("Node", str)
Status = Literal["sellable", "rework", "quarantine", "damaged"]
Reason = Literal["opening", "receipt", "ship"]
Position = tuple[Sku, Node]
Place = tuple[Sku, Node, Status]
LotPlace = tuple[Sku, Node, Status, str]


@dataclass(frozen=True, slots=True)
class Movement:
    """Units of one lot and status that came (positive) or left (negative). An empty lot is none."""

    movement_id: str
    sku: Sku
    node: Node
    reason: Reason
    status: Status
    delta: int
    cause: str
    lot: str = ""
    expires_on: date | None = None
    supply_id: str | None = None
    order_id: str | None = None
    line_id: str | None = None
    lane: str | None = None

    @property
    def position(self) -> Position:
        return (self.sku, self.node)

    @property
    def place(self) -> Place:
        return (self.sku, self.node, self.status)

    @property
    def lot_place(self) -> LotPlace:
        return (*self.place, self.lot)


@dataclass(frozen=True, slots=True)
class Posted:
    """A movement in the ledger: its place in its position's news, and the units on hand in its status after it."""

    movement: Movement
    sequence: int
    place: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class Short:
    """The event, by its number, that cannot be posted yet, and the lot that has too few units for it."""

    event: int
    lot: LotPlace


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is on hand at some positions: by status, by lot, and the sequence of the last news."""

    sequences: dict[Position, int]
    balances: dict[Place, int]
    lots: dict[LotPlace, int]
    expiries: dict[LotPlace, date | None] = field(default_factory=dict)


def post(ledger: Ledger, events: Iterable[Sequence[Movement]]) -> tuple[Ledger, list[Posted], list[Short]]:
    """Adds the movements of events to the ledger, in the order given; all of one position share its next sequence.

    Units are never negative: an event by which more units would leave a lot than are there is not posted at all, and
    named with the first such lot.
    """
    after = replace(
        ledger, balances=dict(ledger.balances), lots=dict(ledger.lots), expiries=dict(ledger.expiries), sequences={}
    )
    posted: list[Posted] = []
    short: list[Short] = []
    places: dict[Position, int] = {}
    for number, movements in enumerate(events):
        if missing := _first_short(after, movements):
            short.append(Short(number, missing))
            continue
        for movement in movements:
            place = places[movement.position] = places.get(movement.position, 0) + 1
            sequence = after.sequences[movement.position] = ledger.sequences[movement.position] + 1
            posted.append(Posted(movement, sequence, place, _add(after, movement)))
    return after, posted, short


def _first_short(ledger: Ledger, movements: Sequence[Movement]) -> LotPlace | None:
    """The first lot that would hold less than nothing after these movements."""
    left: dict[LotPlace, int] = {}
    for movement in movements:
        place = movement.lot_place
        left[place] = left.get(place, ledger.lots.get(place, 0)) + movement.delta
    return next((place for place, units in left.items() if units < 0), None)


def _add(ledger: Ledger, movement: Movement) -> int:
    """Changes what is on hand; the units of the position in the movement's status after it."""
    ledger.lots[movement.lot_place] = ledger.lots.get(movement.lot_place, 0) + movement.delta
    if ledger.expiries.get(movement.lot_place) is None:
        ledger.expiries[movement.lot_place] = movement.expires_on
    on_hand = ledger.balances[movement.place] = ledger.balances.get(movement.place, 0) + movement.delta
    return on_hand


def by_position(posted: Iterable[Posted]) -> Mapping[Position, list[Posted]]:
    """The movements of each position, in order: one position's are one piece of news."""
    news: dict[Position, list[Posted]] = {}
    for one in posted:
        news.setdefault(one.movement.position, []).append(one)
    return news
