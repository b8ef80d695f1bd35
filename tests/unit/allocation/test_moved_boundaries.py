"""Who moves when what comes, or who waits, changes: exactly those whose dates do."""

from msgspec.structs import replace

from services.allocation.domain.line import WaitingLine
from services.allocation.domain.supply import Supply
from tests.unit.allocation.kept_queue import Kept, gone
from tests.unit.allocation.queues import WEEKDAYS, a_truck, a_waiting, a_window, in_line, promised_from, ranges


def holding(queue: list[WaitingLine], *supplies: Supply) -> Kept:
    """Return the lines with what they are promised by these supplies."""
    kept = Kept()
    kept.promises(supplies, *queue)
    return kept


def test_a_line_that_joined_without_supply_is_told_nothing_more_while_none_comes() -> None:
    kept = holding(in_line(1))
    assert kept.promises([a_truck(units=0)]) == []


def test_the_first_date_of_a_line_that_had_none_is_a_move() -> None:
    (moved,) = holding(in_line(1)).promises([a_truck()])
    assert (moved.before, moved.after, moved.told, moved.joined) == (None, a_window(16, 22), True, False)


def test_a_line_without_supplies_loses_its_range() -> None:
    (withdrawn,) = holding(in_line(1), a_truck()).promises([])
    assert (withdrawn.before, withdrawn.after, withdrawn.told) == (a_window(16, 22), None, True)
    assert withdrawn.supply is None


def test_days_that_pass_move_nobody() -> None:
    trucks = [a_truck(units=1), a_truck("asn-2", 5, 23, 26)]
    assert holding(in_line(1, 1), *trucks).promises(trucks, first=a_window(25, 25).latest) == []


def test_a_moved_window_moves_exactly_its_lines() -> None:
    kept = holding(in_line(1, 1, 1), a_truck(units=1), a_truck("asn-2", 2, 23, 24))
    moved = kept.promises([a_truck(units=1), a_truck("asn-2", 2, 26, 29)])
    assert ranges(moved) == {"b": (26, 29), "c": (26, 29)}
    assert {m.before for m in moved} == {a_window(23, 24)}
    assert all(m.told for m in moved)


def test_a_truck_that_slips_behind_another_moves_only_lines_whose_dates_change() -> None:
    kept = holding(in_line(1, 1), a_truck("1", 1, 10, 12), a_truck("2", 1, 20, 22))
    moved = kept.promises([a_truck("1", 1, 25, 27), a_truck("2", 1, 20, 22)])
    assert ranges(moved) == {"a": (20, 22), "b": (25, 27)}
    assert promised_from(moved) == ["2", "1"]


def test_a_supply_pulled_in_moves_the_oldest_lines_first() -> None:
    kept = holding(in_line(1, 1), a_truck("1", 1, 10, 12), a_truck("2", 1, 20, 22))
    assert ranges(kept.promises([a_truck("1", 1, 10, 12), a_truck("2", 1, 9, 9)])) == {"a": (9, 9), "b": (10, 12)}


def test_another_truck_with_the_same_window_moves_nobody() -> None:
    """A purchase order is replaced by its ASN with the same dates."""
    kept = holding(in_line(3), a_truck("po-1/1"))
    assert kept.promises([a_truck("asn-1")]) == []
    assert kept.stretch(kept.queue[0]).supply == ("inbound", "asn-1")


def test_a_window_that_moves_within_a_closed_weekend_tells_nobody() -> None:
    kept = Kept()
    kept.promises([a_truck("asn-1", 5, 12, 13)], *in_line(1), calendar=WEEKDAYS)
    (same,) = kept.promises([a_truck("asn-1", 5, 12, 14)], calendar=WEEKDAYS)
    assert (same.before, same.after, same.told) == (a_window(12, 15), a_window(12, 15), False)
    assert kept.windows[same.line.line] == a_window(12, 14)


def test_a_unit_that_lands_damaged_moves_only_the_last_line_that_its_truck_no_longer_covers() -> None:
    kept = holding(in_line(1, 1, 1), a_truck(units=3), a_truck("asn-2", 5, 25, 26))
    assert ranges(kept.promises([a_truck(units=2), a_truck("asn-2", 5, 25, 26)])) == {"c": (25, 26)}


def test_a_served_line_leaves_the_promises_behind_it_alone() -> None:
    queue = in_line(2, 2)
    kept = holding(queue, a_truck(units=3), a_truck("asn-2", 5, 25, 26))
    assert kept.promises([a_truck(units=1), a_truck("asn-2", 5, 25, 26)], gone(queue[0])) == []


def test_a_line_that_joins_before_others_moves_the_lines_whose_units_it_takes() -> None:
    trucks = [a_truck(units=2), a_truck("asn-2", 5, 25, 26)]
    promises = holding(in_line(1, 1), *trucks).promises(trucks, a_waiting("first", 1, -1))
    assert ranges(promises) == {"first": (16, 22), "b": (25, 26)}
    assert [p.joined for p in promises] == [True, False]


def test_a_line_that_joins_behind_others_moves_nobody() -> None:
    trucks = [a_truck(units=2), a_truck("asn-2", 5, 25, 26)]
    assert ranges(holding(in_line(1, 1), *trucks).promises(trucks, a_waiting("z", 1, 9))) == {"z": (25, 26)}


def test_units_that_a_line_cancels_go_to_the_next_in_line() -> None:
    queue, trucks = in_line(3, 2, 2), [a_truck(units=5), a_truck("asn-2", 5, 25, 26)]
    kept = holding(queue, *trucks)
    promises = kept.promises(trucks, replace(kept.queue[0], units=1))
    assert ranges(promises) == {"a": (16, 22), "c": (16, 22)}
    assert [p.other_units for p in promises] == [True, False]
    assert kept.promises(trucks, gone(queue[1])) == []


def test_a_line_that_waits_again_is_told_though_its_range_stays() -> None:
    kept = holding(in_line(1), a_truck(units=5))
    (promise,) = kept.promises([a_truck(units=5)], replace(kept.queue[0], units=3))
    assert (promise.before, promise.after, promise.other_units, promise.told) == (
        a_window(16, 22),
        a_window(16, 22),
        True,
        True,
    )
