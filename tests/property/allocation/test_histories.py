"""Whatever happens to a position, in whatever order: what is owned stays owned, and promises move on facts alone."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import structs

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.ship_together import allocate
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window
from shared.testing.builders import MONDAY, a_day
from tests.effort import cases
from tests.unit.allocation.kept_queue import Kept
from tests.unit.allocation.queues import WEEKDAYS, a_truck, a_waiting, full_match

Range = Window | None


@dataclass(slots=True)
class Truck:
    """A supply as inbound tells it, and the units of it that stock news brought."""

    told: Supply
    stocked: int = 0

    @property
    def open(self) -> Supply:
        return replace(self.told, units=max(0, self.told.units - self.stocked))


@dataclass(slots=True)
class World:
    """What the handlers keep of one position."""

    kept: Kept = field(default_factory=Kept)
    lots: dict[str, FreeLot] = field(default_factory=dict)
    trucks: dict[str, Truck] = field(default_factory=dict)
    owned: Counter[LineKey] = field(default_factory=Counter)
    promised: dict[LineKey, list[Range]] = field(default_factory=dict)
    days: int = 0

    @property
    def supplies(self) -> list[Supply]:
        return [truck.open for truck in self.trucks.values()]

    @property
    def first_day(self) -> date:
        return WEEKDAYS.next_shipping_day(MONDAY + timedelta(days=self.days))

    def serve(self, *joined: WaitingLine) -> None:
        """Do what the handlers do after any news."""
        queue = sorted([*self.kept.queue, *joined], key=lambda line: line.place)
        left = {line.line: line for line in queue}
        for grant in allocate(queue, self.lots.values(), self.first_day):
            lot, line = self.lots[grant.source.lot], left[grant.line.line]
            self.lots[lot.lot] = structs.replace(lot, units=lot.units - grant.units)
            self.owned[line.line] += grant.units
            left[line.line] = structs.replace(line, units=line.units - grant.units)
        self.lots = {name: lot for name, lot in self.lots.items() if lot.units}
        joins = [left.pop(line.line) for line in joined]
        for promise in self.kept.promises(
            self.supplies, *joins, served=left.values(), calendar=WEEKDAYS, first=self.first_day
        ):
            if promise.told:
                self.promised.setdefault(promise.line.line, []).append(promise.after)

    def hear_stock(self, truck: str, sellable: int, other: int, lot: str = "", expires: date | None = None) -> None:
        known = self.lots.get(lot, FreeLot(lot, expires, 0))
        if sellable:
            self.lots[lot] = structs.replace(known, units=known.units + sellable)
        self.trucks[truck].stocked += sellable + other
        self.serve()

    def hear_inbound(self, *supplies: Supply) -> None:
        for supply in supplies:
            self.trucks.setdefault(supply.supply_id, Truck(supply)).told = supply
        self.serve()


trucks = st.sampled_from(["asn-1", "asn-2", "asn-3"])
few = st.integers(0, 4)


class History(RuleBasedStateMachine):
    """Orders, receipts, slips, revisions, closes and passing days at one position."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.ordered: Counter[LineKey] = Counter()
        self.landed = 0

    @rule(units=st.integers(1, 6), minute=st.integers(0, 20), min_life=st.sampled_from([0, 0, 0, 5]))
    def an_order_joins(self, units: int, minute: int, min_life: int) -> None:
        line = a_waiting(f"o{len(self.ordered):03}", units, minute, min_life_days=min_life)
        self.ordered[line.line] = units
        before = [w.line for w in self.world.kept.queue if w.place < line.place]
        kept = {earlier: self.world.promised[earlier][-1] for earlier in before}
        self.world.serve(line)
        still = {w.line for w in self.world.kept.queue}
        assert {earlier: self.world.promised[earlier][-1] for earlier in before if earlier in still} == {
            earlier: kept[earlier] for earlier in before if earlier in still
        }, "who joins moves nobody before it"

    @rule(truck=trucks, units=st.integers(0, 12), earliest=st.integers(9, 20), width=st.integers(0, 6))
    def a_supply_is_told(self, truck: str, units: int, earliest: int, width: int) -> None:
        """Tell of a supply that is new, slipped, pulled in or revised."""
        self.world.hear_inbound(a_truck(truck, units, earliest, earliest + width))

    @precondition(lambda self: self.world.trucks)
    @rule(data=st.data(), sellable=few, other=few, expires=st.none() | st.integers(9, 20))
    def a_receipt_lands(self, data: st.DataObject, sellable: int, other: int, expires: int | None) -> None:
        truck = data.draw(st.sampled_from(sorted(self.world.trucks)))
        before = self._latest()
        lot = f"L{expires or ''}"
        self.world.hear_stock(truck, sellable, other, lot, a_day(expires) if expires else None)
        self.landed += sellable
        if expires is None and not other:
            self._nobody_later_than(before)

    @precondition(lambda self: self.world.trucks)
    @rule(data=st.data(), sellable=few, other=few)
    def a_truck_closes(self, data: st.DataObject, sellable: int, other: int) -> None:
        """Let the last receipt and the close that follows it reach us in either order."""
        name = data.draw(st.sampled_from(sorted(self.world.trucks)))
        truck = self.world.trucks[name]
        came = truck.stocked + sellable + other
        closed = replace(truck.told, units=min(truck.told.units, came))
        world, two = deepcopy(self.world), deepcopy(self.world)
        world.hear_stock(name, sellable, other)
        world.hear_inbound(closed)
        two.hear_inbound(closed)
        two.hear_stock(name, sellable, other)
        assert (world.kept.queue, world.lots, world.owned, world.trucks) == (
            two.kept.queue,
            two.lots,
            two.owned,
            two.trucks,
        )
        for either in (world, two):
            self._nobody_moved_away_and_back(either)
        self.world = data.draw(st.sampled_from([world, two]))
        self.landed += sellable

    @rule()
    def a_day_passes(self) -> None:
        self.world.days += 1
        before = deepcopy(self.world.promised)
        self.world.serve()
        assert self.world.promised == before

    def _nobody_moved_away_and_back(self, after: World) -> None:
        for line, ranges in after.promised.items():
            held_then_told = ranges[len(self.world.promised[line]) - 1 :]
            assert len(held_then_told) < 3 or held_then_told[0] != held_then_told[-1], line

    def _latest(self) -> dict[LineKey, date]:
        return {w.line: w.promised.latest for w in self.world.kept.queue if w.promised}

    def _nobody_later_than(self, before: dict[LineKey, date]) -> None:
        for line in self.world.kept.queue:
            if line.line in before and before[line.line] >= self.world.first_day:
                assert line.promised is not None
                assert line.promised.latest <= before[line.line], "a good receipt makes nobody later"

    @invariant()
    def no_unit_is_lost_and_none_has_two_owners(self) -> None:
        waiting = Counter({w.line: w.units for w in self.world.kept.queue})
        assert self.world.owned + waiting == self.ordered
        assert self.world.owned.total() + sum(lot.units for lot in self.world.lots.values()) == self.landed

    @invariant()
    def nothing_is_left_to_grant_and_deciding_again_changes_nothing(self) -> None:
        assert allocate(self.world.kept.queue, self.world.lots.values(), self.world.first_day) == []
        again = deepcopy(self.world)
        again.serve()
        assert again == self.world

    @invariant()
    def every_line_holds_what_a_full_match_would_read_off_the_supplies(self) -> None:
        fresh = [ready for ready, _ in full_match(self.world.kept.queue, self.world.supplies)]
        assert list(self.world.kept.windows.values()) == fresh
        ready = [window for window in fresh if window]
        assert [r.latest for r in ready] == sorted(r.latest for r in ready)
        assert [r.earliest for r in ready] == sorted(r.earliest for r in ready)

    @invariant()
    def a_line_holds_the_range_it_was_told_last(self) -> None:
        assert all(self.world.promised[w.line][-1] == w.promised for w in self.world.kept.queue)


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=cases(250), stateful_step_count=20, deadline=None)
