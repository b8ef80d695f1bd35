"""Who loses when units leave: the line they left for, else nobody while any are free, else the last in line."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.allocation.domain.lot import FreeLot
from services.allocation.domain.stock_loss import (
    ChargedUnits,
    LotCorrection,
    OwnedUnits,
    OwnershipChange,
    charge,
    settle,
    sums,
)
from shared.testing.builders import MONDAY, a_day
from tests.unit.allocation.queues import THE_8TH, a_lot

A = ("a", "1")


def owns(order: str, units: int = 1, lot: str = "L1", minute: int | None = None, **fields: Any) -> OwnedUnits:
    """Return orders a, b, c … joined one minute after another."""
    at = MONDAY + timedelta(minutes=ord(order) - ord("a") if minute is None else minute)
    return OwnedUnits(at, at, order, "1", lot, None, units, **fields)


def short(lot: str, units: int) -> FreeLot:
    """Return a lot of which lines own so many more than are there."""
    return FreeLot(lot, None, -units)


def settled(
    lots: Sequence[FreeLot], *owned: OwnedUnits, corrected: Sequence[LotCorrection] = ()
) -> list[tuple[Any, ...]]:
    return said(settle(lots, owned, corrected, THE_8TH))


def charged(*owned: OwnedUnits, waiting: int = 0, ship: tuple[str, int] | None = None, pick: Any = None) -> list[Any]:
    """Ship units of a lot to order a, or let its picker miss them."""
    lot, units = ship or pick
    taking = ChargedUnits(("a", "1"), lot, units, "ship" if ship else "short")
    return said(charge(owned, {("a", "1"): waiting}, [taking]))


def said(changes: Sequence[OwnershipChange]) -> list[tuple[Any, ...]]:
    return [(change.line[0], change.change, change.lot, change.units) for change in changes]


def test_a_shipment_revokes_nobody() -> None:
    assert charged(owns("a", 3), owns("b", 2), ship=("L1", 2)) == [("a", "shipped", "L1", -2)]


def test_a_shipment_from_another_lot_leaves_the_lines_own_lot_behind() -> None:
    assert charged(owns("a", 3, "L1"), ship=("L2", 2)) == [
        ("a", "moved", "L1", -2),
        ("a", "moved", "L2", 2),
        ("a", "shipped", "L2", -2),
    ]


def test_the_owner_of_a_lot_shipped_by_mistake_owns_the_one_left() -> None:
    assert settled([short("L2", 1), a_lot("L1", 1)], owns("b", 1, "L2")) == [
        ("b", "moved", "L2", -1),
        ("b", "moved", "L1", 1),
    ]


def test_a_shipment_is_charged_to_the_lot_that_left_and_then_to_the_lines_others() -> None:
    owned = (owns("a", 2, "L1"), owns("a", 2, "L2"))
    assert charged(*owned, ship=("L2", 2)) == [("a", "shipped", "L2", -2)]
    assert charged(*owned, ship=("L2", 3)) == [
        ("a", "shipped", "L2", -2), ("a", "moved", "L1", -1), ("a", "moved", "L2", 1), ("a", "shipped", "L2", -1),
    ]  # fmt: skip


def test_a_shipment_to_an_unknown_line_takes_nothing_from_the_others() -> None:
    takings = [ChargedUnits(("nobody", "1"), "L1", 1, "ship"), ChargedUnits(A, "L1", 1, "ship")]
    assert said(charge([owns("a")], {A: 0}, takings)) == [("a", "shipped", "L1", -1)]


def test_a_waiting_line_gets_its_units_once_over_many_parcels() -> None:
    takings = [ChargedUnits(A, "L1", units, "ship") for units in (1, 5)]
    assert said(charge([], {A: 3}, takings)) == [
        ("a", "given", "L1", 1), ("a", "shipped", "L1", -1), ("a", "given", "L1", 2), ("a", "shipped", "L1", -2),
    ]  # fmt: skip


def test_a_short_beyond_what_a_line_owns_does_not_make_it_wait_for_more() -> None:
    takings = [ChargedUnits(A, "L1", 3, "short"), ChargedUnits(A, "L1", 9, "ship")]
    assert sums(charge([owns("a")], {A: 1}, takings)).shipped[A] == 2


def test_a_waiting_line_that_was_shipped_its_units_has_them() -> None:
    changes = charge([owns("a", 1)], {("a", "1"): 2}, [ChargedUnits(("a", "1"), "L1", 5, "ship")])
    came_to = sums(changes)
    assert (came_to.owned, came_to.shipped, came_to.waiting) == ({("a", "1"): -1}, {("a", "1"): 3}, {("a", "1"): -2})
    assert came_to.lots == {"L1": -1}, "the fourth and fifth were nobody's"


def test_a_pickers_short_is_taken_from_that_very_line_which_waits_again() -> None:
    assert charged(owns("a", 3), owns("b", 2), pick=("L1", 2)) == [("a", "revoked", "L1", -2)]
    changes = charge([owns("a", 3)], {("a", "1"): 0}, [ChargedUnits(("a", "1"), "L1", 2, "short")])
    assert sums(changes).waiting == {("a", "1"): 2}


def test_a_pick_that_misses_another_lot_than_allocated_is_still_that_lines() -> None:
    assert charged(owns("a", 2, "L2"), pick=("L1", 1)) == [("a", "revoked", "L2", -1)]


def test_a_short_names_the_lost_units_and_their_lot() -> None:
    owner = replace(owns("a", 2, "L2"), expires_on=a_day(20))
    assert charge([owner], {A: 0}, [ChargedUnits(A, "L1", 1, "short")]) == [
        OwnershipChange(A, "L2", "revoked", -1, expires_on=a_day(20), because="L1")
    ]


def test_shorted_units_that_were_found_are_shipped() -> None:
    takings = [ChargedUnits(("a", "1"), "L1", 1, "short"), ChargedUnits(("a", "1"), "L1", 1, "ship")]
    came_to = sums(charge([owns("a", 1)], {("a", "1"): 0}, takings))
    assert (came_to.owned[("a", "1")], came_to.shipped[("a", "1")], came_to.waiting[("a", "1")]) == (-1, 1, 0)


def test_a_count_takes_from_the_end_of_the_queue() -> None:
    owned = (owns("a", 2), owns("b", 2), owns("c", 2))
    assert settled([short("L1", 3)], *owned) == [("c", "revoked", "L1", -2), ("b", "revoked", "L1", -1)]


def test_owners_of_lost_units_get_another_free_lot_first() -> None:
    lots = [short("L1", 2), a_lot("L2", 1, expires=20), a_lot("L3", 5, expires=30)]
    assert settled(lots, owns("a"), owns("b")) == [
        ("a", "moved", "L1", -1), ("a", "moved", "L2", 1), ("b", "moved", "L1", -1), ("b", "moved", "L3", 1),
    ]  # fmt: skip


def test_an_owner_of_many_gets_another_lot_for_no_more_than_is_not_there() -> None:
    assert settled([short("L1", 1), a_lot("L2", 5)], owns("a", 3)) == [
        ("a", "moved", "L1", -1),
        ("a", "moved", "L2", 1),
    ]


def test_free_units_go_to_the_first_in_order_of_service_of_those_who_would_lose_theirs() -> None:
    assert settled([short("L1", 2), a_lot("L2", 1)], owns("a"), owns("b")) == [
        ("a", "moved", "L1", -1),
        ("a", "moved", "L2", 1),
        ("b", "revoked", "L1", -1),
    ]
    assert settled([short("L1", 1), short("L2", 1), a_lot("L3", 1)], owns("b", lot="L1"), owns("a", lot="L2")) == [
        ("a", "moved", "L2", -1),
        ("a", "moved", "L3", 1),
        ("b", "revoked", "L1", -1),
    ]


def test_who_keeps_a_missing_unit_leaves_a_free_one_that_fits_to_one_before() -> None:
    """The last may not have it, so one who could keep all has it, and the last keeps the unit that is there."""
    old = a_lot("L2", 1, expires=10)
    assert settled([short("L1", 1), old], owns("a"), owns("b", min_life_days=30)) == [
        ("a", "moved", "L1", -1),
        ("a", "moved", "L2", 1),
    ]
    assert settled([short("L1", 1), a_lot("L2", 1)], owns("a"), owns("b")) == [
        ("b", "moved", "L1", -1),
        ("b", "moved", "L2", 1),
    ], "the first is not touched without need"


def test_each_change_names_its_expiry_and_the_missing_lot() -> None:
    owner = replace(owns("a", 2), expires_on=a_day(20))
    assert settle([short("L1", 2), a_lot("L2", 1)], [owner], [], THE_8TH) == [
        OwnershipChange(A, "L1", "moved", -1),
        OwnershipChange(A, "L2", "moved", 1),
        OwnershipChange(A, "L1", "revoked", -1, expires_on=a_day(20), because="L1"),
    ]


def test_a_lot_that_would_not_live_long_enough_replaces_nothing() -> None:
    lots = [short("L1", 1), a_lot("L2", 1, expires=10)]
    assert settled(lots, owns("a", min_life_days=30)) == [("a", "revoked", "L1", -1)]
    assert settled(lots, owns("a", min_life_days=2))[-1] == ("a", "moved", "L2", 1)


def test_the_last_in_line_gives_up_another_lot_for_one_before() -> None:
    lots = [short("L1", 1), FreeLot("L2", a_day(30), 0)]
    assert settled(lots, owns("a", 1, "L1"), owns("b", 1, "L2")) == [
        ("b", "revoked", "L2", -1), ("a", "moved", "L1", -1), ("a", "moved", "L2", 1),
    ]  # fmt: skip
    strict = owns("a", 1, "L1", min_life_days=60)
    assert settled(lots, strict, owns("b", 1, "L2")) == [("a", "revoked", "L1", -1)], "L2 is of no use to it"


def test_a_line_that_gives_up_a_lot_is_told_of_the_missing_one() -> None:
    changes = settle([short("L1", 1), a_lot("L2", 0)], [owns("a"), owns("b", 1, "L2")], [], THE_8TH)
    assert changes[0] == OwnershipChange(("b", "1"), "L2", "revoked", -1, because="L1")


def test_the_last_in_line_gives_up_what_each_line_before_lacks() -> None:
    lots = [short("L1", 2), a_lot("L2", 0)]
    assert settled(lots, owns("a"), owns("b"), owns("c", 3, "L2")) == [
        ("c", "revoked", "L2", -1), ("b", "moved", "L1", -1), ("b", "moved", "L2", 1),
        ("c", "revoked", "L2", -1), ("a", "moved", "L1", -1), ("a", "moved", "L2", 1),
    ]  # fmt: skip


def test_the_last_in_line_gives_up_no_more_than_is_missing() -> None:
    lots = [short("L1", 1), a_lot("L2", 0)]
    assert settled(lots, owns("a", 2), owns("b", 2, "L2")) == [
        ("b", "revoked", "L2", -1), ("a", "moved", "L1", -1), ("a", "moved", "L2", 1),
    ]  # fmt: skip


def test_a_line_gives_up_the_units_that_another_gave_up_for_it() -> None:
    """Whoever loses all, loses what it was moved to as well, before anyone in front of it loses."""
    owned = (owns("a", 3, "B"), owns("b", 2, "B"), owns("b", 1, "A"), owns("c", 1, "A"))
    changes = settle([short("B", 4), a_lot("A", 0)], owned, (), THE_8TH)
    came_to = sums(changes)
    assert {line[0]: units for line, units in came_to.owned.items() if units} == {"b": -3, "c": -1}
    assert came_to.lots == {"B": -4, "A": 0}


def test_no_line_gives_up_a_lot_for_itself() -> None:
    lots = [short("L1", 1), a_lot("L2", 0)]
    assert settled(lots, owns("a", 1, "L2"), owns("a", 1, "L1")) == [("a", "revoked", "L1", -1)]


def test_a_lot_typo_revokes_nobody() -> None:
    lots = [short("L1", 3), FreeLot("L7", a_day(9), 3)]
    corrected = [LotCorrection("L1", "L7", 3)]
    owned = (owns("a", 2, min_life_days=30), owns("b"))
    changes = settled(lots, *owned, corrected=corrected)
    assert {change for _, change, _, _ in changes} == {"moved"}
    assert Counter({(order, lot): units for order, _, lot, units in changes if units > 0}) == {
        ("a", "L7"): 2, ("b", "L7"): 1,
    }  # fmt: skip


def test_no_more_units_follow_a_corrected_lot_than_carry_it() -> None:
    lots = [short("L1", 2), FreeLot("L7", a_day(9), 2)]
    strict = (owns("a", min_life_days=30), owns("b", min_life_days=30))
    assert settled(lots, *strict, corrected=[LotCorrection("L1", "L7", 1)]) == [
        ("b", "moved", "L1", -1), ("b", "moved", "L7", 1), ("a", "revoked", "L1", -1),
    ]  # fmt: skip


def test_no_more_units_follow_a_corrected_lot_than_are_not_there() -> None:
    lots = [short("L1", 1), a_lot("L7", 2)]
    assert settled(lots, owns("a", 3), corrected=[LotCorrection("L1", "L7", 2)]) == [
        ("a", "moved", "L1", -1), ("a", "moved", "L7", 1),
    ]  # fmt: skip


def test_no_unit_changes_owner_while_no_lot_is_short() -> None:
    assert settled([a_lot("L1", 0), a_lot("L2", 4)], owns("a", 3, "L1")) == []
