"""Where each supply ends in the queue, and which lines an event moves."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from services.allocation.domain.boundaries import (
    START,
    Boundaries,
    Boundary,
    Delta,
    Mark,
    Ranking,
    Stretch,
    Target,
    ends_after,
    overlaid,
    ranked,
    ready_on,
    shift_boundaries,
    stretches,
    targets,
    with_units_left,
)
from services.allocation.domain.line import WaitingLine
from services.allocation.domain.place import Place
from services.allocation.domain.supply import Supply, known_as
from shared.testing.builders import a_day
from tests.unit.allocation.kept_queue import Kept, gone
from tests.unit.allocation.queues import a_truck, a_waiting, a_window, in_line

A_10_TO_30, B_12_TO_13 = a_truck("A", 3, 10, 30), a_truck("B", 4, 12, 13)


def at(minute: int) -> Place:
    """Return the place of the line that joined then."""
    return a_waiting(chr(ord("a") + minute), minute=minute).place


def rule_state(queue: Sequence[WaitingLine], *supplies: Supply) -> Kept:
    kept = Kept()
    kept.hear(supplies, *queue)
    return kept


def ending(*ends: Mark, day: int = 20) -> Boundaries:
    """Return supplies 0, 1 … that end there in both rankings, each a day after the one before."""
    boundaries = [Boundary(("inbound", f"{n}"), a_day(day + n), 1, end) for n, end in enumerate(ends)]
    return {"latest": boundaries, "earliest": boundaries}


def nearest(known: Boundaries, waiting: Mark, *units: int) -> list[Mark]:
    """Return from where the ends of supplies of so many units are searched."""
    supplies = [a_truck(f"{n}", number, n + 1, n + 1) for n, number in enumerate(units)]
    return [target.nearest for target in targets(supplies, known, waiting)["latest"]]


def places(kept: Kept, ranking: Ranking) -> list[tuple[str, Mark]]:
    return [(boundary.supply[1], boundary.end) for boundary in kept.boundaries[ranking]]


def test_supplies_are_ranked_by_their_latest_and_by_their_earliest() -> None:
    assert [supply.supply_id for supply in ranked([A_10_TO_30, B_12_TO_13], "latest")] == ["B", "A"]
    assert [supply.supply_id for supply in ranked([B_12_TO_13, A_10_TO_30], "earliest")] == ["A", "B"]
    assert (ready_on(A_10_TO_30, "latest"), ready_on(A_10_TO_30, "earliest")) == (a_day(30), a_day(10))


def test_supplies_of_one_day_are_ranked_by_name_and_empty_ones_left_out() -> None:
    supplies = [a_truck("2"), a_truck("1"), a_truck("0", units=0)]
    assert [supply.supply_id for supply in ranked(supplies, "latest")] == ["1", "2"]


def test_a_supply_ends_at_the_first_line_it_does_not_complete() -> None:
    kept = rule_state(in_line(3, 3, 3), A_10_TO_30, B_12_TO_13)
    assert places(kept, "latest") == [("B", Mark(at(1), 3, 1)), ("A", Mark(at(2), 6, 2))]
    assert places(kept, "earliest") == [("A", Mark(at(1), 3, 1)), ("B", Mark(at(2), 6, 2))]


def test_a_supply_that_completes_every_line_ends_with_the_queue() -> None:
    kept = rule_state(in_line(3, 3), a_truck(units=6))
    assert places(kept, "latest") == [("asn-1", Mark(None, 6, 2))]
    assert places(rule_state(in_line(3, 3), a_truck(units=5)), "latest") == [("asn-1", Mark(at(1), 3, 1))]


def test_a_line_is_served_by_the_first_supply_that_ends_after_it() -> None:
    kept = rule_state(in_line(3, 3, 3), A_10_TO_30, B_12_TO_13)
    assert list(kept.windows.values()) == [a_window(10, 13), a_window(12, 30), None]
    assert [known_as(kept.stretch(line).supply) for line in kept.queue] == ["B", "A", None]


@pytest.mark.parametrize(("end", "place", "after"), [(2, 1, True), (1, 1, False), (0, 1, False)])
def test_an_end_lies_after_earlier_places_only(end: int, place: int, after: bool) -> None:
    assert ends_after(Mark(at(end), 0, 0), Mark(at(place), 0, 0)) is after


def test_the_start_lies_before_every_line() -> None:
    assert (START.units, START.lines) == (0, 0)
    assert START.place is not None
    assert START.place < a_waiting("", line="", queue_at=datetime(1, 1, 3, tzinfo=UTC)).place


def test_the_end_of_the_queue_lies_after_every_place() -> None:
    end = Mark(None, 9, 9)
    assert ends_after(end, START)
    assert ends_after(end, end)
    assert not ends_after(START, end)


def test_a_change_shifts_the_ends_behind_it() -> None:
    was = ending(Mark(at(1), 10, 3), Mark(at(3), 20, 5), Mark(None, 30, 8))
    now = shift_boundaries(was, [Delta(at(2), 4, 1), Delta(at(0), -2, -1), Delta(at(4), 5, 0)])
    assert [boundary.end for boundary in now["latest"]] == [Mark(at(1), 8, 2), Mark(at(3), 22, 5), Mark(None, 37, 8)]
    assert now["earliest"] == now["latest"]
    assert [(boundary.supply[1], boundary.ready_on, boundary.units) for boundary in now["latest"]] == [
        ("0", a_day(20), 1), ("1", a_day(21), 1), ("2", a_day(22), 1),
    ]  # fmt: skip


def test_a_change_at_the_place_of_an_end_does_not_shift_it() -> None:
    (boundary,) = shift_boundaries(ending(Mark(at(1), 10, 3)), [Delta(at(1), 4, 1), Delta(at(1), 2, 0)])["latest"]
    assert boundary.end == Mark(at(1), 10, 3)


def test_a_search_counts_the_units_of_a_supply_and_those_before_it() -> None:
    wanted = targets([A_10_TO_30, B_12_TO_13, a_truck("none", 0)], {}, Mark(None, 9, 3))
    assert said(wanted, "latest") == [("B", a_day(13), 4, 4), ("A", a_day(30), 3, 7)]
    assert said(wanted, "earliest") == [("A", a_day(10), 3, 3), ("B", a_day(12), 4, 7)]


def said(wanted: Mapping[Ranking, Sequence[Target]], ranking: Ranking) -> list[tuple[object, ...]]:
    return [(target.supply[1], target.ready_on, target.units, target.total) for target in wanted[ranking]]


def test_a_search_begins_where_fewest_units_have_to_be_walked() -> None:
    known = ending(Mark(at(1), 10, 2), Mark(at(2), 20, 4))
    end = Mark(None, 100, 20)
    assert nearest(known, end, 4) == [START]
    assert nearest(known, end, 6) == [Mark(at(1), 10, 2)]
    assert nearest(known, end, 14) == [Mark(at(1), 10, 2)]
    assert nearest(known, end, 16) == [Mark(at(2), 20, 4)]
    assert nearest(known, end, 20) == [Mark(at(2), 20, 4)]
    assert nearest(known, end, 59, 2) == [Mark(at(2), 20, 4), end]


def test_ends_of_either_ranking_help_to_find_both() -> None:
    known: Boundaries = {"latest": [], "earliest": [Boundary(("inbound", "x"), a_day(1), 1, Mark(at(1), 10, 2))]}
    assert nearest(known, Mark(None, 100, 20), 11) == [Mark(at(1), 10, 2)]


def test_a_completed_queue_needs_no_walk() -> None:
    end = Mark(None, 100, 20)
    assert nearest(ending(Mark(at(1), 99, 19)), end, 99, 1, 50) == [Mark(at(1), 99, 19), end, end]
    assert nearest({}, end, 100) == [end]


@pytest.mark.parametrize("minute", range(20))
def test_a_search_ends_with_the_queue_when_its_last_line_left(minute: int) -> None:
    """The place of a line that left, with all who wait before it, counts the same as the end."""
    end = Mark(None, 100, 20)
    assert nearest(ending(Mark(at(minute), 100, 20)), end, 100) == [end]


def test_the_queue_is_cut_where_another_supply_completes_the_lines() -> None:
    first, second, third = stretches(rule_state(in_line(3, 3, 3), A_10_TO_30, B_12_TO_13).boundaries)
    assert first == Stretch(START, at(1), a_window(10, 13), ("inbound", "B"), 0)
    assert second == Stretch(Mark(at(1), 3, 1), at(2), a_window(12, 30), ("inbound", "A"), 1)
    assert third == Stretch(Mark(at(2), 6, 2), None, None, None, 2)


def test_a_queue_without_supplies_is_one_stretch_without_a_date() -> None:
    assert stretches(rule_state(in_line(1)).boundaries) == [Stretch(START, None, None)]


def test_a_stretch_has_the_lines_from_its_beginning_up_to_its_end() -> None:
    stretch = Stretch(Mark(at(1), 3, 1), at(3), None)
    assert [stretch.has(at(minute)) for minute in range(5)] == [False, True, True, False, False]
    assert Stretch(Mark(at(1), 3, 1), None, None).has(at(9))
    assert not Stretch(Mark(None, 3, 1), None, None).has(at(9))


def test_a_supply_that_completes_nobody_leaves_its_units_to_the_next() -> None:
    """Two units and then one are too few for a line of four; with the third truck it ships."""
    trucks = [a_truck("1", 2, 10, 10), a_truck("2", 1, 11, 11), a_truck("3", 9, 12, 12)]
    kept = rule_state(in_line(4, 1), *trucks)
    assert [end for _, end in places(kept, "latest")] == [Mark(at(0), 0, 0), Mark(at(0), 0, 0), Mark(None, 5, 2)]
    assert list(kept.windows.values()) == [a_window(12, 12)] * 2


def test_a_release_is_counted_from_the_first_line_that_its_supply_completes() -> None:
    trucks = [a_truck("1", 2, 10, 10), a_truck("2", 3, 9, 20), a_truck("3", 2, 30, 31)]
    kept = rule_state(in_line(1, 1, 1, 1, 1, 1), *trucks)
    assert [kept.stretch(line).lines_before for line in kept.queue] == [0, 0, 2, 2, 2, 5]
    assert [known_as(kept.stretch(line).supply) for line in kept.queue] == ["1", "1", "2", "2", "2", "3"]


def changed(before: Boundaries, after: Boundaries) -> list[Stretch]:
    """Return the stretches that are ready on other days than before."""
    return [stretch for stretch, was_ready in overlaid(after, before) if stretch.ready != was_ready]


def test_only_stretches_with_another_window_have_changed() -> None:
    mark, other = Mark(at(1), 3, 1), Mark(at(2), 6, 2)
    before = ending(mark, other)
    assert changed(before, before) == []
    (moved,) = changed(before, ending(other, other))
    assert moved == Stretch(mark, at(2), a_window(20, 20), ("inbound", "0"), 0)
    (late,) = changed(before, ending(mark, Mark(None, 9, 3)))
    assert late == Stretch(other, None, a_window(21, 21), ("inbound", "1"), 1)


def test_lines_without_supplies_have_changed_to_no_date() -> None:
    end = Mark(None, 9, 3)
    assert changed(ending(end), {"latest": [], "earliest": []}) == [Stretch(START, None, None)]
    assert changed({"latest": [], "earliest": []}, ending(end)) == [
        Stretch(START, None, a_window(20, 20), ("inbound", "0"))
    ]


def test_a_line_that_leaves_moves_only_the_lines_that_get_its_units() -> None:
    queue, trucks = in_line(2, 2, 2, 2), [a_truck("1", 4, 10, 10), a_truck("2", 2, 20, 20)]
    step = rule_state(queue, *trucks).hear(trucks, gone(queue[0]))
    assert [(stretch.begin.place, stretch.end, stretch.ready) for stretch in step.moved] == [
        (at(2), at(3), a_window(10, 10)), (at(3), None, a_window(20, 20)),
    ]  # fmt: skip


def test_a_line_that_joins_at_the_end_moves_nobody() -> None:
    """No supply is left for it, and none ends elsewhere than it did."""
    trucks = [a_truck("1", 2, 10, 10)]
    assert rule_state(in_line(1, 1, 1), *trucks).hear(trucks, a_waiting("z", 1, 9)).moved == []


def test_when_nobody_waits_nothing_is_searched_and_no_supply_ends_anywhere() -> None:
    (line,) = in_line(1)
    kept = rule_state([line], a_truck())
    assert kept.hear([a_truck()], gone(line)).wanted == {"latest": [], "earliest": []}
    assert kept.boundaries == {"latest": [], "earliest": []}


def test_units_that_landed_and_are_left_for_the_next_slice_count_with_their_supply() -> None:
    day = a_day(22)
    before = [Boundary(("inbound", name), day, units, Mark(None, 9, 9)) for name, units in (("a", 5), ("b", 4))]
    supplies = [a_truck("a", 0), a_truck("b", 4), a_truck("new", 1)]
    assert [supply.units for supply in with_units_left(supplies, before, 3)] == [3, 4, 1]
    assert [supply.units for supply in with_units_left(supplies, before, 9)] == [5, 4, 1], "no more than it had"
    assert with_units_left(supplies, before, 0) == supplies
