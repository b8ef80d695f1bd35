"""Lines whose supply, calendar or launch changed are read and promised anew: so many of them in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from msgspec.structs import replace

from services.allocation.domain.boundaries import Mark, Stretch
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.held import HeldDays
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.longer_life import Serving
from services.allocation.domain.place import Place
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise, pads_others, promise
from services.allocation.domain.renewal import Renewal, Segment, segments, still_to_renew
from services.allocation.domain.why import Why
from services.allocation.domain.window import Window
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.store import queue
from shared.messaging.transaction import Tx

SLICE = 1_500  # lines that one transaction promises anew at most, besides those that changed themselves
Queues = Mapping[PositionKey, Sequence[tuple[Stretch, Window | None]]]


@dataclass(frozen=True)
class TouchedLines:
    """Lines that are told a promise in any case, since they joined or wait for other units; and those that moved."""

    joined: Collection[LineKey]
    other_units: Collection[LineKey]
    moved: Collection[LineKey]

    @cached_property
    def lines(self) -> set[LineKey]:
        return {*self.joined, *self.other_units, *self.moved}


@dataclass(slots=True)
class RenewedPromises:
    """Promises of lines of a position, why those were made that no news named, and what is left for later."""

    promises: list[Promise] = field(default_factory=list)
    whys: dict[LineKey, Why] = field(default_factory=dict)
    left: Sequence[Renewal] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A waiting line, its stretch, the lines that wait before it, and the segment whose lines are promised anew."""

    key: PositionKey
    line: WaitingLine
    stretch: Stretch
    lines_before: int
    segment: Segment | None = None


async def renew(
    tx: Tx,
    known: PositionFacts,
    queues: Queues,
    ends: Mapping[PositionKey, Mark],
    news: Mapping[PositionKey, PositionNews],
    touched: TouchedLines,
    held: Mapping[PositionKey, HeldDays],
    serving: Mapping[LineKey, Serving],
) -> dict[PositionKey, RenewedPromises]:
    """Promise touched lines anew, and as many as one transaction can of those that a change of `queues` moves.

    Of these, `news` says why: queues are cut into stretches, each with when it was ready before. Nobody is promised
    sooner than those before them have `held`. `serving` says what serves lines that ask for a longer life.
    """
    cut = _segments(queues, ends, news)
    found, until = await _of_segments(tx, known, cut)
    found += await _singles(tx, known, queues, touched.lines - {row.line.line for row in found})
    renewed = {key: RenewedPromises() for key in queues}
    terms = {key: held[key].terms for key in {row.key for row in found}}
    for row in sorted(found, key=lambda row: (row.key, row.line.place)):
        own, key, line = renewed[row.key], row.key, row.line
        stretch = _as_served(row.stretch, serving.get(line.line))
        ahead = 0 if line.line in serving else row.lines_before - stretch.lines_before
        is_touched = line.line in touched.lines
        if row.segment and not is_touched:
            if not row.segment.renews(line, stretch, ahead, terms[key]):
                continue
            own.whys[line.line] = row.segment.why
        made = promise(
            line, stretch.ready, ahead, stretch.supply, terms[key], held[key].of(stretch.supply),
            joined=line.line in touched.joined, other_units=line.line in touched.other_units,
        )  # fmt: skip
        own.promises.append(made)
        if pads_others(made):
            held[key].pad(stretch.supply)
    for key, place in until.items():
        renewed[key].left = still_to_renew(cut[key], place)
    return renewed


def _as_served(stretch: Stretch, serving: Serving | None) -> Stretch:
    return replace(stretch, ready=serving.ready, supply=serving.supply) if serving else stretch


def _segments(
    queues: Queues,
    ends: Mapping[PositionKey, Mark],
    news: Mapping[PositionKey, PositionNews],
) -> dict[PositionKey, list[Segment]]:
    """What is promised anew, since it changed now or is left from before: of what overlaps, the newest says why."""
    found = {}
    for key, stretches in queues.items():
        changed = [
            Renewal(stretch.begin.place, stretch.end, news[key].behind_supply(stretch.supply))
            for stretch, was_ready in stretches
            if stretch.ready != was_ready and stretch.begin.place
        ]
        if every := [*changed, *news[key].renewals]:
            found[key] = segments([stretch for stretch, _ in stretches], ends[key].lines, every)
    return found


async def _of_segments(
    tx: Tx, known: PositionFacts, cut: Mapping[PositionKey, Sequence[Segment]]
) -> tuple[list[_Found], dict[PositionKey, Place]]:
    """The first lines that are promised anew, and from which place on those of a position are left for later."""
    asked: list[tuple[PositionKey, Segment, int]] = []
    until: dict[PositionKey, Place] = {}
    left = SLICE
    for key, of_position in cut.items():
        for segment in of_position:
            if left <= 0:
                until[key] = segment.begin
                break
            asked.append((key, segment, min(left, segment.most)))
            left -= segment.most
    counted = await _counted(tx, known, asked)
    found = []
    for number, before, line in await queue.lines_in(tx, [(key, segment, most + 1) for key, segment, most in asked]):
        key, segment, most = asked[number]
        if before == most:
            until[key] = line.place
        else:
            found.append(_Found(key, line, segment.stretch, counted[number] + before, segment))
    return found, until


async def _counted(tx: Tx, known: PositionFacts, asked: Sequence[tuple[PositionKey, Segment, int]]) -> list[int]:
    """How many lines wait before each segment: counted where it is not known and the floor's capacity asks for it."""
    spans = {
        (key, segment.stretch.begin, segment.begin)
        for key, segment, _ in asked
        if segment.lines is None and (known.calendar(key).orders_per_day or segment.had_loads)
    }
    between = await queue.waits_between(tx, spans)
    return [
        segment.stretch.begin.lines + between.get(segment.begin[2:], (0, 0))[0]
        if segment.lines is None
        else segment.lines
        for _, segment, _ in asked
    ]


async def _singles(tx: Tx, known: PositionFacts, queues: Queues, lines: Collection[LineKey]) -> list[_Found]:
    """Each line with its stretch; the lines before it are counted only where the floor's capacity asks for them.

    A line that stock covers whole is in no stretch.
    """
    placed = [
        (key, line, next(stretch for stretch, _ in queues[key] if stretch.has(line.place)))
        for key, line in await queue.lines_at(tx, lines)
        if line.uncovered
    ]
    counted = await queue.waits_between(
        tx, [(key, stretch.begin, line.place) for key, line, stretch in placed if known.calendar(key).orders_per_day]
    )
    return [
        _Found(
            key, line, stretch,
            stretch.begin.lines + counted[line.line][0] if line.line in counted else stretch.lines_before,
        )
        for key, line, stretch in placed
    ]  # fmt: skip
