"""Lots of sellable units: how long they live and which leave first."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class FreeLot:
    """Sellable units of one lot that no line owns. An empty lot is none."""

    lot: str
    expires_on: date | None
    units: int


def lives_long_enough(lot: FreeLot, min_life_days: int, ships_on: date) -> bool:
    """Whether units that ship on a day have at least so many days left after it; without expiry they always do."""
    return lot.expires_on is None or lot.expires_on >= ships_on + timedelta(days=min_life_days)


def fefo(lot: FreeLot) -> tuple[date, str]:
    """First expiring first; what does not expire comes last."""
    return (lot.expires_on or date.max, lot.lot)
