"""The ranges of those who wait are in the order of the queue, padding and the floor's loads included."""

from datetime import date

from msgspec import structs

from services.allocation.domain.boundaries import Boundaries
from services.allocation.domain.promise import NOTHING_HELD, HeldRange, PromiseTerms, ships_by
from services.allocation.domain.supply import IN_STOCK, SupplyKey


class HeldDays:
    """The days that those who wait at a position hold, by the supplies that end at its boundaries.

    Of what is in stock nobody's day counts: who waits for that waits for something else, too.
    """

    def __init__(self, boundaries: Boundaries, terms: PromiseTerms) -> None:
        self.boundaries = boundaries
        self.terms = terms
        self._by_supply, self.at_the_end = self._held()

    def of(self, supply: SupplyKey | None) -> HeldRange:
        """Return what those hold who wait before the first line of a supply, and its own padding."""
        return self._by_supply.get(supply, NOTHING_HELD) if supply else NOTHING_HELD

    def pad(self, supply: SupplyKey | None) -> None:
        """Note that a line of a supply is promised the padded range."""
        if supply in (None, IN_STOCK) or self.of(supply).padding == self.terms.padding_days:
            return
        latest = [
            structs.replace(row, padding=self.terms.padding_days) if row.supply == supply else row
            for row in self.boundaries["latest"]
        ]
        self.boundaries = {**self.boundaries, "latest": latest}
        self._by_supply, self.at_the_end = self._held()

    def _held(self) -> tuple[dict[SupplyKey, HeldRange], date]:
        """Return what is held by supply, and until when by those who wait for what is used up."""
        found: dict[SupplyKey, HeldRange] = {}
        until = at_the_end = date.min
        before = total = 0
        for row in self.boundaries["latest"]:
            found[row.supply] = HeldRange(until, row.padding)
            lines = row.end.lines - before
            if lines and row.supply != IN_STOCK:
                until = max(until, ships_by(row.ready_on, lines - 1, self.terms, row.padding))
            total += row.units
            at_the_end = until if row.end.place or total <= row.end.units else at_the_end
            before = row.end.lines
        return found, at_the_end
