"""Lots that leave sellable before they are too old to be sent to anybody."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.inventory.domain.discrepancies import Discrepancy, discrepancy_of
from services.inventory.domain.ledger import Journal, Ledger, LotPlace, Movement, effective_at, natural_id


@dataclass(frozen=True, slots=True)
class PastLife:
    """A lot with less life left than its product's customers may expect: expires_on − today < min_life_days.

    Today is the node's own date. Without a minimum life, a lot is past its life on the day after it expired.
    """

    place: LotPlace
    expires_on: date
    min_life_days: int


def expire(ledger: Ledger, lots: Iterable[PastLife], now: datetime, source: str) -> tuple[Journal, list[Discrepancy]]:
    """Move all sellable units of lots past their life to quarantine, and name each lot for a person."""
    journal = Journal.over(ledger)
    discrepancies: list[Discrepancy] = []
    for lot in lots:
        if units := journal.after.units(lot.place):
            journal.enter(_movements(journal, lot, units, now, source))
            discrepancies.append(_expired(lot, units, now))
    return journal, discrepancies


def _movements(journal: Journal, lot: PastLife, units: int, now: datetime, source: str) -> list[Movement]:
    sku, node, status, number = lot.place
    sequence = journal.before.sequences[sku, node] + 1
    name = natural_id("expiry", sku, node, str(sequence), number)
    at = effective_at(journal.after, now, lot.place, (sku, node, "quarantine", number))
    left = Movement(natural_id(name, "1"), sku, node, "expiry", status, -units, at, f"{source}/{name}", number)
    return [left, replace(left, movement_id=natural_id(name, "2"), status="quarantine", delta=units)]


def _expired(lot: PastLife, units: int, now: datetime) -> Discrepancy:
    facts = {
        "units": units,
        "expires_on": lot.expires_on,
        "min_life_days": lot.min_life_days,
        "todo": "dispose of the units or send them back; they are in quarantine and cannot be sold",
    }
    sku, node, _, number = lot.place
    return discrepancy_of("lot_expired", (sku, node, "quarantine", number), f"{sku}|{node}", now, facts, number)
