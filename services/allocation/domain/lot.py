"""Lots of sellable units: how long they live and which leave first."""

from dataclasses import dataclass
from datetime import date, timedelta

from msgspec import Struct


class FreeLot(Struct, frozen=True, gc=False):
    """Sellable units of one lot that no line owns. An empty lot stands for none."""

    lot: str
    expires_on: date | None
    units: int


@dataclass(frozen=True, slots=True)
class ComingLot:
    """Units of a supply that expire on a day, as far as that is known."""

    expires_on: date
    units: int


def lives_long_enough(lot: FreeLot | ComingLot, min_life_days: int, ships_on: date) -> bool:
    """Return whether units that ship on a day have enough days left after it; without expiry they always do."""
    return lot.expires_on is None or lot.expires_on >= ships_on + timedelta(days=min_life_days)


def last_day(lot: FreeLot, min_life_days: int) -> date | None:
    """Return the last day on which units may ship that must have so many days left; None without expiry."""
    return lot.expires_on - timedelta(days=min_life_days) if lot.expires_on else None


def fefo(lot: FreeLot) -> tuple[date, str]:
    """Sort lots: first expiring first; lots without expiry last."""
    return (lot.expires_on or date.max, lot.lot)
