"""A day is asked by the node's own clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.gateway.domain.days import bounds_of


def test_a_day_in_amsterdam_begins_an_hour_before_utc() -> None:
    begins, ends = bounds_of(date(2027, 3, 8), "Europe/Amsterdam")
    assert begins == datetime(2027, 3, 7, 23, tzinfo=UTC)
    assert ends == datetime(2027, 3, 8, 23, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25)])
def test_the_days_on_which_clocks_change_are_shorter_and_longer(day: date, hours: int) -> None:
    begins, ends = bounds_of(day, "Europe/Amsterdam")
    assert ends.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=hours)
