"""Whatever leaves a position, in whatever order: no unit is lost or owned twice, and the last in line lose first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.rework import add, put_to_rework, take
from services.allocation.domain.ship_together import allocate
from services.allocation.domain.stock_loss import (
    ChargedUnits,
    LotCorrection,
    OwnedUnits,
    OwnershipChange,
    charge,
    settle,
    sums,
)
from services.allocation.domain.supply import Supply
from shared.testing.builders import MONDAY, a_day
from tests.effort import cases
from tests.unit.allocation.queues import WEEKDAYS, a_waiting

lot_names = st.sampled_from(["A", "B", "C"])
few = st.integers(1, 5)
EXPIRIES: dict[str, date | None] = {"A": a_day(20), "B": a_day(30), "C": None, "D": a_day(12)}


@dataclass(slots=True)
class Position:
    """What the handlers keep of one position."""

    on_hand: Counter[str] = field(default_factory=Counter)
    owned: dict[tuple[LineKey, str], int] = field(default_factory=dict)
    placed: dict[LineKey, WaitingLine] = field(default_factory=dict)
    shipped: Counter[LineKey] = field(default_factory=Counter)
    waiting: Counter[LineKey] = field(default_factory=Counter)
    reworked: list[Supply] = field(default_factory=list)
    days: int = 0

    @property
    def today(self) -> date:
        return WEEKDAYS.next_shipping_day(MONDAY + timedelta(days=self.days))

    @property
    def lots(self) -> list[FreeLot]:
        allocated = self.allocated
        return [FreeLot(lot, EXPIRIES[lot], self.on_hand[lot] - allocated[lot]) for lot in EXPIRIES]

    @property
    def allocated(self) -> Counter[str]:
        units: Counter[str] = Counter()
        for (_, lot), number in self.owned.items():
            units[lot] += number
        return units

    @property
    def queue(self) -> list[WaitingLine]:
        lines = [replace(line, units=self.waiting[key]) for key, line in self.placed.items() if self.waiting[key]]
        return sorted(lines, key=lambda line: line.place)

    def owners(self) -> list[OwnedUnits]:
        return [
            OwnedUnits(line.queue_at, line.completed_at, *key, lot, EXPIRIES[lot], units, line.min_life_days)
            for (key, lot), units in self.owned.items()
            for line in (self.placed[key],)
        ]

    def apply(self, changes: Sequence[OwnershipChange]) -> None:
        came_to = sums(changes)
        for (line, lot), units in came_to.held.items():
            self.owned[line, lot] = self.owned.get((line, lot), 0) + units
            assert self.owned[line, lot] >= 0
        self.owned = {held: units for held, units in self.owned.items() if units}
        self.shipped.update(came_to.shipped)
        self.waiting.update(came_to.waiting)

    def leave(
        self, takings: Iterable[ChargedUnits] = (), corrected: Iterable[LotCorrection] = ()
    ) -> list[OwnershipChange]:
        """Return what the handlers do with stock news, before they serve."""
        self.apply(charge(self.owners(), self.waiting | dict.fromkeys(self.placed.keys() - self.waiting, 0), takings))
        settled = settle(self.lots, self._last(), corrected, self.today)
        self.apply(settled)
        return settled

    def _last(self) -> list[OwnedUnits]:
        """Return no more than the store reads: from the end, of each short lot and of all, as many as are short."""
        owners = sorted(self.owners(), key=lambda owned: owned.place, reverse=True)
        short = {lot.lot: -lot.units for lot in self.lots if lot.units < 0}
        owned_units = [owned for lot, n in short.items() for owned in [o for o in owners if o.lot == lot][:n]]
        return list({owned.held: owned for owned in [*owned_units, *owners[: sum(short.values())]]}.values())

    def serve(self) -> None:
        for grant in allocate(self.queue, self.lots, self.today):
            self.apply([OwnershipChange(grant.line.line, grant.source.lot, "given", grant.units)])


class Leaving(RuleBasedStateMachine):
    """Orders, receipts, counts, shorts, parcels, typos, rework and passing days."""

    def __init__(self) -> None:
        super().__init__()
        self.at = Position()
        self.in_the_building = 0

    @rule(units=few, minute=st.integers(0, 20), min_life=st.sampled_from([0, 0, 5, 15]))
    def an_order_joins(self, units: int, minute: int, min_life: int) -> None:
        line = a_waiting(f"o{len(self.at.placed):03}", units, minute, min_life_days=min_life)
        self.at.placed[line.line] = line
        self.at.waiting[line.line] = units
        self.at.serve()

    @rule(lot=lot_names, units=few)
    def units_land(self, lot: str, units: int) -> None:
        self.at.on_hand[lot] += units
        self.in_the_building += units
        self.at.serve()

    @precondition(lambda self: self.at.on_hand.total())
    @rule(data=st.data())
    def a_count_finds_less(self, data: st.DataObject) -> None:
        lot, units = self._some(data)
        self._gone(lot, units)
        before, free = self.at.owners(), {lot.lot: lot.units for lot in self.at.lots}
        changes = self.at.leave()
        revoked = Counter[LineKey]()
        for change in changes:
            revoked[change.line] += -change.units if change.change == "revoked" else 0
        assert revoked.total() <= max(0, -free[lot])
        if all(not owned.min_life_days for owned in before) and self.at.today <= min(filter(None, EXPIRIES.values())):
            lost = [self.at.placed[line].place for line, units in revoked.items() if units]
            kept = [self.at.placed[line].place for line, _ in self.at.owned]
            assert not lost or not kept or max(kept) <= min(lost), "nobody loses while a later line keeps units"
            others = sum(units for name, units in free.items() if units > 0)
            assert revoked.total() == max(0, -free[lot] - others), "nobody loses while other units are free"
        self.at.serve()

    @precondition(lambda self: self.at.on_hand.total() and self.at.placed)
    @rule(data=st.data(), reason=st.sampled_from(["ship", "short"]))
    def units_leave_in_the_name_of_a_line(self, data: st.DataObject, reason: str) -> None:
        """Take units of the line's lot or of another: a parcel, or a pick that found nothing."""
        lot, units = self._some(data)
        line = data.draw(st.sampled_from(sorted(self.at.placed)))
        before = self.at.shipped.copy()
        number = self.at.waiting[line] + sum(n for (owner, _), n in self.at.owned.items() if owner == line)
        self._gone(lot, units)
        self.at.leave([ChargedUnits(line, lot, units, "ship" if reason == "ship" else "short")])
        assert self.at.shipped[line] - before[line] == (min(units, number) if reason == "ship" else 0)
        self.at.serve()

    @precondition(lambda self: self.at.on_hand.total())
    @rule(data=st.data())
    def a_lot_was_a_typing_error(self, data: st.DataObject) -> None:
        lot, units = self._some(data)
        right = data.draw(st.sampled_from(sorted(EXPIRIES.keys() - {lot})))
        self.at.on_hand[lot] -= units
        self.at.on_hand[right] += units
        changes = self.at.leave((), [LotCorrection(lot, right, units)])
        assert all(change.change == "moved" for change in changes), "a typing error takes nothing from anyone"
        self.at.serve()

    @rule(units=few)
    def units_need_rework(self, units: int) -> None:
        today = (MONDAY + timedelta(days=self.at.days)).date()
        self.at.reworked = add(self.at.reworked, put_to_rework(units, today, WEEKDAYS, "c"))

    @precondition(lambda self: self.at.reworked)
    @rule(data=st.data(), lot=lot_names)
    def rework_is_done(self, data: st.DataObject, lot: str) -> None:
        there = sum(rework.units for rework in self.at.reworked)
        units = data.draw(st.integers(1, there))
        windows = {rework.key: rework.ready for rework in self.at.reworked}
        self.at.reworked = take(self.at.reworked, units)
        assert sum(rework.units for rework in self.at.reworked) == there - units
        assert all(windows[rework.key] == rework.ready for rework in self.at.reworked)
        self.units_land(lot, units)

    @rule()
    def a_day_passes(self) -> None:
        self.at.days += 1
        self.at.serve()

    def _some(self, data: st.DataObject) -> tuple[str, int]:
        lot = data.draw(st.sampled_from(sorted(lot for lot, units in self.at.on_hand.items() if units)))
        return lot, data.draw(st.integers(1, self.at.on_hand[lot]))

    def _gone(self, lot: str, units: int) -> None:
        self.at.on_hand[lot] -= units
        self.in_the_building -= units

    @invariant()
    def no_lot_has_fewer_units_than_lines_own(self) -> None:
        assert all(lot.units >= 0 for lot in self.at.lots)
        assert self.at.on_hand.total() == self.in_the_building

    @invariant()
    def every_unit_ordered_is_owned_shipped_or_waited_for(self) -> None:
        owned: Counter[LineKey] = Counter()
        for (line, _), units in self.at.owned.items():
            owned[line] += units
        for key, placed in self.at.placed.items():
            assert owned[key] + self.at.shipped[key] + self.at.waiting[key] == placed.units

    @invariant()
    def nobody_is_skipped(self) -> None:
        assert allocate(self.at.queue, self.at.lots, self.at.today) == []


TestLeaving = Leaving.TestCase
TestLeaving.settings = settings(max_examples=cases(120), stateful_step_count=20, deadline=None)
