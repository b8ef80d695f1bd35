"""How long supplies took, and where the time went."""

from dataclasses import replace
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.calendar import working_days_between
from services.receiving.domain.dock.lead_times import (
    Done,
    Ready,
    Step,
    lead_times,
    percentile,
    truck_time,
    units_by_supply,
)
from services.receiving.facts.window import Window
from tests.unit.receiving.scanning.docks import AMS, ASN, TEE, VITAMIN, WEEKDAYS, march

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OTHER = AsnId("asn-2")


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2027, 3, day, hour, minute, tzinfo=AMSTERDAM).astimezone(UTC)


DONE = Done(
    ASN, "mills", AMS, Window(march(10), march(11)), shipped_at=at(8), booked_for=at(11), arrived_at=at(12, 15, 40),
    begun_at=at(12, 16), first_scan_at=at(12, 16, 20), last_scan_at=at(15, 9),
)  # fmt: skip


def step(sequence: int, ready: int, rework: int = 0, supply: AsnId | None = ASN, day: int = 15) -> Step:
    return Step(f"m{sequence}", TEE, AMS, supply, sequence, at(day), ready, rework)


def ready(units: int, when: datetime, **fields: Any) -> Ready:
    return replace(Ready(ASN, TEE, when, units), **fields)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [(12, 15, 1), (12, 12, 0), (12, 13, 0), (13, 15, 1), (8, 19, 9), (15, 12, -1), (10, 8, -2)],
    ids=["Friday to Monday", "same day", "to Saturday", "from Saturday", "two weeks", "back", "two back"],
)
def test_working_days_are_counted_after_the_first(first: int, last: int, days: int) -> None:
    assert working_days_between(march(first), march(last), WEEKDAYS) == days


def test_the_percentile_is_a_value_that_was_seen() -> None:
    ten = dict.fromkeys(range(1, 11), 1)
    assert [percentile(ten, p) for p in (10, 50, 90, 100)] == [1, 5, 9, 10]
    assert percentile({3: 1}, 90) == 3
    assert percentile({1: 99, 7: 1}, 90) == 1
    with pytest.raises(ValueError, match="nothing"):
        percentile({}, 50)


@given(st.lists(st.integers(-5, 40), min_size=2, max_size=80))
def test_the_percentile_agrees_with_the_standard_library(values: list[int]) -> None:
    """Both lie between the same neighbours; the library interpolates where we take a value that was seen."""
    weights = {value: values.count(value) for value in values}
    cuts, ordered = quantiles(values, n=10, method="inclusive"), sorted(values)
    for percent, cut in ((10, cuts[0]), (50, cuts[4]), (90, cuts[8])):
        ours = percentile(weights, percent)
        assert sum(v <= ours for v in values) * 100 >= percent * len(values)
        assert sum(v < ours for v in values) * 100 < percent * len(values)
        place = ordered.index(ours)
        before, after = ordered[max(0, place - 1)], ordered[min(len(values) - 1, place + values.count(ours))]
        assert before <= cut <= after


def test_units_are_ready_when_the_ledger_has_them_sellable() -> None:
    assert units_by_supply([step(1, 6), step(2, 4, supply=OTHER)]) == (
        [ready(6, at(15)), ready(4, at(15), supply_id=OTHER)],
        set(),
    )


def test_units_leave_rework_in_the_order_they_went_in() -> None:
    steps = [step(1, 0, 5), step(2, 0, 3, supply=OTHER), step(3, 4, -4, supply=None, day=16)]
    assert units_by_supply(steps[::-1]) == ([ready(4, at(16), reworked=True)], {ASN, OTHER})
    steps.append(step(4, 2, -3, supply=None, day=17))
    assert units_by_supply(steps) == (
        [
            ready(4, at(16), reworked=True),
            ready(1, at(17), reworked=True),
            ready(1, at(17), reworked=True, supply_id=OTHER),
        ],
        {OTHER},
    )


def test_units_that_rework_could_not_mend_are_never_ready() -> None:
    assert units_by_supply([step(1, 0, 5), step(2, 0, -5, supply=None)]) == ([], set())


