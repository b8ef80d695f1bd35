"""One source of units that will serve those who wait at a position."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal, TypeAlias

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.lot import ComingLot, lives_long_enough
from services.allocation.domain.window import Window

Kind = Literal["inbound", "rework", "stock", "reorder"]
SupplyKey: TypeAlias = tuple[Kind, str]
IN_STOCK: Final[SupplyKey] = ("stock", "stock")
REORDER: Final[SupplyKey] = ("reorder", "reorder")


@dataclass(frozen=True, slots=True)
class Supply:
    """Units that will serve those who wait, when they are ready to ship, and by whom and why that was said.

    They are on their way, in rework, in stock for lines that may not have them yet, or not ordered yet. All but those
    on their way allocation derives itself. `on_time_share` is the supplier's in percent, if it is known. A new
    order may count on it from `reliable_on`, else from the end of its window. `lots` are those of its units whose
    expiry is known, `short_lived` so many that are left out of it since they expire too soon for anybody. It
    is estimated while nobody has said when it arrives.
    """

    supply_id: str
    units: int
    ready: Window
    cause: str
    reason: str
    on_time_share: int | None = None
    kind: Kind = "inbound"
    reliable_on: date | None = None
    lots: tuple[ComingLot, ...] = ()
    short_lived: int = 0
    is_estimated: bool = False

    @property
    def key(self) -> SupplyKey:
        """Return what tells it from all other supplies of its position."""
        return (self.kind, self.supply_id)

    @property
    def counts_from(self) -> date:
        """Return the day from which a new order may count on it."""
        return max(self.reliable_on, self.ready.earliest) if self.reliable_on else self.ready.latest


def lasting_units(supply: Supply, min_life_days: int, calendar: Calendar) -> int:
    """Return how many of its units have so many days left when they ship: on the last day on which they are ready."""
    ships_on = calendar.ships_on(supply.ready.latest)
    short = sum(lot.units for lot in supply.lots if not lives_long_enough(lot, min_life_days, ships_on))
    return max(0, supply.units - short)


def without_short_lived(supply: Supply, min_life_days: int, calendar: Calendar) -> Supply:
    """Return a supply without the units that live too short for the product: the dock will not have them sold."""
    if not supply.lots:
        return supply
    ships_on = calendar.ships_on(supply.ready.latest)
    lots = tuple(lot for lot in supply.lots if lives_long_enough(lot, min_life_days, ships_on))
    units = lasting_units(supply, min_life_days, calendar)
    return replace(supply, units=units, lots=lots, short_lived=supply.short_lived + supply.units - units)


def known_as(supply: SupplyKey | None) -> str | None:
    """Return the name by which others know a supply; None of what is in stock, or not ordered yet."""
    return None if supply in (None, IN_STOCK, REORDER) else supply[1]
