"""Inbound: the supplies on their way to a position."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from services.receiving.domain.catalogue import Node, Sku
from services.receiving.facts.window import Window

Basis = Literal["purchase_order", "asn", "appointment", "arrived"]
Position: TypeAlias = tuple[Sku, Node]
SupplyKey: TypeAlias = tuple[str, Sku, Node]


@dataclass(frozen=True, slots=True)
class SupplyLot:
    """Units of a supply that expire on a day, as the ASN says; no lot where it says none, or several."""

    lot: str | None
    expires_on: date
    units: int


@dataclass(frozen=True, slots=True)
class Supply:
    """One source of units for a position, with the window in which they are ready to ship.

    A new order may count on it from `reliable_on`, None: from the end of its window. `lots` are those of its units
    whose expiry is known, while any are still to come. It is estimated while nobody has said when it arrives.
    """

    supply_id: str
    expected_units: int
    window: Window
    supplier_id: str
    cause: str
    reason: str
    basis: Basis = "asn"
    reliable_on: date | None = None
    lots: tuple[SupplyLot, ...] = ()
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """All supplies of a position; those that have landed did so by the stock sequence `after_sequence`."""

    supplies: tuple[Supply, ...] = ()
    after_sequence: int | None = None


def units_to_expect(expected: int, received: int, sellable: int, *, done: bool) -> int:
    """Return the units that a supply brings in all: a receipt never lowers them; once it is done they are what came.

    Units that came over do not raise it: they lie in quarantine, and nobody should be promised them. Units taken as
    sellable stay, even where the supplier has since announced fewer.
    """
    return max(min(expected, received), sellable) if done else expected


def changed_positions(before: Mapping[Position, Inbound], after: Mapping[Position, Inbound]) -> dict[Position, Inbound]:
    """Return the positions whose supplies changed; a new stock sequence alone is no news."""
    return {place: inbound for place, inbound in after.items() if inbound.supplies != before[place].supplies}
