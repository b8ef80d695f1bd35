"""Boundaries: where in the queue each supply ends, kept by walking only the lines that an event moves.

Supplies of a position are ranked twice, by their latest and by their earliest. Laid end to end against the waiting
units in queue order, each supply ends at one line: the first that it, and all ranked before it, do not complete. So a
line's supply is the first whose end lies after the line: a comparison, no sums.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Final, Literal, TypeAlias

from msgspec import Struct, structs

from services.allocation.domain.place import Place
from services.allocation.domain.supply import Supply, SupplyKey
from services.allocation.domain.window import Window

Ranking = Literal["latest", "earliest"]
RANKINGS: Final[tuple[Ranking, ...]] = ("latest", "earliest")
_LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)


class Mark(Struct, frozen=True, gc=False):
    """A place in the queue, and the units and lines that wait before it. Without a place it is the end."""

    place: Place | None
    units: int
    lines: int


FIRST: Final[Place] = (_LONG_AGO, _LONG_AGO, "", "")
START: Final = Mark(FIRST, 0, 0)


class Boundary(Struct, frozen=True, gc=False):
    """The place where a supply of so many units ends in one ranking, and the day by which it is ranked there.

    `padding` are working days by which lines of it were promised later than it is ready: since that day was said, and
    in the ranking by latest only.
    """

    supply: SupplyKey
    ready_on: date
    units: int
    end: Mark
    padding: int = 0


Boundaries: TypeAlias = Mapping[Ranking, Sequence[Boundary]]


class Delta(Struct, frozen=True, gc=False):
    """A line that waits for `units` more or less; `lines` is 1 where it joined, -1 where it left, else 0."""

    place: Place
    units: int
    lines: int


class Target(Struct, frozen=True, gc=False):
    """The end of a supply, to be found: `total` units come with it and all ranked before it, `nearest` is known."""

    supply: SupplyKey
    ready_on: date
    units: int
    total: int
    nearest: Mark


class Stretch(Struct, frozen=True, gc=False):
    """The lines from one mark up to another place (none: to the end), and when what completes them is ready.

    `supply` is the one that is ready last, and `lines_before` all that wait before the first line that it completes.
    """

    begin: Mark
    end: Place | None
    ready: Window | None
    supply: SupplyKey | None = None
    lines_before: int = 0

    def has(self, place: Place) -> bool:
        return self.begin.place is not None and self.begin.place <= place and (self.end is None or place < self.end)


def ranked(supplies: Iterable[Supply], ranking: Ranking) -> list[Supply]:
    """Rank supplies that bring anything, by their latest or by their earliest; of one day reorders last."""

    def rank(one: Supply) -> tuple[date, bool, SupplyKey]:
        return (ready_on(one, ranking), one.kind == "reorder", one.key)

    return sorted((supply for supply in supplies if supply.units), key=rank)


def ready_on(supply: Supply, ranking: Ranking) -> date:
    return supply.ready.latest if ranking == "latest" else supply.ready.earliest


def shift_boundaries(boundaries: Boundaries, deltas: Iterable[Delta]) -> Boundaries:
    """Shift boundaries after lines joined and left: the same places, with more or fewer units before each."""
    by_place = sorted(deltas, key=lambda delta: delta.place)
    if not by_place:
        return boundaries
    places = [delta.place for delta in by_place]
    units = [0, *accumulate(delta.units for delta in by_place)]
    lines = [0, *accumulate(delta.lines for delta in by_place)]

    def after(mark: Mark) -> Mark:
        before = len(places) if mark.place is None else bisect_left(places, mark.place)
        return Mark(mark.place, mark.units + units[before], mark.lines + lines[before])

    return {
        ranking: [structs.replace(row, end=after(row.end)) for row in group] for ranking, group in boundaries.items()
    }


def are_moved(before: Boundaries, after: Boundaries) -> bool:
    """Return whether supplies end at other places than before, or have other units or days."""
    return any(
        [_as_kept(row) for row in after[ranking]] != [_as_kept(row) for row in before[ranking]] for ranking in RANKINGS
    )


def _as_kept(row: Boundary) -> Boundary | tuple[SupplyKey, date, int, int]:
    return row if row.end.place else (row.supply, row.ready_on, row.units, row.padding)


def with_padding(found: Boundaries, before: Boundaries) -> Boundaries:
    """Return boundaries with the padding of those before them that were ready on the same day.

    Lines keep their ranges when another supply of the same window serves them.
    """
    padding = {row.ready_on: row.padding for row in before["latest"] if row.padding}
    if not padding:
        return found
    latest = [structs.replace(row, padding=padding.get(row.ready_on, 0)) for row in found["latest"]]
    return {**found, "latest": latest}


def end_after(end: Mark, deltas: Iterable[Delta]) -> Mark:
    """Return the end of a queue after lines joined and left."""
    changed = list(deltas)
    lines = end.lines + sum(delta.lines for delta in changed)
    return Mark(None, end.units + sum(delta.units for delta in changed), lines)


def with_units_left(supplies: Sequence[Supply], before: Iterable[Boundary], left: int) -> list[Supply]:
    """Return supplies with so many units that landed, and that are not given to anybody yet, where they came from.

    A supply gets back no more than it had before (`before`) and has no longer.
    """
    had = {boundary.supply: boundary.units for boundary in before}
    restored: list[Supply] = []
    for supply in supplies:
        units = min(left, max(0, had.get(supply.key, 0) - supply.units))
        left -= units
        restored.append(replace(supply, units=supply.units + units) if units else supply)
    return restored


def targets(supplies: Sequence[Supply], known: Boundaries, waiting: Mark) -> Mapping[Ranking, Sequence[Target]]:
    """Return the ends to be found; `waiting` is the end of the queue, with everything that waits before it."""
    marks = [
        *sorted({START, *(boundary.end for boundaries in known.values() for boundary in boundaries)}, key=_units),
        waiting,
    ]
    found: dict[Ranking, list[Target]] = {}
    for ranking in RANKINGS:
        total = 0
        found[ranking] = []
        for supply in ranked(supplies, ranking):
            total += supply.units
            nearest = _nearest(marks, total)
            found[ranking].append(Target(supply.key, ready_on(supply, ranking), supply.units, total, nearest))
    return found


def _units(mark: Mark) -> int:
    return mark.units


def _nearest(marks: Sequence[Mark], units: int) -> Mark:
    """Return the mark from which the fewest units have to be walked; from the end there is nothing to walk."""
    if units >= marks[-1].units:
        return marks[-1]
    above = bisect_right(marks, units, key=_units)
    return min(marks[max(0, above - 1) : above + 1], key=lambda mark: abs(mark.units - units))


def stretches(boundaries: Boundaries) -> list[Stretch]:
    """Cut the whole queue into stretches that are ready within one window each, from its beginning to its end."""
    return [stretch for stretch, _ in overlaid(boundaries, boundaries)]


def overlaid(now: Boundaries, was: Boundaries) -> list[tuple[Stretch, Window | None]]:
    """Cut the whole queue where a stretch of `now` or `was` begins; return each with when it was ready by `was`."""
    marks = {
        boundary.end.place: boundary.end for boundaries in (*now.values(), *was.values()) for boundary in boundaries
    }
    begins = [START, *(marks[place] for place in sorted(place for place in marks if place is not None))]
    found: list[tuple[Stretch, Window | None]] = []
    for begin, following in zip(begins, [*begins[1:], None], strict=True):
        completing, lines = _completing(now["latest"], begin)
        end = following.place if following else None
        found.append((Stretch(begin, end, _window(now, begin), completing, lines), _window(was, begin)))
    return found


def _window(boundaries: Boundaries, at: Mark) -> Window | None:
    latest, earliest = (_after(boundaries[ranking], at) for ranking in RANKINGS)
    return Window(earliest.ready_on, latest.ready_on) if latest and earliest else None


def _after(some: Sequence[Boundary], at: Mark) -> Boundary | None:
    """Return the first boundary in its ranking that ends after a place."""
    return next((boundary for boundary in some if ends_after(boundary.end, at)), None)


def ends_after(end: Mark, at: Mark) -> bool:
    return end.place is None or (at.place is not None and end.place > at.place)


def _completing(some: Sequence[Boundary], at: Mark) -> tuple[SupplyKey | None, int]:
    before = 0
    for boundary in some:
        if ends_after(boundary.end, at):
            return boundary.supply, before
        before = boundary.end.lines
    return None, before
