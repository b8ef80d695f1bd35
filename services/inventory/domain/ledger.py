"""The stock ledger: every change of what is on hand is a movement, and on hand is their sum."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal, NewType
from uuid import UUID, uuid5

Sku = NewType("Sku", str)
Node = NewType("Node", str)
Status = Literal["sellable", "rework", "quarantine", "damaged"]
Reason = Literal[
    "opening",
    "receipt",
    "count",
    "expiry",
    "hold",
    "unhold",
    "rework",
    "ship",
    "short",
    "return",
    "damage",
    "lot_correction",
    "correction",
    "transfer",
]
Position = tuple[Sku, Node]
Place = tuple[Sku, Node, Status]
LotKey = tuple[Sku, Node, str]
LotPlace = tuple[Sku, Node, Status, str]

STATUSES: Final[tuple[Status, ...]] = ("sellable", "rework", "quarantine", "damaged")
INSTANT: Final = timedelta(microseconds=1)
_LONGEST_ID: Final = 200
_NAMES: Final = UUID("01a424f0-2e00-7b6c-9a51-6f0c3d6d6a11")


@dataclass(frozen=True, slots=True)
class Movement:
    """Units of one lot and status that came (positive) or left (negative). An empty lot stands for none.

    `happened_at` is the instant on the floor, whenever we heard of it.
    """

    movement_id: str
    sku: Sku
    node: Node
    reason: Reason
    status: Status
    delta: int
    happened_at: datetime
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
    def lot_key(self) -> LotKey:
        return (self.sku, self.node, self.lot)

    @property
    def lot_place(self) -> LotPlace:
        return (*self.place, self.lot)


@dataclass(frozen=True, slots=True)
class Posted:
    """A movement in the ledger: its place in the news of its position, and the units on hand in its status after it."""

    movement: Movement
    sequence: int
    place: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class OtherDate:
    """An expiry that was said of a lot which has another one, by what, and of how many units, in which status now."""

    lot: LotKey
    known: date
    other: date
    units: int
    said_by: str
    at: datetime
    status: Status = "quarantine"


@dataclass(frozen=True, slots=True)
class QuarantinedLot:
    """When units of a lot last went from sellable to quarantine, and how many units there came from elsewhere."""

    at: datetime
    others: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Units on hand at some positions, by status and by lot, and the sequence of each position's last news.

    `counted` is the instant as of which a lot and status was last counted, `opened` that of a position's first balance.
    `kept` are the lots whose units in quarantine a shipment may take back.
    """

    sequences: dict[Position, int]
    balances: dict[Place, int] = field(default_factory=dict)
    lots: dict[LotPlace, int] = field(default_factory=dict)
    expiries: dict[LotKey, date | None] = field(default_factory=dict)
    counted: dict[LotPlace, datetime] = field(default_factory=dict)
    opened: dict[Position, datetime] = field(default_factory=dict)
    kept: dict[LotKey, QuarantinedLot] = field(default_factory=dict)

    def units(self, place: LotPlace) -> int:
        return self.lots.get(place, 0)

    def on_hand(self, lot: LotKey) -> bool:
        """Return whether a lot has units, in whatever status."""
        return any(self.units((lot[0], lot[1], status, lot[2])) for status in STATUSES)

    def fixed_at(self, place: LotPlace) -> datetime | None:
        """Return until when the floor has fixed the units of a place: by a count, or just before its opening."""
        opened = self.opened.get((place[0], place[1]))
        ats = (self.counted.get(place), opened - INSTANT if opened else None)
        return max((at for at in ats if at), default=None)


@dataclass(frozen=True, slots=True)
class Journal:
    """The movements of one transaction, in order, and the ledger after them. All of a position share a sequence."""

    before: Ledger
    after: Ledger
    posted: list[Posted] = field(default_factory=list)
    touched: set[LotPlace] = field(default_factory=set)
    places: dict[Position, int] = field(default_factory=dict)
    other_dates: list[OtherDate] = field(default_factory=list)

    @classmethod
    def over(cls, ledger: Ledger) -> "Journal":
        """Begin an empty journal on a ledger."""
        copy = {
            name: dict(getattr(ledger, name)) for name in ("balances", "lots", "expiries", "counted", "opened", "kept")
        }
        return cls(ledger, Ledger({}, **copy))

    def enter(self, movements: Iterable[Movement]) -> None:
        """Post movements that the ledger has the units for."""
        for movement in movements:
            self._enter(movement)

    def touch(self, place: LotPlace) -> None:
        """Name a lot and status as known, even if it holds no units."""
        self.touched.add(place)
        self.after.lots.setdefault(place, 0)
        self.after.balances.setdefault((place[0], place[1], place[2]), 0)

    def _enter(self, movement: Movement) -> None:
        position, after = movement.position, self.after
        self.touch(movement.lot_place)
        movement = replace(movement, expires_on=self._expiry(movement))
        after.lots[movement.lot_place] += movement.delta
        after.balances[movement.place] += movement.delta
        sequence = after.sequences[position] = self.before.sequences[position] + 1
        place = self.places[position] = self.places.get(position, 0) + 1
        self.posted.append(Posted(movement, sequence, place, after.balances[movement.place]))

    def _expiry(self, movement: Movement) -> date | None:
        """Return the expiry of a movement's lot: the first that was given, until it has no units or is corrected."""
        known = self.after.expiries.get(movement.lot_key)
        corrects = movement.reason == "lot_correction" and movement.delta > 0
        mends = movement.expires_on and (corrects or not self.after.on_hand(movement.lot_key))
        self.after.expiries[movement.lot_key] = expiry = movement.expires_on if mends or not known else known
        return expiry


def limited_to(movement: Movement, heard_at: datetime) -> Movement:
    """Return a movement that happened, at the latest, when it was heard of: a device's clock may be fast."""
    return movement if movement.happened_at <= heard_at else replace(movement, happened_at=heard_at)


def effective_at(ledger: Ledger, at: datetime, *places: LotPlace) -> datetime:
    """Return when a request takes effect: at its instant, or right after the newest count of these lots.

    A count that came first knew nothing of the request, so the request is no part of the counted units.
    """
    fixed = [fixed_at + INSTANT for place in places if (fixed_at := ledger.fixed_at(place))]
    return max(at, *fixed) if fixed else at


def natural_id(*parts: str) -> str:
    """Join parts into a natural id, at most as long as an id may be."""
    name = "/".join(parts)
    return name if len(name) <= _LONGEST_ID else str(uuid5(_NAMES, name))


def by_position(posted: Iterable[Posted]) -> Mapping[Position, list[Posted]]:
    """Group movements by position, in order: the movements of one position are one piece of news."""
    news: dict[Position, list[Posted]] = {}
    for receipt in posted:
        news.setdefault(receipt.movement.position, []).append(receipt)
    return news
