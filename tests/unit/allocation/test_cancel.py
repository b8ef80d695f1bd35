"""What a change of an order takes: what waits, then what is not released, then what the floor can still stop."""

from dataclasses import replace
from typing import Any

import pytest

from services.allocation.domain.cancel import LineState, cancel, give_back, line_after, owned_without, units_stopped
from services.allocation.domain.line import PlacedLine
from services.allocation.domain.stock_loss import OwnedUnits, OwnershipChange
from shared.testing.builders import MONDAY, a_day

LINE = ("o1", "1")


def owns(units: int, lot: str = "L1", expires: int | None = None, *, released: bool = False) -> OwnedUnits:
    return OwnedUnits(MONDAY, MONDAY, *LINE, lot, a_day(expires) if expires else None, units, 0, released)


def a_line(waiting: int = 0, *owned: OwnedUnits, **fields: Any) -> LineState:
    """Return a line that ordered ten."""
    placed = PlacedLine(*LINE, "TEE-M", "ams", 10, 0, 1900, MONDAY, MONDAY)
    return LineState(placed, **{"shipped": 0, "cancelled": 0, "waiting": waiting, "owned": owned, **fields})


def lost(units: int, lot: str = "L1", expires: int | None = None, *, released: bool = False) -> OwnershipChange:
    return OwnershipChange(LINE, lot, "revoked", -units, released, a_day(expires) if expires else None, lot)


@pytest.mark.parametrize(
    ("units", "waiting", "unreleased", "stop", "refused"),
    [(2, 2, 0, 0, 0), (3, 2, 1, 0, 0), (5, 2, 3, 0, 0), (6, 2, 3, 1, 0), (9, 2, 3, 4, 0), (12, 2, 3, 4, 3)],
)  # fmt: skip
def test_a_cancel_takes_units_that_nobody_has_in_hand_first(
    units: int, waiting: int, unreleased: int, stop: int, refused: int
) -> None:
    taken = cancel(a_line(2, owns(3), owns(4, released=True), shipped=1), units)
    assert (taken.waiting, list(taken.changes)) == (waiting, [lost(unreleased)] if unreleased else [])
    assert (taken.stop, taken.cancelled) == (stop, waiting + unreleased)
    assert units - taken.stop - taken.cancelled == refused


def test_the_floor_is_asked_to_stop_each_unit_once() -> None:
    taken = cancel(a_line(0, owns(2, "L1", released=True), owns(2, "L2", released=True), stopping=3), 5)
    assert (taken.cancelled, taken.stop) == (0, 1)


def test_units_given_back_are_those_that_expire_last() -> None:
    owned_units = [owns(1, "L1", 20), owns(2, "L3"), owns(3, "L2", 30), owns(1, "L4")]
    assert give_back(owned_units, 5) == [lost(1, "L4"), lost(2, "L3"), lost(2, "L2", 30)]
    assert give_back(owned_units) == [lost(1, "L4"), lost(2, "L3"), lost(3, "L2", 30), lost(1, "L1", 20)]
    assert give_back(owned_units, 0) == []


def test_only_units_on_the_floor_are_put_back() -> None:
    line = a_line(0, owns(2, "L1"), owns(3, "L2", released=True))
    assert units_stopped(line, 2) == [lost(2, "L2", released=True)]
    assert units_stopped(line, 9) == [lost(3, "L2", released=True)]


def test_taken_units_are_gone_from_the_line() -> None:
    line = a_line(2, owns(3), owns(4, released=True), cancelled=1, stopping=1)
    left = line_after(line, cancel(line, 7))
    assert left == replace(line, waiting=0, cancelled=6, owned=(owns(4, released=True),), stopping=3)
    assert left.wanted == 4
    assert line_after(line, cancel(line, 3)).owned == (owns(2), owns(4, released=True))


def test_each_change_takes_from_its_own_lot_released_or_not() -> None:
    owned = (owns(3), owns(4, released=True), owns(5, "L2"))
    assert owned_without(owned, [lost(1), lost(4, released=True), lost(2, "L2"), lost(1)]) == (owns(1), owns(3, "L2"))
