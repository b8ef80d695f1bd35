"""Who gets free units where some orders ship together."""

from collections.abc import Mapping, Sequence
from time import process_time
from typing import Any

import pytest

from services.allocation.domain.line import WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.position import PositionKey
from services.allocation.domain.ship_together import (
    Allocation,
    OpenLine,
    ShippingDays,
    allocate_together,
    is_soon,
    ready,
    units_given,
)
from shared.testing.builders import a_day
from tests.unit.allocation.queues import THE_8TH, a_lot, a_waiting, a_window

TEES, MUGS, CAPS = ("TEE", "ams"), ("MUG", "ams"), ("CAP", "ams")
SOON = ShippingDays(THE_8TH, a_day(13))


def of(
    position: PositionKey, order: str, units: int = 1, minute: int = 0, **fields: Any
) -> tuple[PositionKey, WaitingLine]:
    """Return a line of an order, named for its position."""
    return position, a_waiting(order, units, minute, line=position[0], **fields)


def still_open(position: PositionKey, order: str, waiting: int = 1, **fields: Any) -> OpenLine:
    return OpenLine((order, position[0]), position, waiting, **fields)


def decided(
    waiting: Sequence[tuple[PositionKey, WaitingLine]],
    free: Mapping[PositionKey, int],
    *together: OpenLine,
    more: Sequence[PositionKey] = (),
) -> Allocation:
    """Decide positions of these lines, and `more`, in one; the open lines are of orders in one parcel."""
    keys = {key for key, _ in waiting} | set(more)
    queues = {key: sorted((w for k, w in waiting if k == key), key=lambda line: line.place) for key in keys}
    lots = {key: [a_lot(units=units)] for key, units in free.items()}
    orders = {line.line[0]: [other for other in together if other.line[0] == line.line[0]] for line in together}
    every = keys | {line.position for line in together}
    return allocate_together(queues, lots, dict.fromkeys(every, SOON), orders)


def got(allocated: Allocation) -> dict[str, int]:
    """Return units by order and SKU."""
    return {"/".join(line): units for line, units in units_given(allocated.grants).items()}


def test_orders_in_any_number_of_parcels_get_the_units_there() -> None:
    allocation = decided([of(TEES, "a", 3), of(MUGS, "a", 1)], {TEES: 2})
    assert (got(allocation), allocation.passed_over) == ({"a/TEE": 2}, frozenset())


def test_both_lines_of_an_order_get_their_units_in_one_decision() -> None:
    open_lines = [still_open(TEES, "a", 2), still_open(MUGS, "a", 1)]
    allocation = decided([of(TEES, "a", 2), of(MUGS, "a", 1)], {TEES: 2, MUGS: 1}, *open_lines)
    assert (got(allocation), allocation.passed_over) == ({"a/TEE": 2, "a/MUG": 1}, frozenset())


def test_an_order_of_which_one_line_would_get_nothing_gets_nothing() -> None:
    open_lines = [still_open(TEES, "a", 2), still_open(MUGS, "a", 1)]
    assert got(decided([of(TEES, "a", 2), of(MUGS, "a", 1)], {TEES: 2}, *open_lines)) == {}


def test_an_order_of_which_one_line_would_get_a_part_gets_nothing() -> None:
    open_lines = [still_open(TEES, "a", 2), still_open(MUGS, "a", 3)]
    assert got(decided([of(TEES, "a", 2), of(MUGS, "a", 3)], {TEES: 2, MUGS: 2}, *open_lines)) == {}


def test_units_of_a_passed_over_order_go_to_the_next_in_line() -> None:
    open_lines = [still_open(TEES, "a"), still_open(MUGS, "a")]
    allocation = decided([of(TEES, "a"), of(MUGS, "a"), of(TEES, "b", 1, 1)], {TEES: 1}, *open_lines)
    assert (got(allocation), allocation.passed_over) == ({"b/TEE": 1}, frozenset({"a"}))


