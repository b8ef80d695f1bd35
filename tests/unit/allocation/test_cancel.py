"""What a change of an order takes: what waits, then what the floor can still stop."""

from dataclasses import replace
from typing import Any

import pytest

from services.allocation.domain.cancel import LineState, cancel, line_after, owned_without, units_stopped
from services.allocation.domain.line import PlacedLine
from services.allocation.domain.stock_loss import OwnedUnits, OwnershipChange
from shared.testing.builders import MONDAY, a_day

LINE = ("o1", "1")


def owns(units: int, lot: str = "L1", expires: int | None = None) -> OwnedUnits:
    return OwnedUnits(MONDAY, MONDAY, *LINE, lot, a_day(expires) if expires else None, units)


def a_line(waiting: int = 0, *owned: OwnedUnits, **fields: Any) -> LineState:
    """Return a line that ordered ten."""
    placed = PlacedLine(*LINE, "TEE-M", "ams", 10, 0, 1900, MONDAY, MONDAY)
    return LineState(placed, **{"shipped": 0, "cancelled": 0, "waiting": waiting, "owned": owned, **fields})


def lost(units: int, lot: str = "L1", expires: int | None = None) -> OwnershipChange:
    return OwnershipChange(LINE, lot, "revoked", -units, a_day(expires) if expires else None, lot)


@pytest.mark.parametrize(
    ("units", "cancelled", "stop", "refused"), [(4, 4, 0, 0), (5, 5, 0, 0), (6, 5, 1, 0), (9, 5, 4, 0), (12, 5, 4, 3)]
)
def test_a_cancel_takes_units_that_nobody_has_in_hand_first(
    units: int, cancelled: int, stop: int, refused: int
) -> None:
    taken = cancel(a_line(5, owns(4), shipped=1), units)
    assert (taken.cancelled, taken.stop) == (cancelled, stop)
    assert units - taken.stop - taken.cancelled == refused


def test_the_floor_is_asked_to_stop_each_unit_once() -> None:
    taken = cancel(a_line(0, owns(2, "L1"), owns(2, "L2"), stopping=3), 5)
    assert (taken.cancelled, taken.stop) == (0, 1)


def test_units_that_the_floor_put_back_are_those_that_expire_last() -> None:
    owned_units = [owns(1, "L1", 20), owns(2, "L3"), owns(3, "L2", 30), owns(1, "L4")]
    assert units_stopped(owned_units, 5) == [lost(1, "L4"), lost(2, "L3"), lost(2, "L2", 30)]
    assert units_stopped(owned_units, 9) == [lost(1, "L4"), lost(2, "L3"), lost(3, "L2", 30), lost(1, "L1", 20)]
    assert units_stopped(owned_units, 0) == []


def test_taken_units_are_gone_from_the_line() -> None:
    line = a_line(5, owns(4), cancelled=1, stopping=1)
    assert line_after(line, cancel(line, 7)) == replace(line, waiting=0, cancelled=6, stopping=3)
    assert line_after(line, cancel(line, 7)).wanted == 4
    assert line_after(line, cancel(line, 3)) == replace(line, waiting=2, cancelled=4)


def test_each_change_takes_from_its_own_lot() -> None:
    assert owned_without((owns(3), owns(5, "L2")), [lost(1), lost(2, "L2"), lost(2)]) == (owns(3, "L2"),)
