"""Lots: one lot of a SKU has one expiry date."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.discrepancies import Discrepancy, discrepancy_of
from services.receiving.domain.scanning.tallies import Part

Lot = tuple[Sku, Node, str]
_LONGEST: Final = 500


def lots_of(parts: Iterable[Part]) -> set[Lot]:
    """Return the lots whose dates parts state."""
    return {(*part.position, part.lot) for part in parts if part.lot and part.expires_on}


def hold_or_free(part: Part) -> Part:
    """Hold units whose lot was first read with another date in quarantine; free them once that date is gone."""
    return replace(part, has_two_dates=not part.has_two_dates, sellable=0)


def lots_with_two_dates(lot: Lot, first: date, others: Mapping[date, int]) -> list[Discrepancy]:
    """Name each date of a lot besides the first one read, with the units that are held for it."""
    sku, node, number = lot
    facts = {"sku": sku, "node": node, "lot": number, "expires_on": str(first)}
    return [
        discrepancy_of(
            "lot_with_two_dates", "lot", subject_of(lot), {**facts, "other": str(day), "units": str(units)}, str(day)
        )
        for day, units in sorted(others.items())
    ]


def subject_of(lot: Lot) -> str:
    """Return how discrepancies name a lot, within the length of a subject."""
    name = "/".join(lot)
    return name if len(name) <= _LONGEST else str(uuid5(NAMESPACE_URL, name))
