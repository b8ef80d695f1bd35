"""Units in rework are a supply, and its window was fixed the day they were posted."""

from dataclasses import replace

from services.allocation.domain.rework import add, put_to_rework, take
from services.allocation.domain.supply import Supply
from shared.testing.builders import a_day
from tests.unit.allocation.queues import WEEKDAYS, a_window


def posted(day: int, units: int, cause: str = "dock/1") -> Supply:
    return put_to_rework(units, a_day(day), WEEKDAYS, cause)


def left(reworked: list[Supply]) -> list[tuple[str, int]]:
    return [(rework.supply_id, rework.units) for rework in reworked]


def test_rework_takes_one_to_five_working_days() -> None:
    assert posted(8, 3).ready == a_window(9, 15)
    assert (posted(8, 3).kind, posted(8, 3).cause, posted(8, 3).reason) == ("rework", "dock/1", "in rework")
    assert posted(12, 3).ready == a_window(15, 19), "Saturday and Sunday do not count"
    assert posted(13, 3).ready == a_window(15, 19)


def test_rework_of_one_day_is_one_supply_with_a_fixed_window() -> None:
    first = replace(posted(8, 2), ready=a_window(20, 21))
    (both,) = add([first], posted(8, 3, "dock/2"))
    assert (both.units, both.ready, both.cause) == (5, first.ready, "dock/1")


def test_the_oldest_units_leave_first() -> None:
    reworks = add(add([], posted(9, 3)), posted(8, 2))
    monday, tuesday = "rework/2027-03-08", "rework/2027-03-09"
    assert left(reworks) == [(monday, 2), (tuesday, 3)]
    assert left(take(reworks, 1)) == [(monday, 1), (tuesday, 3)]
    assert left(take(reworks, 4)) == [(tuesday, 1)]
    assert take(reworks, 5) == []
