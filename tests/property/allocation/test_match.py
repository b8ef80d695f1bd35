"""Matching equals counting units out one by one, loses none, and passes nobody over."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import Match, for_sale
from services.allocation.domain.ship_together import allocate
from services.allocation.domain.supply import Supply
from tests.effort import cases
from tests.property.allocation.positions import lots, queues, random_lots, random_queue, supplies
from tests.unit.allocation.queues import (
    EVERY_DAY,
    THE_8TH,
    WEEKDAYS,
    a_lot,
    full_match,
    in_line,
    promised,
    still_waiting,
)

many = settings(max_examples=cases(200), deadline=None)
Owner = tuple[LineKey, str]


def fits(line: WaitingLine, lot: FreeLot, ships_on: date) -> bool:
    return lot.expires_on is None or (lot.expires_on - ships_on).days >= line.min_life_days


def one_by_one(queue: Sequence[WaitingLine], lots: Sequence[FreeLot], ships_on: date) -> Counter[Owner]:
    """Match slowly on purpose: the first in line takes a unit of what expires first, until nobody can."""
    owned: Counter[Owner] = Counter()
    left = {lot.lot: lot.units for lot in lots}
    wanted = {line.line: line.units for line in queue}
    while True:
        could = [
            (line.place, lot.expires_on or date.max, lot.lot, line.line)
            for line in queue
            for lot in lots
            if wanted[line.line] and left[lot.lot] and fits(line, lot, ships_on)
        ]
        if not could:
            return owned
        _, _, lot_id, line_id = min(could)
        owned[line_id, lot_id] += 1
        wanted[line_id] -= 1
        left[lot_id] -= 1


def owners(grants: Sequence[Match[FreeLot]]) -> Counter[Owner]:
    return Counter({(grant.line.line, grant.source.lot): grant.units for grant in grants})


@many
@given(queues, lots)
def test_matching_equals_counting_units_out_one_by_one(queue: list[WaitingLine], free: list[FreeLot]) -> None:
    granted = allocate(queue, free, THE_8TH)
    assert owners(granted) == one_by_one(queue, free, THE_8TH)
    assert len(owners(granted)) == len(granted)


def test_matching_equals_the_slow_reference_on_thousands_of_queues() -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for case in range(cases(10_000)):
        queue, free = random_queue(chance), random_lots(chance)
        assert owners(allocate(queue, free, THE_8TH)) == one_by_one(queue, free, THE_8TH), (seed, case)


@many
@given(queues, lots)
def test_no_unit_is_lost_and_none_has_two_owners(queue: list[WaitingLine], free: list[FreeLot]) -> None:
    granted = allocate(queue, free, THE_8TH)
    assert all(grant.units > 0 for grant in granted)
    by_lot: Counter[str] = Counter()
    for grant in granted:
        by_lot[grant.source.lot] += grant.units
    assert all(by_lot[lot.lot] <= lot.units for lot in free)
    left = still_waiting(queue, granted)
    assert sum(line.units for line in queue) == sum(line.units for line in left) + by_lot.total()
    assert sum(lot.units for lot in free) == for_sale(free, granted, -99, THE_8TH) + by_lot.total()


@many
@given(queues, lots)
def test_no_line_gets_a_unit_that_fits_an_earlier_line_still_waiting(
    queue: list[WaitingLine], free: list[FreeLot]
) -> None:
    granted = allocate(queue, free, THE_8TH)
    left = still_waiting(queue, granted)
    assert [line.place for line in left] == sorted(line.place for line in left)
    for grant in granted:
        earlier = [line for line in left if line.place < grant.line.place]
        assert not any(fits(line, grant.source, THE_8TH) for line in earlier)


@many
@given(queues, lots, st.integers(0, 3))
def test_matching_again_grants_nothing(queue: list[WaitingLine], free: list[FreeLot], days_later: int) -> None:
    granted = allocate(queue, free, THE_8TH)
    taken = Counter({lot: 0 for _, lot in owners(granted)})
    for (_, lot), units in owners(granted).items():
        taken[lot] += units
    rest = [FreeLot(lot.lot, lot.expires_on, lot.units - taken[lot.lot]) for lot in free]
    assert allocate(still_waiting(queue, granted), rest, THE_8TH + timedelta(days_later)) == []


@many
@given(queues, lots)
def test_no_line_gets_a_lot_while_one_that_expires_earlier_and_fits_is_free(
    queue: list[WaitingLine], free: list[FreeLot]
) -> None:
    granted = allocate(queue, free, THE_8TH)
    left = {lot.lot: lot.units for lot in free}
    for grant in granted:
        left[grant.source.lot] -= grant.units
        skipped = [lot for lot in free if left[lot.lot] and fits(grant.line, lot, THE_8TH)]
        taken = grant.source.expires_on or date.max
        assert all((lot.expires_on or date.max) >= taken for lot in skipped)


@many
@given(queues, supplies, st.sampled_from([EVERY_DAY, WEEKDAYS]))
@example(in_line(1, 1), [], EVERY_DAY)
def test_promises_of_lines_that_join_together_are_monotone_along_the_queue(
    queue: list[WaitingLine], coming: list[Supply], calendar: Calendar
) -> None:
    promises = promised(queue, *coming, calendar=calendar)
    assert [p.line.line for p in promises] == [line.line for line in queue]
    dated = [p.after for p in promises if p.after]
    assert [p.after for p in promises[: len(dated)]] == dated, "who has no date is behind all who have one"
    assert [w.earliest for w in dated] == sorted(w.earliest for w in dated)
    assert [w.latest for w in dated] == sorted(w.latest for w in dated)
    assert all(THE_8TH <= w.earliest <= w.latest for w in dated)


@many
@given(queues, supplies)
def test_a_supply_is_ready_on_the_day_by_which_enough_units_are_there_for_all_up_to_the_line(
    queue: list[WaitingLine], coming: list[Supply]
) -> None:
    """Said without matching: the earliest day on which what is ready covers the line and all before it."""
    wanted = 0
    for line, (ready, _) in zip(queue, full_match(queue, coming), strict=True):
        wanted += line.units
        latest = day_covering(wanted, [(s.ready.latest, s.units) for s in coming])
        earliest = day_covering(wanted, [(s.ready.earliest, s.units) for s in coming])
        assert (ready and ready.latest, ready and ready.earliest) == (latest, earliest)


def day_covering(wanted: int, arrivals: Sequence[tuple[date, int]]) -> date | None:
    days = sorted({day for day, _ in arrivals})
    enough: Callable[[date], bool] = lambda by: sum(n for day, n in arrivals if day <= by) >= wanted  # noqa: E731
    return next((day for day in days if enough(day)), None)


def test_the_slow_reference_can_tell_a_wrong_answer() -> None:
    right = one_by_one(in_line(1, 1), [a_lot(units=1)], THE_8TH)
    assert right == Counter({(("a", "1"), "L1"): 1})
