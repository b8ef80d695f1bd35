"""Boundaries kept by what changed equal a full match after every event, and exactly those lines move that must."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from services.allocation.domain.boundaries import RANKINGS, START, Boundaries, Mark, Target
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window
from tests.effort import cases
from tests.unit.allocation.kept_queue import Kept, Step, gone
from tests.unit.allocation.queues import a_truck, a_waiting, completing, full_match

STEPS = 8


@dataclass(slots=True)
class History:
    """One position to which anything happens, and all lines that ever waited there."""

    chance: random.Random
    kept: Kept = field(default_factory=Kept)
    supplies: dict[str, Supply] = field(default_factory=dict)
    ever: list[WaitingLine] = field(default_factory=list)

    def joins(self) -> Iterator[WaitingLine]:
        """Let a line join anywhere, more often at the end; or one that left comes back to its place."""
        waits = {line.line for line in self.kept.queue}
        left = [line for line in self.ever if line.line not in waits]
        if left and self.chance.random() < 0.2:
            yield self.chance.choice(left)
            return
        number = len(self.ever)
        minute = number if self.chance.random() < 0.5 else self.chance.randint(0, number)
        self.ever.append(a_waiting(self.chance.choice("abc"), self.chance.randint(1, 5), minute, f"{number}"))
        yield self.ever[-1]

    def cancels(self) -> Iterator[WaitingLine]:
        for line in self.chance.sample(self.kept.queue, min(len(self.kept.queue), self.chance.randint(1, 2))):
            yield gone(line)

    def wants_less_or_more(self) -> Iterator[WaitingLine]:
        if self.kept.queue:
            yield structs.replace(self.chance.choice(self.kept.queue), units=self.chance.randint(1, 6))

    def comes(self) -> Iterator[WaitingLine]:
        """Return new, revised, slipped to another rank, pulled in, or gone."""
        name, first = self.chance.choice("ABCD"), self.chance.randint(9, 14)
        self.supplies[name] = a_truck(name, self.chance.randint(0, 8), first, first + self.chance.randint(0, 5))
        yield from ()

    def lands(self) -> Iterator[WaitingLine]:
        """Return units of a supply serve the head of the queue; or they are unsellable, and serve nobody."""
        if not self.supplies:
            return
        supply = self.supplies[self.chance.choice(sorted(self.supplies))]
        came = self.chance.randint(0, supply.units)
        self.supplies[supply.supply_id] = replace(supply, units=supply.units - came)
        left = came if self.chance.random() < 0.7 else 0
        for line in self.kept.queue:
            got = min(left, line.units)
            left -= got
            if got:
                yield structs.replace(line, units=line.units - got)

    def goes_on(self) -> None:
        """Hear one batch of a few events, decided once."""
        happens = self.chance.choices(
            [self.joins, self.cancels, self.wants_less_or_more, self.comes, self.lands], [4, 2, 1, 3, 2],
            k=self.chance.choice([1, 1, 2]),
        )  # fmt: skip
        now = {line.line: line for event in happens for line in event()}
        before = self.kept.windows
        step = self.kept.hear([*self.supplies.values()], *now.values())
        self._all_is_as_a_full_match_says()
        self._exactly_those_moved(step, before)
        self._searches_begin_at_true_places(step)

    def _all_is_as_a_full_match_says(self) -> None:
        queue, supplies = self.kept.queue, [supply for supply in self.supplies.values() if supply.units]
        stretches = [self.kept.stretch(line) for line in queue]
        assert [(stretch.ready, stretch.supply if stretch.ready else None) for stretch in stretches] == full_match(
            queue, supplies
        )
        last = completing(queue, supplies, lambda supply: supply.ready.latest)
        firsts = {supply: last.index(supply) for supply in last}
        assert [stretch.lines_before for stretch in stretches] == [firsts[supply] for supply in last]

    def _exactly_those_moved(self, step: Step, before: Mapping[LineKey, Window | None]) -> None:
        after = self.kept.windows
        moved = [line.line for line in self.kept.queue if any(stretch.has(line.place) for stretch in step.moved)]
        assert len(moved) == len(set(moved))
        assert {line for line in moved if line in before} == {
            line for line, ready in after.items() if line in before and before[line] != ready
        }

    def _searches_begin_at_true_places(self, step: Step) -> None:
        known = {START, self.kept.mark(None), *ends(step.before)}
        assert all(mark == self.kept.mark(mark.place) for mark in known), "as much waits before each place as it says"
        for target in (target for targets in step.wanted.values() for target in targets):
            assert target.nearest in known
            assert walk(target, target.nearest) == min(walk(target, mark) for mark in known)
            if target.total >= self.kept.mark(None).units:
                assert target.nearest.place is None, "there is nothing to walk"


def ends(boundaries: Boundaries) -> list[Mark]:
    return [boundary.end for ranking in RANKINGS for boundary in boundaries[ranking]]


def walk(target: Target, mark: Mark) -> int:
    """Return units between a known place and where a supply ends, as far as there are any."""
    return abs(target.total - mark.units)


def play(chance: random.Random, steps: int) -> None:
    history = History(chance)
    for _ in range(steps):
        history.goes_on()


@settings(max_examples=cases(150), deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 20))
def test_kept_boundaries_equal_a_full_match(chance: random.Random, steps: int) -> None:
    play(chance, steps)


def test_kept_boundaries_equal_a_full_match_in_thousands_of_histories() -> None:
    first = random.randrange(2**32)
    for seed in range(first, first + cases(5_000)):
        try:
            play(random.Random(seed), STEPS)
        except Exception as wrong:
            raise AssertionError(f"seed {seed}") from wrong
