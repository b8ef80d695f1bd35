"""Which lines of a queue are promised anew, in parts: none twice, none forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.allocation.domain.boundaries import FIRST, START, Mark, Stretch
from services.allocation.domain.place import Place
from services.allocation.domain.promise import PromiseTerms
from services.allocation.domain.renewal import Renewal, Segment, segments, still_to_renew
from services.allocation.domain.why import Why
from shared.testing.builders import MONDAY
from tests.unit.allocation.queues import EVERY_DAY, THE_8TH, a_waiting, a_window

SLIP, OTHER, HOLIDAY = (Why(reason, "", None) for reason in ("slip", "other", "holiday"))
TERMS = PromiseTerms(EVERY_DAY, THE_8TH)


def at(minute: int) -> Place:
    """Return the place of a line."""
    moment = MONDAY + timedelta(minutes=minute)
    return (moment, moment, f"o{minute}", "1")


# Ten lines: the first four are ready on the 10th, three on the 20th, and nothing comes for the last three.
QUEUE = [
    Stretch(START, at(4), a_window(10, 10), ("inbound", "near")),
    Stretch(Mark(at(4), 8, 4), at(7), a_window(20, 20), ("inbound", "far"), 4),
    Stretch(Mark(at(7), 14, 7), None, None, None, 7),
]


def cut(*renewals: Renewal) -> list[tuple[Place, Place | None, str, int, int | None]]:
    """Return begin, end, why, most lines and lines before of each segment."""
    return [
        (segment.begin, segment.end, segment.why.reason, segment.most, segment.lines)
        for segment in segments(QUEUE, 10, renewals)
    ]


def test_a_renewal_of_the_whole_queue_is_cut_where_stretches_begin() -> None:
    assert cut(Renewal(FIRST, None, SLIP)) == [
        (FIRST, at(4), "slip", 4, 0), (at(4), at(7), "slip", 3, 4), (at(7), None, "slip", 3, 7),
    ]  # fmt: skip


def test_where_a_renewal_begins_within_a_stretch_the_lines_before_it_are_not_known() -> None:
    assert cut(Renewal(at(5), at(6), SLIP)) == [(at(5), at(6), "slip", 3, None)]
    assert [segment.stretch for segment in segments(QUEUE, 10, [Renewal(at(5), at(6), SLIP)])] == [QUEUE[1]]


def test_of_supplies_the_newest_says_why_and_terms_are_asked_only_where_no_supply_changed() -> None:
    by_terms = Renewal(at(2), None, HOLIDAY, TERMS)
    assert cut(Renewal(FIRST, at(3), SLIP), Renewal(at(2), at(4), OTHER), by_terms) == [
        (FIRST, at(2), "slip", 4, 0), (at(2), at(3), "slip", 4, None), (at(3), at(4), "other", 4, None),
        (at(4), at(7), "holiday", 3, 4),
    ]  # fmt: skip


def test_terms_count_from_the_place_up_to_which_lines_were_promised_by_the_next() -> None:
    first, then = Renewal(at(2), None, HOLIDAY, TERMS), Renewal(FIRST, None, OTHER, replace(TERMS, launch_on=THE_8TH))
    assert cut(then, first) == cut(first, then) == [
        (FIRST, at(2), "other", 4, 0), (at(2), at(4), "holiday", 4, None), (at(4), at(7), "holiday", 3, 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "left"),
    [
        (FIRST, [(FIRST, None, SLIP), (at(2), at(7), HOLIDAY)]),
        (at(3), [(at(3), None, SLIP), (at(3), at(7), HOLIDAY)]),
        (at(7), [(at(7), None, SLIP)]),
        (at(8), [(at(8), None, SLIP)]),
    ],
)
def test_what_is_left_begins_at_the_first_line_that_was_not_promised(
    place: Place, left: list[tuple[Place, Place | None, Why]]
) -> None:
    of_both = segments(QUEUE, 10, [Renewal(FIRST, None, SLIP), Renewal(at(2), None, HOLIDAY, TERMS)])
    rest = still_to_renew(of_both, place)
    assert [(renewal.begin, renewal.end, renewal.why) for renewal in rest] == left
    assert [renewal.terms_before for renewal in rest] == [TERMS if why is HOLIDAY else None for *_, why in left]


def test_what_is_left_of_two_supplies_does_not_overlap() -> None:
    of_both = segments(QUEUE, 10, [Renewal(at(2), at(5), SLIP), Renewal(FIRST, at(6), OTHER)])
    assert [(renewal.begin, renewal.end, renewal.why) for renewal in still_to_renew(of_both, at(1))] == [
        (at(1), at(2), OTHER), (at(2), at(5), SLIP), (at(5), at(6), OTHER),
    ]  # fmt: skip


def test_a_change_of_a_supply_renews_every_line_and_a_change_of_terms_those_that_it_moves() -> None:
    line = a_waiting("a", 1)

    def renews(renewal: Renewal) -> bool:
        (segment, *_) = segments(QUEUE, 10, [renewal])
        return segment.renews(line, segment.stretch, 0, TERMS)

    assert renews(Renewal(FIRST, at(4), SLIP))
    assert not renews(Renewal(FIRST, at(4), HOLIDAY, TERMS))
    assert renews(Renewal(FIRST, at(4), HOLIDAY, replace(TERMS, launch_on=a_window(15, 15).latest)))
    nothing = Segment(FIRST, None, QUEUE[0], 4, 0, SLIP, None, None)
    assert not nothing.renews(line, nothing.stretch, 0, TERMS)
