"""Who gets which units."""

from services.allocation.domain.match import Match, for_sale, match
from services.allocation.domain.ship_together import allocate
from tests.unit.allocation.queues import THE_8TH, a_lot, a_truck, a_waiting, in_line, still_waiting, who_got


def test_demand_end_to_end_is_laid_against_supply_end_to_end() -> None:
    """The picture in the design: A 3, B 5, C 2 against lots of 4 and 3, then ASN 9."""
    queue, lots = in_line(3, 5, 2), [a_lot("lot 1", 4), a_lot("lot 2", 3)]
    granted = allocate(queue, lots, THE_8TH)
    assert who_got(granted) == [("a", "lot 1", 3), ("b", "lot 1", 1), ("b", "lot 2", 3)]
    rest = still_waiting(queue, granted)
    coming = match(rest, [a_truck("asn 9", 10)], lambda _, __: True)
    assert who_got(coming) == [("b", "asn 9", 1), ("c", "asn 9", 2)]


def test_the_first_in_line_is_served_first_and_the_last_gets_the_rest() -> None:
    assert who_got(allocate(in_line(2, 2, 2), [a_lot(units=3)], THE_8TH)) == [("a", "L1", 2), ("b", "L1", 1)]


def test_a_big_old_order_is_not_passed_over_for_small_new_ones() -> None:
    assert who_got(allocate(in_line(50, 1, 1), [a_lot(units=20)], THE_8TH)) == [("a", "L1", 20)]


def test_lots_that_expire_first_leave_first() -> None:
    lots = [a_lot("never", 1), a_lot("late", 1, expires=30), a_lot("soon", 1, expires=20)]
    assert [lot for _, lot, _ in who_got(allocate(in_line(3), lots, THE_8TH))] == ["soon", "late", "never"]


def test_lots_of_one_expiry_leave_in_the_order_of_their_numbers() -> None:
    lots = [a_lot("b", 1, expires=20), a_lot("a", 1, expires=20)]
    assert [lot for _, lot, _ in who_got(allocate(in_line(2), lots, THE_8TH))] == ["a", "b"]


def test_a_line_gets_no_unit_with_less_than_its_minimum_life() -> None:
    patient = a_waiting(units=1, min_life_days=12)  # must live until the 20th
    assert allocate([patient], [a_lot(expires=19)], THE_8TH) == []
    assert who_got(allocate([patient], [a_lot(expires=20)], THE_8TH)) == [("o1", "L1", 1)]


def test_a_lot_may_leave_on_its_last_day_and_not_after_it() -> None:
    assert allocate(in_line(1), [a_lot(expires=8)], THE_8TH)
    assert not allocate(in_line(1), [a_lot(expires=7)], THE_8TH)


def test_a_lot_that_does_not_fit_the_first_in_line_serves_the_next() -> None:
    queue = [a_waiting("strict", 1, 0, min_life_days=20), a_waiting("easy", 1, 1)]
    lots = [a_lot("short", 1, expires=15), a_lot("long", 1, expires=31)]
    assert who_got(allocate(queue, lots, THE_8TH)) == [("strict", "long", 1), ("easy", "short", 1)]


def test_a_line_that_no_lot_fits_keeps_its_place_and_gets_nothing() -> None:
    queue = [a_waiting("strict", 1, 0, min_life_days=30), a_waiting("easy", 1, 1)]
    granted = allocate(queue, [a_lot(units=5, expires=15)], THE_8TH)
    assert who_got(granted) == [("easy", "L1", 1)]
    assert [line.order_id for line in still_waiting(queue, granted)] == ["strict"]


def test_a_partly_served_line_waits_for_the_rest_at_its_old_place() -> None:
    queue = in_line(5, 1)
    (first, second) = still_waiting(queue, allocate(queue, [a_lot(units=3)], THE_8TH))
    assert (first.order_id, first.units, first.place) == ("a", 2, queue[0].place)
    assert second == queue[1]


def test_a_line_served_from_two_lots_leaves_the_queue_once() -> None:
    queue = in_line(4)
    assert still_waiting(queue, allocate(queue, [a_lot("a", 2), a_lot("b", 2)], THE_8TH)) == []


def test_two_lines_of_one_order_are_two_lines() -> None:
    queue = [a_waiting("o", 1, line="1"), a_waiting("o", 1, line="2")]
    (left,) = still_waiting(queue, allocate(queue, [a_lot(units=1)], THE_8TH))
    assert left.line == ("o", "2")


def test_units_that_a_line_does_not_take_go_to_the_next() -> None:
    queue, lots = in_line(3, 1), [a_lot("1", 1), a_lot("2", 3)]

    def got(most: int) -> list[tuple[str, str, int]]:
        return who_got(allocate(queue, lots, THE_8TH, lambda _, units: min(units, most)))

    assert got(2) == [("a", "1", 1), ("a", "2", 1), ("b", "2", 1)]
    assert got(0) == []
    assert got(1) == [("a", "1", 1), ("b", "2", 1)]


def test_ties_go_to_the_order_complete_first_then_to_the_lower_name() -> None:
    line = a_waiting("b", line="1")
    earlier = a_waiting("z", completed_at=a_waiting(minute=-1).completed_at)
    assert sorted([a_waiting("b", line="2"), line, a_waiting("a", line="9"), earlier], key=lambda w: w.place) == [
        earlier, a_waiting("a", line="9"), line, a_waiting("b", line="2"),
    ]  # fmt: skip


def test_a_head_start_counts_before_completion() -> None:
    ahead = a_waiting("z", minute=5, queue_at=a_waiting(minute=-1).queue_at)
    assert min(a_waiting("a"), ahead, key=lambda line: line.place) is ahead


def test_free_units_too_short_lived_for_a_new_customer_are_not_for_sale() -> None:
    lots = [a_lot("gone", 3, expires=7), a_lot("short", 4, expires=10), a_lot("long", 5, expires=31)]
    assert for_sale(lots, [], 0, THE_8TH) == 9
    assert for_sale(lots, [], 5, THE_8TH) == 5


def test_units_that_lines_just_got_are_not_for_sale() -> None:
    short, long = a_lot("short", 4, expires=10), a_lot("long", 5, expires=31)
    grants = [Match(a_waiting(), short, 4), Match(a_waiting(), long, 2)]
    assert for_sale([short, long], grants, 5, THE_8TH) == 3
    assert for_sale([short, long], grants, 0, THE_8TH) == 3