def test_an_order_behind_the_last_one_served_was_not_passed_over() -> None:
    open_lines = [still_open(TEES, "z"), still_open(MUGS, "z")]
    allocation = decided([of(TEES, "a"), of(TEES, "z", 1, 1), of(MUGS, "z", 1, 1)], {TEES: 5}, *open_lines)
    assert (got(allocation), allocation.passed_over) == ({"a/TEE": 1}, frozenset())


def test_an_order_between_two_that_got_something_was_passed_over() -> None:
    open_lines = [still_open(TEES, "m"), still_open(MUGS, "m")]
    waiting = [of(TEES, "a"), of(TEES, "m", 1, 1), of(MUGS, "m", 1, 1), of(TEES, "z", 1, 2)]
    allocation = decided(waiting, {TEES: 5}, *open_lines)
    assert (got(allocation), allocation.passed_over) == ({"a/TEE": 1, "z/TEE": 1}, frozenset({"m"}))


def test_an_order_that_got_something_was_not_passed_over() -> None:
    """Its mugs are promised soon, and others got mugs."""
    open_lines = [still_open(TEES, "a"), still_open(MUGS, "a", promised=a_window(9, 9))]
    waiting = [
        of(TEES, "a"),
        of(MUGS, "a", promised=a_window(9, 9), min_life_days=30),
        of(MUGS, "b", 1, 1),
    ]
    lots = {TEES: [a_lot()], MUGS: [a_lot("short", expires=12)]}
    queues = {TEES: [waiting[0][1]], MUGS: [waiting[1][1], waiting[2][1]]}
    allocation = allocate_together(queues, lots, dict.fromkeys(queues, SOON), {"a": open_lines})
    assert (got(allocation), allocation.passed_over) == ({"a/TEE": 1, "b/MUG": 1}, frozenset())


@pytest.mark.parametrize(("promised_by", "units"), [(12, {"a/TEE": 1}), (13, {"a/TEE": 1}), (14, {}), (None, {})])
def test_units_are_kept_for_a_rest_that_is_promised_soon(promised_by: int | None, units: Mapping[str, int]) -> None:
    held = of(MUGS, "a", promised=a_window(9, promised_by) if promised_by else None)
    open_lines = [still_open(TEES, "a"), still_open(MUGS, "a", promised=held[1].promised)]
    assert got(decided([of(TEES, "a"), held], {TEES: 1}, *open_lines)) == units
    assert got(decided([of(TEES, "a")], {TEES: 1}, *open_lines)) == units


def test_a_line_that_is_promised_soon_may_get_a_part_now() -> None:
    soon, late = of(TEES, "a", 3, promised=a_window(9, 13)), of(TEES, "a", 3, promised=a_window(9, 14))
    assert got(decided([soon], {TEES: 2}, still_open(TEES, "a", 3, promised=a_window(9, 13)))) == {"a/TEE": 2}
    assert got(decided([late], {TEES: 2}, still_open(TEES, "a", 3, promised=a_window(9, 14)))) == {}


def test_the_rest_may_own_its_units_already() -> None:
    open_lines = [still_open(TEES, "a"), still_open(MUGS, "a", waiting=0)]
    assert got(decided([of(TEES, "a")], {TEES: 1}, *open_lines)) == {"a/TEE": 1}


def test_units_for_the_rest_may_be_free_at_a_position_that_is_not_decided_here() -> None:
    def a_tee(free: int) -> dict[str, int]:
        return got(decided([of(TEES, "a")], {TEES: 1}, still_open(TEES, "a"), still_open(MUGS, "a", 3, free=free)))

    assert a_tee(3) == {"a/TEE": 1}
    assert a_tee(2) == {}


def test_free_units_at_a_decided_position_count_only_if_the_line_gets_them() -> None:
    """Its mugs wait for a gate, so none is given to them however many are free."""
    open_lines = [still_open(TEES, "a"), still_open(MUGS, "a", free=9)]
    assert got(decided([of(TEES, "a")], {TEES: 1, MUGS: 9}, *open_lines, more=[MUGS])) == {}


def test_every_line_elsewhere_must_be_ready() -> None:
    ready_caps, late_mugs = still_open(CAPS, "a", waiting=0), still_open(MUGS, "a")
    assert got(decided([of(TEES, "a")], {TEES: 1}, still_open(TEES, "a"), ready_caps, late_mugs)) == {}


