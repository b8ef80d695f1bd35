"""Inventory's rules at work without a database: each fact as its handler would take it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.inventory.domain.counts import Count, Judged, discrepancies_of, take_counts
from services.inventory.domain.discrepancies import Discrepancy
from services.inventory.domain.ledger import (
    STATUSES,
    Journal,
    Ledger,
    LotKey,
    LotPlace,
    Movement,
    Node,
    Position,
    Posted,
    QuarantinedLot,
    Sku,
)
from services.inventory.domain.post_movements import post
from services.inventory.domain.requests import Refusal, Request, carry_out
from services.inventory.domain.shorts import PickShort, take_shorts

POSITION: Position = (Sku("TEE"), Node("ams"))


@dataclass
class Books:
    """One position's ledger, all that was ever posted, and what waits."""

    ledger: Ledger = field(default_factory=lambda: Ledger({POSITION: 0}))
    posted: list[Posted] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    awaiting: list[Discrepancy] = field(default_factory=list)
    waiting: list[Callable[[], bool]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    patient: bool = True

    def move(self, movement: Movement) -> None:
        """Move units on the floor."""
        self._take(movement.movement_id, lambda: self._post([movement]))

    def count(self, count: Count) -> None:
        """Count something."""
        self._take(count.count_id, lambda: self._count(count))

    def ask(self, request: Request) -> None:
        """Request something."""
        self._take(request.request_id, lambda: self._ask(request))

    def miss(self, short: PickShort) -> None:
        """Report a short."""
        self._take(short.short_id, lambda: self._miss(short))

    def _take(self, name: str, handle: Callable[[], bool]) -> None:
        """Take a fact once for ever; what cannot be done yet waits, and is tried again after each later fact."""
        if name in self.seen:
            return
        self.seen.add(name)
        self.waiting.append(handle)
        while done := [line for line in self.waiting if line()]:
            self.waiting = [line for line in self.waiting if line not in done]

    def _post(self, movements: Sequence[Movement]) -> bool:
        journal, short = post(replace(self.ledger, kept={} if self.patient else self._kept()), [movements])
        self._keep(journal)
        return not short

    def _kept(self) -> dict[LotKey, QuarantinedLot]:
        """Return what left sellable for quarantine, for shipments that waited long enough."""
        kept: dict[LotKey, QuarantinedLot] = {}
        for lot in {receipt.movement.lot_key for receipt in self.posted}:
            movements = [
                m for m in (receipt.movement for receipt in self.posted) if (m.lot_key, m.status) == (lot, "quarantine")
            ]
            put = [m for m in movements if m.delta > 0 and m.reason in ("expiry", "hold", "short")]
            if put:
                units = sum(m.delta for m in movements if m.delta < 0 or m in put)
                others = self.units((*POSITION, "quarantine", lot[2])) - max(units, 0)
                kept[lot] = QuarantinedLot(max(m.happened_at for m in put), max(others, 0))
        return kept

    def _count(self, count: Count) -> bool:
        later = [m.movement.delta for m in self.posted if self._is_later(m.movement, count)]
        awaited = {discrepancy.place: discrepancy.at for discrepancy in self.awaiting if discrepancy.state == "open"}
        journal, judged = take_counts(self.ledger, [count], {count.count_id: sum(later)}, {}, awaited)
        if judged[0].outcome == "too_early":
            return False
        self._keep(journal)
        self.judged += judged
        self.awaiting = discrepancies_of(judged, self.awaiting)
        return True

    def _ask(self, request: Request) -> bool:
        journal, refused = carry_out(self.ledger, [request])
        self._keep(journal)
        self.refused += refused
        return True

    def _miss(self, short: PickShort) -> bool:
        journal, asked = take_shorts(self.ledger, [short])
        self._keep(journal)
        self.awaiting += asked
        return True

    def _is_later(self, movement: Movement, count: Count) -> bool:
        return movement.lot_place == count.place and movement.happened_at > count.counted_at

    def _keep(self, journal: Journal) -> None:
        assert len({receipt.sequence for receipt in journal.posted}) <= 1
        if journal.posted:
            assert journal.posted[0].sequence == self.ledger.sequences[POSITION] + 1
        self.posted += journal.posted
        sequences = {**self.ledger.sequences, **journal.after.sequences}
        self.ledger = replace(journal.after, sequences=sequences)
        self.check()

    def check(self) -> None:
        """Check what always holds: the ledger is its movements, and nothing is negative."""
        lots: dict[LotPlace, int] = defaultdict(int)
        for receipt in self.posted:
            lots[receipt.movement.lot_place] += receipt.movement.delta
            held = sum(units for place, units in lots.items() if place[2] == receipt.movement.status)
            assert receipt.on_hand == held >= 0
        assert {place: units for place, units in self.ledger.lots.items() if units} == {
            place: units for place, units in lots.items() if units
        }
        assert all(units >= 0 for units in lots.values())
        for status in STATUSES:
            assert self.ledger.balances.get((*POSITION, status), 0) == sum(
                units for place, units in lots.items() if place[2] == status
            )

    def units(self, place: LotPlace) -> int:
        return self.ledger.units(place)

    def units_as_of(self, place: LotPlace, at: datetime) -> int:
        """Return what the ledger says was there at an instant of the floor."""
        return sum(
            receipt.movement.delta
            for receipt in self.posted
            if receipt.movement.lot_place == place and receipt.movement.happened_at <= at
        )
