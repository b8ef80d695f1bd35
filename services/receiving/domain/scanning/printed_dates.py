"""Dates on goods: as printed, as scanned, and whether units still live long enough."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final, Literal

from services.receiving.domain.catalogue import Product
from services.receiving.facts.gs1 import BarcodeReading, full_year

DateOrder = Literal["YMD", "DMY", "MDY", "YM", "MY"]
DateDoubt = Literal["expired", "life_too_short"]
_YEARS_AHEAD: Final = 6


class Doubtful(ValueError):
    """A date that cannot be right: it must be read again."""


def printed_day(digits: str, order: DateOrder, on: date) -> date:
    """Return the day that printed digits mean, in the order in which the supplier prints; Doubtful where there is none.

    Four digits are month and two-digit year, eight hold a year of four. Without a day it is the month's last.
    """
    parts = order.replace("D", "") if len(digits) == 4 else order
    rest = len(digits) - 2 * (len(parts) - 1)
    if rest not in (2, 4):
        raise Doubtful
    found: dict[str, int] = {}
    for part in parts:
        width = rest if part == "Y" else 2
        found[part], digits = int(digits[:width]), digits[width:]
    year = found["Y"] if rest == 4 else full_year(found["Y"], on.year)
    try:
        return date(year, found["M"], found.get("D") or monthrange(year, found["M"])[1])
    except ValueError:
        raise Doubtful from None


def expiry_of(
    reading: BarcodeReading, keyed: date | None, printed: str | None, order: DateOrder, product: Product, on: date
) -> date | None:
    """Return the day on which scanned units expire; Doubtful where it cannot be right.

    The barcode's use-by or best-before date goes before its production date plus the product's shelf life, that before
    a keyed date, that before the printed digits. A printed date in the past, a production date in the future or after
    the expiry, and an expiry more than six years ahead must be read again.
    """
    made, life = reading.produced_on, product.shelf_life_days
    by_age = made + timedelta(days=life) if made and life else None
    day = reading.expires_on or by_age or keyed
    if day is None and printed:
        day = printed_day(printed, order, on)
        if day < on:
            raise Doubtful
    if made and (made > on or (day and day < made)):
        raise Doubtful
    if day and day > _years_after(on, _YEARS_AHEAD):
        raise Doubtful
    return day


def life_doubt(expires_on: date, product: Product, on: date) -> DateDoubt | None:
    """Return the doubt about units with less life than the product needs on shipping.

    Units expire at the end of their day.
    """
    if expires_on < on:
        return "expired"
    return "life_too_short" if (expires_on - on).days < product.min_life_days else None


def _years_after(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=min(day.day, monthrange(day.year + years, day.month)[1]))
