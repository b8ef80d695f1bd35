"""What nothing serves yet, but will be ordered again."""

from dataclasses import replace

import pytest

from services.allocation.domain.boundaries import ranked
from services.allocation.domain.reorder import UNLIMITED, is_replenished, ranked_last, reorder_window
from shared.testing.builders import a_day
from tests.unit.allocation.queues import WEEKDAYS, a_truck, a_window

A_REORDER = replace(a_truck("reorder", UNLIMITED), ready=a_window(15, 26), kind="reorder")


@pytest.mark.parametrize(
    ("lead_time_days", "share", "relied_on"),
    [(5, None, True), (5, 80, True), (0, 100, True), (5, 79, False), (None, 100, False), (None, None, False)],
)
def test_only_a_reliable_sku_is_counted_on_as_reordered(
    lead_time_days: int | None, share: int | None, relied_on: bool
) -> None:
    assert is_replenished(lead_time_days, share, 80) is relied_on


def test_a_reorder_is_ready_after_the_lead_time_over_ten_working_days() -> None:
    assert reorder_window(a_day(8), 5, WEEKDAYS) == a_window(15, 26)
    assert reorder_window(a_day(12), 1, WEEKDAYS) == a_window(15, 26)
    assert reorder_window(a_day(12), 0, WEEKDAYS) == a_window(15, 26), "never on the day on which it is ordered"


def test_a_reorder_is_never_ready_before_the_supplies_ahead() -> None:
    others = [a_truck("near", 1, 9, 10), a_truck("far", 1, 17, 30), a_truck("brings nothing", 0, 20, 31)]
    assert ranked_last(A_REORDER, others).ready == a_window(17, 30)
    assert ranked_last(A_REORDER, []).ready == a_window(15, 26)


def test_a_real_supply_serves_before_a_reorder_of_the_same_day() -> None:
    last = ranked_last(A_REORDER, [a_truck("zz", 1, 17, 30)])
    for ranking in ("latest", "earliest"):
        assert [supply.supply_id for supply in ranked([last, a_truck("zz", 1, 17, 30)], ranking)] == ["zz", "reorder"]
