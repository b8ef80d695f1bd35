"""What stock covers of lines that cannot be released yet, what that is kept for, and what they are promised."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.allocation.domain.claim import (
    Claim,
    KeptFor,
    claims,
    first_latest,
    fits_until,
    idle,
    in_one_queue,
    may_go,
    may_stay,
    must_promise,
    orders_ahead,
)
from services.allocation.domain.line import WaitingLine
from services.allocation.domain.match import Match
from services.allocation.domain.promise import Promise, PromiseTerms, ready_at_once
from services.allocation.domain.release import Release, releases
from services.allocation.domain.ship_together import Grants, Group, OpenLine
from shared.testing.builders import a_day
from tests.unit.allocation.queues import THE_8TH, WEEKDAYS, a_lot, a_waiting, a_window

TEES, MUGS = ("TEE", "ams"), ("MUG", "ams")


def a_claim(order: str, units: int = 1, kept_for: KeptFor | None = "load", minute: int = 0, **fields: Any) -> Claim:
    return Claim(a_waiting(order, fields.pop("of", units), minute, **fields), units, kept_for)


def grants_of(*lines: tuple[WaitingLine, int]) -> list[Match[Any]]:
    return [Match(line, a_lot(), units) for line, units in lines]


def group(*lines: tuple[str, int], **fields: Any) -> Sequence[OpenLine]:
    """Return the lines of order o: SKU and units that they want."""
    return [OpenLine(("o", sku), (sku, "ams"), units, **fields) for sku, units in lines]


@pytest.mark.parametrize(
    ("free", "claimed", "latest", "stay"),
    [(3, 3, 8, True), (3, 3, None, True), (4, 3, 8, False), (2, 3, 8, False), (3, 3, 7, False)],
    ids=["all are claimed", "none has a day", "units are free", "units are missing", "a day is over"],
)
def test_claims_stay_while_nothing_changes_for_them(free: int, claimed: int, latest: int | None, stay: bool) -> None:
    lots = [a_lot("old", 1, expires=9), a_lot("new", free - 1)]
    assert may_stay(lots, claimed, 1, a_day(latest) if latest else None, THE_8TH) is stay


def test_claims_are_decided_anew_once_a_lot_is_too_old_for_one() -> None:
    lots = [a_lot("old", 1, expires=9), a_lot("new", 2)]
    assert may_stay(lots, 3, 1, None, THE_8TH)
    assert not may_stay(lots, 3, 2, None, THE_8TH)
    easy, strict = a_claim("easy", min_life_days=1), a_claim("strict", minute=1, min_life_days=5)
    lots = [a_lot("L1", expires=20), a_lot("L2", expires=12), a_lot("L3")]
    assert fits_until([easy], lots, THE_8TH) == a_day(11)
    assert fits_until([strict], lots, THE_8TH) == a_day(15), "the second is too old for it already"
    assert fits_until([easy, strict], lots, a_day(11)) == a_day(11)
    assert fits_until([a_claim("gone", 0, None, of=1, min_life_days=1)], lots, THE_8TH) is None
    assert fits_until([easy], [a_lot("L3")], THE_8TH) is None


def test_covered_lines_and_the_next_in_line_stand_in_one_queue_each_once() -> None:
    a, b, c = (a_waiting(name, 1, minute) for minute, name in enumerate("abc"))
    assert in_one_queue([a, c], [b, c]) == [a, b, c]
    assert in_one_queue([], [b, c]) == [b, c]


def test_an_order_may_go_once_each_of_its_lines_is_decided_and_got_all() -> None:
    tee, mug = a_waiting("o", 2, line="TEE"), a_waiting("o", 1, line="MUG")
    groups: dict[Group, Sequence[OpenLine]] = {"o": group(("TEE", 2), ("MUG", 1))}
    both: Grants = {TEES: grants_of((tee, 2)), MUGS: grants_of((mug, 1))}
    all_of_it, none = {tee.line: 2, mug.line: 1}, {tee.line: 0, mug.line: 0}
    assert may_go(groups, both) == all_of_it
    assert may_go(groups, {**both, TEES: grants_of((tee, 1))}) == none
    assert may_go(groups, {TEES: both[TEES]}) == none, "the mugs are not decided"
    assert may_go(groups, {TEES: both[TEES], MUGS: ()}) == none, "there are no mugs"
    other = a_waiting("p", 1, line="TEE")
    two = {**groups, "p": [OpenLine(other.line, TEES, 1)]}
    assert may_go(two, {TEES: grants_of((tee, 2), (other, 1)), MUGS: both[MUGS]}) == {**all_of_it, other.line: 1}
    assert may_go({"o": []}, both) == {}


def test_whole_bundles_may_go_and_nothing_that_is_only_covered_elsewhere() -> None:
    tee, mug = a_waiting("o", 3, line="TEE"), a_waiting("o", 6, line="MUG")
    tees, mugs = OpenLine(tee.line, TEES, 3, per=1), OpenLine(mug.line, MUGS, 6, per=2)
    kits: Group = ("o", "1")
    got: Grants = {TEES: grants_of((tee, 3)), MUGS: grants_of((mug, 5))}
    assert may_go({kits: [tees, mugs]}, got) == {tee.line: 2, mug.line: 4}
    covered = OpenLine(mug.line, MUGS, 0, claimed=4, per=2)
    assert may_go({kits: [tees, covered]}, {TEES: got[TEES]}) == {tee.line: 1, mug.line: 0}
    assert may_go({"o": [OpenLine(tee.line, TEES, 3), OpenLine(mug.line, MUGS, 0, claimed=4)]}, {TEES: got[TEES]}) == {
        tee.line: 0, mug.line: 0,
    }  # fmt: skip


def test_what_ships_together_is_released_as_far_as_it_is_whole_and_all_else_at_once() -> None:
    alone, tee = a_waiting("a", 1), a_waiting("o", 2, line="TEE")
    grants: Grants = {TEES: grants_of((alone, 1), (tee, 2))}

    def released(units: int) -> list[tuple[str, int]]:
        return [(release.line.order_id, release.units) for release in releases(grants, {tee.line: units})[TEES]]

    assert [released(units) for units in (0, 1, 2)] == [[("a", 1)], [("a", 1), ("o", 1)], [("a", 1), ("o", 2)]]


def test_units_of_several_lots_are_one_release_of_a_line() -> None:
    line, after = a_waiting("a", 3), a_waiting("b", 1, 1)
    grants = [Match(line, a_lot("1"), 1), Match(line, a_lot("2"), 2), Match(after, a_lot("2"), 1)]
    both: Grants = {TEES: grants, MUGS: ()}
    assert releases(both, {}) == {TEES: [Release(line, grants[:2], 3), Release(after, grants[2:], 1)], MUGS: []}
    (first, _) = releases(both, {line.line: 2})[TEES]
    assert first == Release(line, [grants[0], Match(line, a_lot("2"), 1)], 2), "what expires first goes first"
    three = [Match(line, a_lot(name), 2) for name in "abc"]
    (in_part,) = releases({TEES: three}, {line.line: 5})[TEES]
    assert in_part == Release(line, [*three[:2], Match(line, a_lot("c"), 1)], 5)


def test_what_is_covered_and_not_released_is_kept_for_its_rest_or_for_a_load() -> None:
    alone, tee, gone, lost = (
        a_waiting("a", 3),
        a_waiting("o", 2, line="TEE"),
        a_waiting("g", 1, claimed=1),
        a_waiting("l", 2, claimed=2),
    )
    queues = {TEES: [alone, tee, gone, lost, a_waiting("never", 1)]}
    grants: Grants = {TEES: grants_of((alone, 1), (alone, 1), (tee, 2), (gone, 1))}
    released = {TEES: [Release(gone, grants_of((gone, 1)), 1)]}
    assert claims(queues, grants, released, {tee.line: 0}, {})[TEES] == [
        Claim(alone, 2, "load"),
        Claim(tee, 2, "rest"),
        Claim(lost, 0, None),
    ]
    assert claims(queues, grants, released, {tee.line: 2}, {})[TEES][1] == Claim(tee, 2, "load")


def test_nobody_claims_anything_where_all_is_released_and_everybody_does_where_nothing_is() -> None:
    tee, mug = a_waiting("o", 2, line="TEE"), a_waiting("o", 1, line="MUG")
    queues, grants = {TEES: [tee], MUGS: [mug]}, {TEES: grants_of((tee, 2)), MUGS: grants_of((mug, 1))}
    assert claims(queues, grants, {TEES: [Release(tee, (), 2)]}, {}, {}) == {MUGS: [Claim(mug, 1, "load")]}
    assert claims(queues, grants, {}, {}, {}) == {TEES: [Claim(tee, 2, "load")], MUGS: [Claim(mug, 1, "load")]}
    lost = a_waiting("l", 1, claimed=1)
    assert claims({TEES: [lost]}, {}, {}, {}, {}) == {TEES: [Claim(lost, 0, None)]}


def test_what_is_left_of_a_line_that_is_released_in_part_is_kept_for_its_rest_unless_a_load_keeps_more() -> None:
    tee, all_gone = a_waiting("o", 9, line="TEE"), a_waiting("p", 4, claimed=4)
    queues, grants = {TEES: [tee, all_gone]}, {TEES: grants_of((tee, 7), (all_gone, 2))}
    released = {TEES: [Release(tee, (), 3), Release(all_gone, (), 2)]}
    assert claims(queues, grants, released, {tee.line: 3}, {}) == {TEES: [Claim(tee, 4, "rest", 3)]}
    assert claims(queues, grants, released, {tee.line: 5}, {}) == {TEES: [Claim(tee, 4, "load", 3)]}


def test_free_units_are_idle_once_everybody_who_may_have_some_has_all() -> None:
    line = a_waiting("a", 2)
    lots = [a_lot("short", 2, expires=9), a_lot("long", 3)]
    assert idle(lots, grants_of((line, 2)), [line], 0, THE_8TH) == 5
    assert idle(lots, [Match(line, lots[0], 2)], [line], 0, THE_8TH) == 3
    assert idle(lots, [Match(line, lots[0], 2)], [line], 5, THE_8TH) == 3, "a new customer wants five days"
    assert idle(lots, [Match(line, lots[0], 1)], [line], 0, THE_8TH) == 0
    assert idle(lots, (), [a_waiting("a", 2, together=True)], 0, THE_8TH) == 5


@pytest.mark.parametrize(
    ("claim", "promised"),
    [
        (a_claim("a", 2), True),
        (a_claim("a", 2, claimed=2), False),
        (a_claim("a", 2, claimed=2, promised=a_window(6, 7)), True),
        (a_claim("a", 2, claimed=2, promised=a_window(6, 8)), False),
        (a_claim("a", 2, "rest", claimed=2), False),
        (a_claim("a", 1, "rest", of=2), False),
        (a_claim("a", 0, None, of=2), False),
        (Claim(a_waiting("a", 3, claimed=1), 2, "load", released=1), True),
        (Claim(a_waiting("a", 4, claimed=1), 2, "load", released=1), False),
    ],
    ids=[
        "new",
        "as before",
        "its day is over",
        "its day is today",
        "goes with a rest",
        "in part",
        "no more",
        "all but what is released",
        "a part of what is not released",
    ],
)
def test_a_line_that_is_covered_whole_is_promised_when_that_is_new(claim: Claim, promised: bool) -> None:
    assert must_promise(claim, THE_8TH) is promised


def test_orders_that_wait_for_a_load_anew_go_after_those_that_wait_already() -> None:
    new = {TEES: [a_claim("b", minute=2), a_claim("c", minute=1)], MUGS: [a_claim("b", minute=0)]}
    assert orders_ahead(new, {"ams": 5}) == {("ams", "b"): 3, ("ams", "c"): 4}
    assert orders_ahead(new, {}) == {("ams", "b"): 0, ("ams", "c"): 1}
    assert orders_ahead({TEES: [a_claim("a", 1, "rest")]}, {"ams": 5}) == {}


def test_the_first_day_that_a_covered_line_is_promised_counts_what_is_promised_now() -> None:
    a, b = a_claim("a", promised=a_window(9, 10)), a_claim("b", promised=a_window(9, 12))
    assert first_latest([a, b], ()) == a_day(10)
    assert first_latest([a, b], [Promise(a.line, a_window(9, 15), None, None)]) == a_day(12)
    assert first_latest([a_claim("a", 0, None, of=1, promised=a_window(9, 10)), a_claim("c")], ()) is None


def test_the_load_of_today_is_full() -> None:
    assert ready_at_once(PromiseTerms(WEEKDAYS, a_day(12))) == a_window(15, 15), "on Friday it is Monday's"
