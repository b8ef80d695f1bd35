"""The local clock stays within the years of which events may tell."""

from datetime import UTC, datetime

import pytest

from deploy.local.clock import move_clock
from deploy.local.places import CannotRun
from shared.contracts.fields import DateRange


async def test_the_clock_stops_a_year_before_the_last_date_that_an_event_may_tell() -> None:
    with pytest.raises(CannotRun, match="no further than the year 2198"):
        await move_clock("postgresql://nobody-is-asked", datetime(2199, 1, 1, tzinfo=UTC))
    assert DateRange.model_validate({"earliest": "2199-12-30", "latest": "2199-12-31"})
    with pytest.raises(ValueError, match="2199"):
        DateRange.model_validate({"earliest": "2199-12-31", "latest": "2200-01-01"})
