"""What leaves the queues when units are released."""

from services.allocation.domain.boundaries import Delta
from services.allocation.domain.claim import Claim
from services.allocation.domain.queue_change import QueueChange, served
from services.allocation.domain.release import Release
from tests.unit.allocation.queues import a_waiting

TEES = ("TEE", "ams")


def test_a_line_that_got_all_leaves_and_one_that_got_a_part_waits_for_the_rest() -> None:
    whole, part = a_waiting("a", 2, unit_price=5), a_waiting("b", 4, 1, unit_price=3)
    came_to = served({TEES: [Release(whole, (), 2), Release(part, (), 1)]}, {})
    change = QueueChange([Delta(whole.place, -2, -1), Delta(part.place, -1, 0)], -13, 0)
    assert came_to.changes == {TEES: change}
    assert came_to.whole == {whole.line}


def test_what_stock_covered_was_not_counted_as_waiting() -> None:
    covered, half = a_waiting("a", 2, claimed=2, unit_price=5), a_waiting("b", 4, 1, claimed=3, unit_price=5)
    came_to = served({TEES: [Release(covered, (), 2), Release(half, (), 3)]}, {})
    assert came_to.changes[TEES] == QueueChange([Delta(covered.place, 0, 0), Delta(half.place, 0, 0)], 0, -5)


def test_a_line_that_stock_covers_no_more_waits_for_those_units_too() -> None:
    line = a_waiting("a", 5, claimed=3)
    came_to = served({TEES: [Release(line, (), 1)]}, {})
    assert came_to.changes[TEES] == QueueChange([Delta(line.place, 2, 0)], 0, -3)
    assert came_to.uncovered == {line.line}


def test_stock_covers_what_is_kept_of_a_line_that_is_released_in_part() -> None:
    line, other = a_waiting("a", 5, claimed=1, unit_price=2), a_waiting("b", 9, 1, claimed=9)
    as_before = a_waiting("c", 3, 2, claimed=1)
    claims = {TEES: [Claim(line, 3, "rest", released=2), Claim(other, 9, "load")]}
    came_to = served({TEES: [Release(line, (), 2), Release(as_before, (), 1)]}, claims)
    changes = [Delta(line.place, -4, -1), Delta(as_before.place, 0, 0)]
    assert came_to.changes[TEES] == QueueChange(changes, -8, 1)
    assert came_to.whole == came_to.uncovered == set()
