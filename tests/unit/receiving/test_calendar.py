"""Working days decide when the units of a truck are ready to ship."""

from datetime import date

import pytest

from services.receiving.domain.calendar import Calendar, add_working_days, dates_in_words, ready_window
from services.receiving.facts.window import Window
from tests.unit.receiving.scanning.docks import WEEKDAYS, march


@pytest.mark.parametrize(
    ("day", "days", "then"),
    [(8, 0, 8), (8, 1, 9), (12, 1, 15), (10, 6, 18), (13, 1, 15), (13, 0, 13)],
    ids=["none", "next day", "over a weekend", "six", "from a Saturday", "none from a Saturday"],
)
def test_counts_working_days(day: int, days: int, then: int) -> None:
    assert add_working_days(march(day), days, WEEKDAYS) == march(then)


def test_skips_holidays() -> None:
    calendar = Calendar(frozenset(range(1, 6)), frozenset({march(9), march(10)}))
    assert add_working_days(march(8), 1, calendar) == march(11)


def test_a_truck_is_ready_one_to_six_working_days_after_it_is_due() -> None:
    assert ready_window(Window(march(9), march(10)), WEEKDAYS) == Window(march(10), march(18))


def test_a_truck_due_on_friday_is_not_ready_on_saturday() -> None:
    assert ready_window(Window(march(12), march(12)), WEEKDAYS) == Window(march(15), march(22))


@pytest.mark.parametrize(
    ("due", "text"),
    [
        ((march(12), march(12)), "12 March"),
        ((march(12), march(14)), "12–14 March"),
        ((march(30), date(2027, 4, 2)), "30 March – 2 April"),
    ],
)
def test_dates_are_written_as_people_say_them(due: tuple[date, date], text: str) -> None:
    assert dates_in_words(Window(*due)) == text