def test_units_of_nobody_in_rework_keep_their_turn() -> None:
    steps = [step(1, 0, 2, supply=None), step(2, 0, 2), step(3, 3, -3, supply=None)]
    assert units_by_supply(steps) == ([ready(1, at(15), reworked=True)], {ASN})


def test_friday_afternoon_to_monday_morning_is_one_working_day() -> None:
    truck = truck_time(DONE, [ready(10, at(15, 10))], WEEKDAYS, AMSTERDAM)
    assert truck is not None
    assert (truck.docked_to_ready, truck.booked_to_ready, truck.eta_error) == (1, 2, 1)
    assert (truck.eta_earliest_to_ready, truck.eta_latest_to_ready) == (3, 2)
    assert (truck.waiting_minutes, truck.unloading_minutes, truck.rework_minutes) == (20, 20, None)
    assert truck.counting_minutes == 2 * 24 * 60 + 16 * 60 + 40


def test_the_last_unit_counts_and_so_does_each_unit() -> None:
    readies = [ready(90, at(12, 17)), ready(8, at(15)), ready(2, at(18), reworked=True)]
    truck = truck_time(DONE, readies, WEEKDAYS, AMSTERDAM)
    assert truck is not None
    assert (truck.docked_to_ready, truck.ready_days) == (4, {0: 90, 1: 8, 4: 2})
    assert truck.rework_minutes == 3 * 24 * 60


@pytest.mark.parametrize(("day", "error"), [(9, -1), (10, 0), (11, 0), (15, 2)])
def test_an_eta_is_missed_outside_its_dates(day: int, error: int) -> None:
    truck = truck_time(replace(DONE, arrived_at=at(day)), [ready(1, at(16))], WEEKDAYS, AMSTERDAM)
    assert truck is not None
    assert truck.eta_error == error


def test_an_unknown_leg_stays_unknown() -> None:
    silent = Done(ASN, "mills", AMS, Window(march(10), march(11)))
    truck = truck_time(silent, [ready(1, at(15))], WEEKDAYS, AMSTERDAM)
    assert truck is not None
    assert (truck.docked_to_ready, truck.booked_to_ready, truck.eta_error, truck.ready_days) == (None, None, None, {})
    assert truck.eta_latest_to_ready == 2
    (time,) = lead_times(silent, [ready(1, at(15))], WEEKDAYS, AMSTERDAM)
    assert (time.ordered_to_ready, time.shipped_to_docked, time.docked_to_ready) == (None, None, None)


def test_every_leg_from_order_to_sellable_is_measured_by_sku() -> None:
    done = replace(DONE, ordered_at={TEE: at(1)}, due_on={TEE: march(11)})
    readies = [ready(4, at(15)), ready(6, at(16)), ready(1, at(15), sku=VITAMIN)]
    tee, vitamin = lead_times(done, readies, WEEKDAYS, AMSTERDAM)
    assert (tee.units, tee.ready_at, tee.due_to_ready) == (10, at(16), 3)
    legs = (tee.ordered_to_shipped, tee.shipped_to_docked, tee.docked_to_ready, tee.ordered_to_ready)
    assert legs == (5, 4, 2, 11)
    assert (vitamin.units, vitamin.docked_to_ready, vitamin.ordered_to_ready) == (1, 1, None)


def test_a_truck_is_as_late_as_its_most_overdue_purchase_order() -> None:
    done = replace(DONE, due_on={TEE: march(11), VITAMIN: march(5)})
    readies = [ready(4, at(15)), ready(1, at(15), sku=VITAMIN)]
    truck = truck_time(done, readies, WEEKDAYS, AMSTERDAM)
    assert truck is not None
    assert truck.due_to_ready == 6
    silent = truck_time(DONE, readies, WEEKDAYS, AMSTERDAM)
    assert silent is not None
    assert silent.due_to_ready is None


def test_a_truck_of_which_nothing_became_sellable_teaches_nothing() -> None:
    assert truck_time(DONE, [], WEEKDAYS, AMSTERDAM) is None
    assert truck_time(DONE, [ready(4, at(15)), ready(-4, at(15))], WEEKDAYS, AMSTERDAM) is None
    assert lead_times(DONE, [ready(4, at(15)), ready(-4, at(15))], WEEKDAYS, AMSTERDAM) == []