def test_two_lines_of_one_order_at_one_position_share_its_units() -> None:
    queue = [a_waiting("a", 2, line="1"), a_waiting("a", 2, line="2"), a_waiting("b", 1, 1)]
    orders = {"a": [OpenLine(("a", "1"), TEES, 2), OpenLine(("a", "2"), TEES, 2)]}
    enough = allocate_together({TEES: queue}, {TEES: [a_lot(units=4)]}, {TEES: SOON}, orders)
    assert got(enough) == {"a/1": 2, "a/2": 2}
    too_few = allocate_together({TEES: queue}, {TEES: [a_lot(units=3)]}, {TEES: SOON}, orders)
    assert (got(too_few), too_few.passed_over) == ({"b/1": 1}, frozenset({"a"}))


def test_the_oldest_order_that_cannot_be_whole_is_left_out_first_and_the_next_gets_its_units() -> None:
    """Both want a tee and a mug; the older wants two mugs, and there is one."""
    waiting = [of(TEES, "a"), of(MUGS, "a", 2), of(TEES, "b", 1, 1), of(MUGS, "b", 1, 1)]
    open_lines = [still_open(TEES, "a"), still_open(MUGS, "a", 2), still_open(TEES, "b"), still_open(MUGS, "b")]
    allocation = decided(waiting, {TEES: 1, MUGS: 1}, *open_lines)
    assert (got(allocation), allocation.passed_over) == ({"b/TEE": 1, "b/MUG": 1}, frozenset({"a"}))


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_of_two_orders_that_need_each_others_units_the_older_is_left_out(names: tuple[str, str]) -> None:
    """The first in line for tees is the second for mugs: one of them must give way, whatever they are called."""
    older, younger = names
    waiting = [of(TEES, older, 1, 0), of(MUGS, older, 1, 6), of(MUGS, younger, 1, 1), of(TEES, younger, 1, 5)]
    open_lines = [still_open(key, line.order_id) for key, line in waiting]
    allocation = decided(waiting, {TEES: 1, MUGS: 1}, *open_lines)
    assert got(allocation) == {f"{younger}/TEE": 1, f"{younger}/MUG": 1}
    assert allocation.passed_over == {older}


def test_an_order_that_is_left_out_is_left_out_everywhere() -> None:
    waiting = [of(TEES, "a"), of(MUGS, "a"), of(CAPS, "a", 2)]
    open_lines = [still_open(TEES, "a"), still_open(MUGS, "a"), still_open(CAPS, "a", 2)]
    assert got(decided(waiting, {TEES: 1, MUGS: 1, CAPS: 1}, *open_lines)) == {}


def test_a_lot_must_live_long_enough_at_each_position_on_the_day_it_ships_there() -> None:
    queues = {key: [a_waiting("a", line=key[0], min_life_days=3)] for key in (TEES, MUGS)}
    lots: dict[PositionKey, list[FreeLot]] = {key: [a_lot(expires=12)] for key in queues}
    terms = {TEES: SOON, MUGS: ShippingDays(a_day(10), a_day(13))}
    assert got(allocate_together(queues, lots, terms, {})) == {"a/TEE": 1}


def test_an_empty_decision_gives_nothing() -> None:
    assert allocate_together({}, {}, {}, {}) == Allocation({}, frozenset())


def kits(*lines: tuple[PositionKey, int, int], **fields: Any) -> list[OpenLine]:
    """Return the components of a bundle of order a: where each waits, for how many units, and how many go into one."""
    return [still_open(key, "a", waiting, per=per, **fields) for key, waiting, per in lines]


def bundled(
    free: Mapping[PositionKey, int], lines: Sequence[OpenLine], *others: tuple[PositionKey, WaitingLine]
) -> dict[str, int]:
    """Decide positions where these components wait, and other lines behind them."""
    waiting = [of(line.position, "a", line.waiting, promised=line.promised) for line in lines]
    return got(decided([*waiting, *others], free, *lines))


