"""A queue in memory that keeps its boundaries as the handlers do, but finds every place by plain sums."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from msgspec.structs import replace

from services.allocation.domain.boundaries import (
    Boundaries,
    Boundary,
    Delta,
    Mark,
    Ranking,
    Stretch,
    Target,
    overlaid,
    shift_boundaries,
    stretches,
    targets,
)
from services.allocation.domain.calendar import Calendar
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.place import Place
from services.allocation.domain.promise import Promise, PromiseTerms, promise
from services.allocation.domain.supply import Supply
from services.allocation.domain.window import Window
from tests.unit.allocation.queues import EVERY_DAY, THE_8TH, holding


@dataclass(frozen=True, slots=True)
class Step:
    """What one change came to: where supplies ended before it and were to be found after it, and who moved."""

    before: Boundaries
    wanted: Mapping[Ranking, Sequence[Target]]
    moved: Sequence[Stretch]


@dataclass(slots=True)
class Kept:
    """Waiting lines in order of service, and where each supply ends among them."""

    queue: list[WaitingLine] = field(default_factory=list)
    boundaries: Boundaries = field(default_factory=lambda: {"latest": [], "earliest": []})

    def mark(self, place: Place | None) -> Mark:
        """Return what waits before a place, or in all."""
        before = [line.units for line in self.queue if place is None or line.place < place]
        return Mark(place, sum(before), len(before))

    def first_not_completed(self, units: int) -> Mark:
        """Return the first line, in order of service, that so many units do not complete."""
        marks = (self.mark(line.place) for line in self.queue)
        found = (mark for mark, line in zip(marks, self.queue, strict=True) if mark.units + line.units > units)
        return next(found, self.mark(None))

    def hear(self, supplies: Sequence[Supply], *now: WaitingLine) -> Step:
        """Make these supplies all that comes from now on; let these lines wait as said; for no units: not any more."""
        was = {line.line: line for line in self.queue}
        deltas = [delta for line in now if (delta := _delta(was.get(line.line), line)).units]
        after = was | {line.line: line for line in now}
        self.queue = sorted((line for line in after.values() if line.units), key=lambda line: line.place)
        before = shift_boundaries(self.boundaries, deltas)
        wanted = targets(supplies, before, self.mark(None)) if self.queue else {"latest": [], "earliest": []}
        self.boundaries = {ranking: [self._ends(target) for target in group] for ranking, group in wanted.items()}
        moved = [stretch for stretch, was_ready in overlaid(self.boundaries, before) if stretch.ready != was_ready]
        return Step(before, wanted, moved)

    def _ends(self, target: Target) -> Boundary:
        return Boundary(target.supply, target.ready_on, target.units, self.first_not_completed(target.total))

    def stretch(self, line: WaitingLine) -> Stretch:
        (own,) = [stretch for stretch in stretches(self.boundaries) if stretch.has(line.place)]
        return own

    @property
    def windows(self) -> dict[LineKey, Window | None]:
        """Return when what completes each line is ready."""
        return {line.line: self.stretch(line).ready for line in self.queue}

    def promises(
        self,
        supplies: Sequence[Supply],
        *now: WaitingLine,
        served: Iterable[WaitingLine] = (),
        calendar: Calendar = EVERY_DAY,
        first: date = THE_8TH,
    ) -> list[Promise]:
        """Return lines that moved, joined, or wait for other units; those just `served` are not told of that."""
        waited = {line.line for line in self.queue}
        moved = self.hear(supplies, *now, *served).moved
        touched = {line.line for line in now}
        lines = [
            line for line in self.queue if line.line in touched or any(stretch.has(line.place) for stretch in moved)
        ]
        promises = [self._promise(line, touched, waited, PromiseTerms(calendar, first)) for line in lines]
        held = {row.line.line: holding(row.line, row.after) for row in promises}
        self.queue = [held.get(line.line, line) for line in self.queue]
        return promises

    def _promise(
        self, line: WaitingLine, touched: Collection[LineKey], waited: Collection[LineKey], terms: PromiseTerms
    ) -> Promise:
        stretch = self.stretch(line)
        joined, other_units = line.line not in waited, line.line in touched and line.line in waited
        return promise(line, stretch.ready, 0, stretch.supply, terms, joined=joined, other_units=other_units)


def _delta(was: WaitingLine | None, now: WaitingLine) -> Delta:
    before = was.units if was else 0
    return Delta(now.place, now.units - before, (now.units > 0) - (before > 0))


def gone(line: WaitingLine) -> WaitingLine:
    """Return a line that waits no more."""
    return replace(line, units=0)
