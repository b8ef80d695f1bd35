"""The stock ledger: every change of what is on hand is a movement, and on hand is their sum."""

from collections.abc import Iterable, Mapping
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


class NotOnHand(Exception):
    """More units would leave than are on hand; correct the shipment, or count the position first."""


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
class Ledger:
    """What is on hand at some positions: by status, by lot, and the sequence of the last news."""

    sequences: dict[Position, int]
    balances: dict[Place, int]
    lots: dict[LotPlace, int]
    expiries: dict[LotPlace, date | None] = field(default_factory=dict)


def post(ledger: Ledger, movements: Iterable[Movement]) -> tuple[Ledger, list[Posted]]:
    """Adds movements to the ledger in the order given; all of one position share its next sequence number.

    Units are never negative: NotOnHand names the position and lot that would be.
    """
    balances, lots, expiries = dict(ledger.balances), dict(ledger.lots), dict(ledger.expiries)
    posted: list[Posted] = []
    places: dict[Position, int] = {}
    for movement in movements:
        place = places[movement.position] = places.get(movement.position, 0) + 1
        on_hand = balances[movement.place] = balances.get(movement.place, 0) + movement.delta
        in_lot = lots[movement.lot_place] = lots.get(movement.lot_place, 0) + movement.delta
        if in_lot < 0:
            raise NotOnHand(_shortfall(movement, in_lot))
        if expiries.get(movement.lot_place) is None:
            expiries[movement.lot_place] = movement.expires_on
        posted.append(Posted(movement, ledger.sequences[movement.position] + 1, place, on_hand))
    sequences = {position: ledger.sequences[position] + 1 for position in places}
    return replace(ledger, sequences=sequences, balances=balances, lots=lots, expiries=expiries), posted


def by_position(posted: Iterable[Posted]) -> Mapping[Position, list[Posted]]:
    """The movements of each position, in order: one position's are one piece of news."""
    news: dict[Position, list[Posted]] = {}
    for one in posted:
        news.setdefault(one.movement.position, []).append(one)
    return news


def _shortfall(movement: Movement, in_lot: int) -> str:
    lot = f" of lot {movement.lot}" if movement.lot else ""
    return (
        f"{movement.sku} at {movement.node}: {-movement.delta} {movement.status} units{lot} would leave, "
        f"{in_lot - movement.delta} are on hand; correct the shipment, or count the position first"
    )
