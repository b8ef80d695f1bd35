"""Lots: one lot of a SKU has one expiry; units that come with another wait in quarantine until a person says which."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from services.inventory.domain.discrepancies import Discrepancy, discrepancy_of
from services.inventory.domain.ledger import (
    Journal,
    Ledger,
    LotKey,
    Movement,
    OtherDate,
    effective_at,
    natural_id,
)


def other_date(
    ledger: Ledger, lot: LotKey, expiry: date | None, units: int, said_by: str, at: datetime
) -> OtherDate | None:
    """Return the contradiction in an expiry that is said of a lot, if it has units on hand with another one.

    A lot that has no units any more takes the date of those that come.
    """
    known = ledger.expiries.get(lot)
    if not expiry or not known or expiry == known or not ledger.on_hand(lot):
        return None
    return OtherDate(lot, known, expiry, units, said_by, at)


def set_aside(ledger: Ledger, movement: Movement) -> tuple[Movement, OtherDate | None]:
    """Return a movement with its units in quarantine if their expiry is not that of their lot, and the contradiction.

    So units of such a receipt are taken back from where they lie. What the dock has put in quarantine for a reason of
    its own is named by the dock.
    """
    stated = (movement.expires_on, movement.delta, movement.movement_id, movement.happened_at)
    found = other_date(ledger, movement.lot_key, *stated)
    if found is None or movement.reason in ("ship", "lot_correction"):
        return movement, None
    if movement.status == "quarantine":
        return movement, found if movement.reason != "receipt" else None
    aside = replace(movement, status="quarantine")
    if movement.delta < 0:
        return (aside if ledger.units(aside.lot_place) >= -movement.delta else movement), None
    return aside, found


def hold_lot(journal: Journal, found: OtherDate, cause: str) -> OtherDate:
    """Put the sellable units of a lot in quarantine whose expiry was counted as another; return how many those are."""
    sku, node, lot = found.lot
    units = journal.after.units((sku, node, "sellable", lot))
    at = effective_at(journal.after, found.at, (sku, node, "sellable", lot), (sku, node, "quarantine", lot))
    if units:
        journal.enter(
            [
                Movement(natural_id(found.said_by, "held"), sku, node, "hold", "sellable", -units, at, cause, lot),
                Movement(natural_id(found.said_by, "kept"), sku, node, "hold", "quarantine", units, at, cause, lot),
            ]
        )
    return replace(found, units=units)


def two_dates(found: Iterable[OtherDate]) -> list[Discrepancy]:
    """Name lots with two dates for a person."""
    return [
        discrepancy_of(
            "lot_with_two_dates",
            (*row.lot[:2], row.status, row.lot[2]),
            "/".join(row.lot),
            row.at,
            {
                "expires_on": row.known,
                "other": row.other,
                "units": row.units,
                "said_by": row.said_by,
                "todo": "look at the goods: correct the lot or its expiry, then release the units from quarantine",
            },
            str(row.other),
            row.said_by,
        )
        for row in found
    ]
