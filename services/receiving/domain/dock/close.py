"""Closing of trucks: the result of each SKU of a truck once the dock says that the truck is done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.receiving.domain.catalogue import Sku, Tolerance
from services.receiving.domain.discrepancies import Discrepancy, discrepancy_of


@dataclass(frozen=True, slots=True)
class ClosedLine:
    """The result of one SKU of a closed ASN, in units; received counts every status.

    Of a SKU that is not `listed` in the ASN every unit is wrong, and none is over.
    """

    sku: Sku
    expected: int
    received: int
    damaged: int
    listed: bool = True
    owed_on_po: int = 0
    gtin: str | None = None

    @property
    def short(self) -> int:
        return max(0, self.expected - self.received)

    @property
    def over(self) -> int:
        return max(0, self.received - self.expected) if self.listed else 0

    @property
    def wrong(self) -> int:
        return 0 if self.listed else self.received

    @property
    def as_announced(self) -> bool:
        return self.listed and self.received == self.expected and not self.damaged


def figures(lines: Iterable[ClosedLine]) -> list[list[str | int]]:
    """Return the figures whose change is announced again; what a purchase order owes changes with other trucks too."""
    return [[x.sku, x.expected, x.received, x.damaged, x.short, x.over, x.wrong] for x in lines]


def lines_that_fit(lines: Sequence[ClosedLine], sizes: Sequence[int], room: int) -> list[ClosedLine]:
    """Return the lines that fit into one event, by their bytes; lines that came as announced are left out first."""
    partial_type = set()
    for line, size in sorted(zip(lines, sizes, strict=True), key=lambda row: row[0].as_announced):
        room -= size
        if room >= 0:
            partial_type.add(line.sku)
    return [line for line in lines if line.sku in partial_type]


def short_skus(asn_id: str, lines: Iterable[ClosedLine], tolerances: Mapping[Sku, Tolerance]) -> list[Discrepancy]:
    """Return the SKUs of a closed ASN that are short by more than is tolerated, in percent of the announced units."""
    return [
        discrepancy_of("short", "asn", asn_id, {"sku": x.sku, **_counted(x)}, x.sku)
        for x in lines
        if x.short * 100 > x.expected * tolerances.get(x.sku, Tolerance()).short_percent
    ]


def _counted(line: ClosedLine) -> dict[str, str]:
    return {"expected": str(line.expected), "received": str(line.received), "short": str(line.short)}
