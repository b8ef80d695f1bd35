"""Dates never go backwards, and what a person must look at is what was found last."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.receiving.domain.calendar import Calendar, add_working_days, ready_window
from services.receiving.domain.discrepancies import Discrepancy, discrepancies_to_announce, discrepancy_of
from services.receiving.facts.window import Window

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
CALENDARS = st.builds(Calendar, st.frozensets(st.integers(1, 7), min_size=1), st.frozensets(DAYS))


@given(DAYS, st.integers(0, 15), st.integers(0, 15), CALENDARS)
def test_working_days_add_up(day: date, some: int, more: int, calendar: Calendar) -> None:
    then = add_working_days(day, some, calendar)
    assert add_working_days(then, more, calendar) == add_working_days(day, some + more, calendar)
    assert then == day if some == 0 else calendar.works_on(then)


@given(DAYS, st.integers(1, 15), CALENDARS)
def test_days_on_which_nobody_works_count_for_nothing(day: date, some: int, calendar: Calendar) -> None:
    assert (add_working_days(day, some, calendar) - day).days >= some
    between = (
        date.fromordinal(n) for n in range(day.toordinal() + 1, add_working_days(day, some, calendar).toordinal() + 1)
    )
    assert sum(map(calendar.works_on, between)) == some


@given(st.tuples(DAYS, DAYS).map(sorted), st.tuples(DAYS, DAYS).map(sorted), CALENDARS)
def test_a_truck_that_is_due_later_is_never_ready_earlier(
    one: list[date], other: list[date], calendar: Calendar
) -> None:
    first, second = ready_window(Window(*one), calendar), ready_window(Window(*other), calendar)
    assert first.earliest <= first.latest
    assert (one[0] < other[0]) <= (first.earliest <= second.earliest)
    assert (one[1] < other[1]) <= (first.latest <= second.latest)


@given(st.lists(st.lists(st.sampled_from(("unknown_asn", "over", "counter_reused")), max_size=4), max_size=6))
def test_an_open_discrepancy_was_found_last_or_needs_a_person(rounds: list[list[Any]]) -> None:
    known: dict[str, Discrepancy] = {}
    for now in rounds:
        news = discrepancies_to_announce(known.values(), [discrepancy_of(row, "scan", "gun/1", {}) for row in now])
        assert all(
            discrepancy.version
            == (known[discrepancy.exception_id].version if discrepancy.exception_id in known else 0) + 1
            for discrepancy in news
        )
        known |= {discrepancy.exception_id: discrepancy for discrepancy in news}
        standing = {discrepancy.exception_class for discrepancy in known.values() if discrepancy.state == "open"}
        assert standing - {"counter_reused"} == set(now) - {"counter_reused"}
    ever = {discrepancy.exception_class for discrepancy in known.values()}
    assert ("counter_reused" in ever) == any("counter_reused" in now for now in rounds)
