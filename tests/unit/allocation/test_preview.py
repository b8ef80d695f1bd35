"""What is told in the end counts, losers first."""

from datetime import date
from typing import Any

from services.allocation.domain.page import Break, Page
from services.allocation.domain.preview import LineChange, LineNews, PageSummary, changes, page_summary, totals
from services.allocation.domain.window import Window

KEY = ("TEE-M", "ams")
A, B = ("a", "1"), ("b", "1")


def days(earliest: int, latest: int) -> Window:
    return Window(date(2027, 3, earliest), date(2027, 3, latest))


def told(line: tuple[str, str], what: Any, units: int = 2, before: Any = None, after: Any = None) -> LineNews:
    return LineNews(line, KEY, units, what, before, after)


def summary(some: list[LineChange]) -> list[tuple[str, str, int, int]]:
    return [(change.what, change.order_id, change.units, change.days) for change in some]


def test_losers_are_listed_before_gainers() -> None:
    found = changes(
        [
            told(A, "released"),
            told(("c", "1"), "promised", 1, days(9, 10), days(9, 12)),
            told(("d", "1"), "promised", 1, days(9, 10), days(9, 20)),
            told(("e", "1"), "promised", 1, days(9, 10), None),
            told(B, "lost"),
        ]
    )
    assert summary(found) == [
        ("loses_units", "b", 2, 0),
        ("loses_date", "e", 1, 0),
        ("later", "d", 1, 10),
        ("later", "c", 1, 2),
        ("released", "a", 2, 0),
    ]


def test_units_that_are_given_and_taken_again_count_for_nothing() -> None:
    assert changes([told(A, "released", 3), told(A, "lost", 3)]) == []
    assert summary(changes([told(A, "released", 3), told(A, "lost", 1)])) == [("released", "a", 2, 0)]


def test_a_date_that_moves_twice_is_compared_with_the_first() -> None:
    there = told(A, "promised", 2, days(9, 10), days(15, 16))
    further, back = (
        told(A, "promised", 2, days(15, 16), days(16, 17)),
        told(A, "promised", 2, days(15, 16), days(9, 10)),
    )
    assert summary(changes([there, further])) == [("later", "a", 2, 7)]
    assert changes([there, back]) == []


def test_totals_count_every_kind_of_change() -> None:
    found = totals(changes([told(A, "released", 5), told(B, "promised", 1, days(9, 10), days(7, 8))]))
    assert (found["released"].lines, found["released"].units) == (1, 5)
    assert (found["earlier"].lines, found["earlier"].days) == (1, -2)
    assert found["loses_units"].lines == 0


def test_a_first_date_and_a_lost_one_are_named_with_their_ranges() -> None:
    (first,) = changes([told(A, "promised", 3, None, days(9, 10))])
    assert (first.what, first.units, first.before, first.after, first.days) == ("first_date", 3, None, days(9, 10), 0)
    (loss,) = changes([told(A, "promised", 3, days(9, 10), None)])
    assert (loss.what, loss.units, loss.before, loss.after, loss.days) == ("loses_date", 3, days(9, 10), None, 0)


def test_a_move_is_named_with_both_ranges_and_its_days() -> None:
    (later,) = changes([told(A, "promised", 2, days(9, 10), days(9, 11))])
    assert (later.what, later.before, later.after, later.days) == ("later", days(9, 10), days(9, 11), 1)
    (sooner,) = changes([told(A, "promised", 2, days(9, 10), days(7, 10))])
    assert (sooner.what, sooner.days) == ("earlier", -2)


def test_units_in_two_parts_are_summed() -> None:
    assert summary(changes([told(A, "lost", 3), told(A, "lost", 1)])) == [("loses_units", "a", 4, 0)]
    assert summary(changes([told(A, "released", 1)])) == [("released", "a", 1, 0)]


def test_two_pages_are_compared_by_state_units_and_first_ship_date() -> None:
    page = Page("backorder", 0, (Break(5, days(9, 10)),), 5)
    assert page_summary(page) == PageSummary("backorder", 0, 5, date(2027, 3, 10))
