"""Renewals: stretches of a queue whose lines are promised anew, as many of them at once as one transaction can tell."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.allocation.domain.boundaries import Stretch
from services.allocation.domain.line import WaitingLine
from services.allocation.domain.place import Place
from services.allocation.domain.promise import PromiseTerms, is_affected
from services.allocation.domain.why import Why


@dataclass(frozen=True, slots=True)
class Renewal:
    """The lines from one place up to another (none: to the end) are promised anew, and why.

    With `terms_before`, only those that ship on other days than by these terms.
    """

    begin: Place
    end: Place | None
    why: Why
    terms_before: PromiseTerms | None = None

    def has(self, place: Place) -> bool:
        return self.begin <= place and (self.end is None or place < self.end)


@dataclass(frozen=True, slots=True)
class Segment:
    """The lines of one stretch from one place up to another that are promised anew for the same reasons.

    They are `most` at most; `lines` wait before them, none where that is not known. They are promised anew since their
    supply changed (`by_supply`), or as far as they ship on other days since the terms changed (`by_terms`).
    """

    begin: Place
    end: Place | None
    stretch: Stretch
    most: int
    lines: int | None
    why: Why
    by_supply: Renewal | None
    by_terms: Renewal | None

    @property
    def had_loads(self) -> bool:
        """Return whether the floor had a limit, by the terms before."""
        terms = self.by_terms.terms_before if self.by_terms else None
        return terms is not None and terms.calendar.orders_per_day is not None

    def renews(self, line: WaitingLine, stretch: Stretch, ahead: int, terms: PromiseTerms) -> bool:
        """Return whether a line of it is promised anew, which ships after `ahead` orders of the same release.

        `stretch` says what serves the line, if not what serves the segment.
        """
        if self.by_supply or self.by_terms is None or self.by_terms.terms_before is None:
            return self.by_supply is not None
        before = self.by_terms.terms_before
        return is_affected(line, stretch.ready, ahead, stretch.supply, before, terms)


def why_terms_changed(renewals: Iterable[Renewal]) -> Why | None:
    """Return why lines were promised by other terms, where some of these renewals are of such a change."""
    return next((renewal.why for renewal in renewals if renewal.terms_before), None)


def segments(queue: Sequence[Stretch], lines: int, renewals: Sequence[Renewal]) -> list[Segment]:
    """Cut renewals where the stretches of a queue of so many lines begin.

    Where several overlap, of supplies the first counts, and of terms the one that begins last: from there on lines were
    not promised by any later terms. Terms move no line that has no date.
    """
    begins = {stretch.begin.place: stretch.begin.lines for stretch in queue if stretch.begin.place}
    ordered = sorted(begins)
    ends = [*(begins[place] for place in ordered[1:]), lines]
    places = sorted({*begins, *(place for renewal in renewals for place in (renewal.begin, renewal.end) if place)})
    found: list[Segment] = []
    for place, following in zip(places, [*places[1:], None], strict=True):
        number = bisect_right(ordered, place) - 1
        stretch = queue[number]
        own = [renewal for renewal in renewals if renewal.has(place)]
        by_supply = next((renewal for renewal in own if renewal.terms_before is None), None)
        by_terms = max(
            (renewal for renewal in own if renewal.terms_before and stretch.ready),
            key=lambda own: own.begin,
            default=None,
        )
        if renewal := by_supply or by_terms:
            most = ends[number] - stretch.begin.lines
            lines_before = begins.get(place)
            found.append(Segment(place, following, stretch, most, lines_before, renewal.why, by_supply, by_terms))
    return found


def still_to_renew(segments: Sequence[Segment], place: Place) -> list[Renewal]:
    """Return the renewals of segments from a place on: the segments of one renewal that touch are one again."""
    after = [segment for segment in segments if segment.end is None or segment.end > place]
    return [
        *_joined(((segment, segment.by_supply) for segment in after), place),
        *_joined(((segment, segment.by_terms) for segment in after), place),
    ]


def _joined(segments: Iterable[tuple[Segment, Renewal | None]], place: Place) -> list[Renewal]:
    found: list[tuple[Renewal, Renewal]] = []
    for segment, renewal in segments:
        if renewal is None:
            continue
        begin = max(segment.begin, place)
        if found and found[-1][0] is renewal and found[-1][1].end == begin:
            found[-1] = (renewal, replace(found[-1][1], end=segment.end))
        else:
            found.append((renewal, replace(renewal, begin=begin, end=segment.end)))
    return [own for _, own in found]
