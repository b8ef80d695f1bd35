"""What is on its way to a position, and what a truck came to once it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from services.receiving.domain.asns import AsnId, Basis, Node
from services.receiving.domain.calendar import Window
from services.receiving.domain.catalogue import Sku

Position: TypeAlias = tuple[Sku, Node]
SupplyKey: TypeAlias = tuple[AsnId, Sku, Node]


@dataclass(frozen=True, slots=True)
class Supply:
    """One source of units for a position, with the window in which they are ready to ship."""

    supply_id: AsnId
    expected_units: int
    window: Window
    supplier_id: str
    cause: str
    reason: str
    basis: Basis = "asn"


@dataclass(frozen=True, slots=True)
class Inbound:
    """All supplies of a position; those that have landed did so by the stock sequence `after_sequence`."""

    supplies: tuple[Supply, ...] = ()
    after_sequence: int | None = None


@dataclass(frozen=True, slots=True)
class ClosedLine:
    """What one SKU of a closed ASN came to, in units; received counts every status."""

    sku: Sku
    expected: int
    received: int
    damaged: int

    @property
    def short(self) -> int:
        return max(0, self.expected - self.received)

    @property
    def over(self) -> int:
        return max(0, self.received - self.expected)


def units_to_expect(expected: int, received: int, *, closed: bool) -> int:
    """What a supply brings in all: a receipt never lowers it, closing sets it to what came.

    What came over does not raise it: those units lie in quarantine, and nobody should be promised them.
    """
    return min(expected, received) if closed else expected


def changed(before: Mapping[Position, Inbound], after: Mapping[Position, Inbound]) -> dict[Position, Inbound]:
    """The positions whose supplies are not what they were; the stock sequence alone is no news."""
    return {place: inbound for place, inbound in after.items() if inbound.supplies != before[place].supplies}
