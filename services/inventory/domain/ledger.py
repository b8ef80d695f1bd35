"""The stock ledger: every change of what is on hand is a movement, and on hand is their sum."""

from collections.abc import Iterable, Mapping, Sequence
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
class Short:
    """An event, by its number, that cannot be posted yet, and the lot that has too few units for it."""

    event: int
    lot: LotPlace


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
        """Return the expiry of a movement's lot: the first one that was given, until a correction changes it."""
        known = self.after.expiries.get(movement.lot_key)
        mends = movement.reason == "lot_correction" and movement.delta > 0 and movement.expires_on
        self.after.expiries[movement.lot_key] = expiry = movement.expires_on if mends or not known else known
        return expiry


def post(ledger: Ledger, events: Iterable[Sequence[Movement]]) -> tuple[Journal, list[Short]]:
    """Post what happened on the floor, event by event, each whole or not at all.

    Units are never negative: an event by which more units would leave a lot than are there is not posted, and is named
    with the first such lot. A movement before a count that the ledger follows was seen by that count: it is posted
    together with its opposite (reason count), so that the ledger keeps the counted units. Shipments take back what was
    kept of their lots.
    """
    journal = Journal.over(ledger)
    short: list[Short] = []
    for number, movements in enumerate(events):
        every = [posted for movement in movements for posted in _with_opposite(journal.after, movement)]
        every = [*_taken_back(journal.after, every), *every]
        if missing := _first_short(journal.after, every):
            short.append(Short(number, missing))
        else:
            journal.enter(every)
    return journal, short


def _with_opposite(ledger: Ledger, movement: Movement) -> list[Movement]:
    fixed_at = ledger.fixed_at(movement.lot_place)
    if fixed_at is None or fixed_at < movement.happened_at:
        return [movement]
    opposite = replace(
        movement, movement_id=natural_id(movement.movement_id, "counted"), reason="count", delta=-movement.delta,
        supply_id=None, order_id=None, line_id=None, lane=None,
    )  # fmt: skip
    return sorted((movement, opposite), key=lambda movement: -movement.delta)


def _taken_back(ledger: Ledger, movements: Sequence[Movement]) -> list[Movement]:
    """Return quarantined units to sellable where a shipment took them: units that shipped cannot be in quarantine.

    No unit is taken that a count has seen there since. Where not all missing units are there, none is taken.
    """
    ships = {movement.lot_place: movement for movement in movements if movement.reason == "ship"}
    back: list[Movement] = []
    for place, missing in _missing(ledger, movements).items():
        ship = ships.get(place)
        kept = ledger.kept.get(ship.lot_key) if ship else None
        if not ship or not kept or missing > _takeable(ledger, ship, kept):
            return []
        taken = replace(
            ship, movement_id=natural_id(ship.movement_id, "kept", "1"), reason="correction", status="quarantine",
            delta=-missing, happened_at=max(ship.happened_at, kept.at), order_id=None, line_id=None,
        )  # fmt: skip
        came = replace(taken, movement_id=natural_id(ship.movement_id, "kept", "2"), status=ship.status, delta=missing)
        back += [taken, came]
    return back


def _takeable(ledger: Ledger, ship: Movement, kept: QuarantinedLot) -> int:
    place: LotPlace = (ship.sku, ship.node, "quarantine", ship.lot)
    fixed_at = ledger.fixed_at(place)
    return 0 if fixed_at and fixed_at >= ship.happened_at else ledger.units(place) - kept.others


def _first_short(ledger: Ledger, movements: Sequence[Movement]) -> LotPlace | None:
    """Return the first lot that would hold less than nothing after these movements."""
    return next(iter(_missing(ledger, movements)), None)


def _missing(ledger: Ledger, movements: Sequence[Movement]) -> dict[LotPlace, int]:
    """Return the units by which lots would hold less than nothing after these movements."""
    left: dict[LotPlace, int] = {}
    for movement in movements:
        place = movement.lot_place
        left[place] = left.get(place, ledger.units(place)) + movement.delta
    return {place: -units for place, units in left.items() if units < 0}


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