def test_a_line_of_several_bundles_gets_the_whole_ones_that_the_parts_make_before_any_later_order() -> None:
    three = kits((TEES, 3, 1), (MUGS, 6, 2))
    assert bundled({TEES: 9, MUGS: 5}, three, of(MUGS, "b", 3, 1)) == {"a/TEE": 2, "a/MUG": 4, "b/MUG": 1}
    assert bundled({TEES: 1, MUGS: 9}, three, of(TEES, "b", 3, 1)) == {"a/TEE": 1, "a/MUG": 2}
    assert bundled({TEES: 3, MUGS: 1}, three, of(TEES, "b", 3, 1)) == {"b/TEE": 3}, "one mug makes no bundle"


def test_a_bundle_of_which_a_part_was_lost_is_made_whole_first() -> None:
    """One bundle is on the floor but for its mugs, and two more wait."""
    lines = kits((TEES, 2, 1), (MUGS, 6, 2))
    assert bundled({TEES: 2, MUGS: 3}, lines) == {"a/MUG": 2}
    assert bundled({TEES: 2, MUGS: 5}, lines) == {"a/TEE": 1, "a/MUG": 4}


def test_parts_are_kept_for_bundles_whose_rest_is_promised_soon() -> None:
    tees, mugs = kits((TEES, 3, 1), (MUGS, 3, 1), promised=a_window(9, 13))
    assert bundled({TEES: 3, MUGS: 1}, [tees, mugs]) == {"a/TEE": 3, "a/MUG": 1}
    (late,) = kits((CAPS, 3, 1))
    assert bundled({TEES: 3, MUGS: 1, CAPS: 2}, [tees, mugs, late]) == {"a/TEE": 2, "a/MUG": 1, "a/CAP": 2}


def test_as_many_bundles_are_tried_as_are_free_elsewhere() -> None:
    tees, mugs = kits((TEES, 3, 1), (MUGS, 6, 2))
    elsewhere = OpenLine(mugs.line, mugs.position, 4, None, free=3, claimed=2, per=2)
    assert got(decided([of(TEES, "a", 3)], {TEES: 3}, tees, elsewhere)) == {"a/TEE": 2}


def test_an_order_in_one_parcel_is_whole_or_nothing_whatever_bundles_it_has() -> None:
    waiting = [of(TEES, "a", 3), of(MUGS, "a", 6)]
    assert got(decided(waiting, {TEES: 2, MUGS: 6}, still_open(TEES, "a", 3), still_open(MUGS, "a", 6))) == {}


@pytest.mark.parametrize(("tees", "mugs"), [(1_000, 1), (1_000, 3), (1_000, 9), (1, 1), (2, 3), (1, 0)])
def test_many_orders_that_lack_the_same_part_are_left_out_in_one_go(tees: int, mugs: int) -> None:
    """A queue of a thousand that all lack a second mug is not tried a thousand times."""
    names = [f"{n:04}" for n in range(1_000)]
    waiting = [of(key, name, units, n) for n, name in enumerate(names) for key, units in ((TEES, 1), (MUGS, 2))]
    open_lines = [still_open(key, name, units) for name in names for key, units in ((TEES, 1), (MUGS, 2))]
    begun = process_time()
    served = got(decided(waiting, {TEES: tees, MUGS: mugs}, *open_lines))
    enough = process_time()
    decided(waiting, {TEES: 1_000, MUGS: 2_000}, *open_lines)
    assert served.keys() == {f"{name}/{sku}" for name in names[: mugs // 2] for sku in ("TEE", "MUG")}
    assert enough - begun < 20 * (process_time() - enough)


def test_soon_includes_its_last_day_and_never_a_line_without_a_date() -> None:
    assert [is_soon(day, SOON) for day in (a_day(13), a_day(14), None)] == [True, False, False]


def test_a_line_that_wants_no_more_or_gets_it_soon_is_ready() -> None:
    assert ready(still_open(TEES, "a", 0), SOON)
    assert ready(still_open(TEES, "a", 5, promised=a_window(9, 13)), SOON)
    assert not ready(still_open(TEES, "a", 1, promised=a_window(9, 14)), SOON)
    assert not ready(still_open(TEES, "a", 1, free=9), SOON)
