"""Posting of what happened on the floor: each event whole or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.inventory.domain.ledger import Journal, Ledger, LotPlace, Movement, QuarantinedLot, natural_id
from services.inventory.domain.lot_dates import set_aside


@dataclass(frozen=True, slots=True)
class Short:
    """An event, by its number, that cannot be posted yet, and the lot that has too few units for it."""

    event: int
    lot: LotPlace


def post(ledger: Ledger, events: Iterable[Sequence[Movement]]) -> tuple[Journal, list[Short]]:
    """Post what happened on the floor, event by event, each whole or not at all.

    Units are never negative: an event by which more units would leave a lot than are there is not posted, and is named
    with the first such lot. A movement before a count that the ledger follows was seen by that count: it is posted
    together with its opposite (reason count), so that the ledger keeps the counted units. Shipments take back what was
    kept of their lots. Units whose expiry is not that of their lot go to quarantine.
    """
    journal = Journal.over(ledger)
    short: list[Short] = []
    for number, movements in enumerate(events):
        asides = [set_aside(journal.after, movement) for movement in movements]
        every = [posted for movement, _ in asides for posted in _with_opposite(journal.after, movement)]
        every = [*_taken_back(journal.after, every), *every]
        if missing := _first_short(journal.after, every):
            short.append(Short(number, missing))
        else:
            journal.enter(every)
            journal.other_dates.extend(found for _, found in asides if found)
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
