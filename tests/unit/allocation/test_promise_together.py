"""Lines that ship together are promised the latest of them, once all of their positions are decided."""

from typing import Any

import pytest

from services.allocation.domain.claim import KeptFor
from services.allocation.domain.line import LineKey
from services.allocation.domain.promise import Promise
from services.allocation.domain.promise_together import GroupPromises, TogetherLine, promise_together
from services.allocation.domain.supply import SupplyKey
from services.allocation.domain.window import Window
from tests.unit.allocation.queues import a_waiting, a_window

TEES, MUGS = ("TEE", "ams"), ("MUG", "ams")
SOON, LATE = a_window(9, 10), a_window(22, 24)


def part(key: tuple[str, str], own: Window | None, kept_for: KeptFor | None = None, **line: Any) -> TogetherLine:
    """Return a line of order o."""
    if kept_for:
        line["claimed"] = 1
    return TogetherLine(key, a_waiting("o", 1, line=key[0], **line), "o", own, kept_for)


def promised(
    *waiting: TogetherLine, now: dict[str, Window | None] | None = None, decided: Any = (TEES, MUGS), joined: Any = ()
) -> GroupPromises:
    """Return what lines are promised of which some (`now`) are promised a range of their own."""
    lines = {line.line.line_id: line.line for line in waiting}
    supplies: dict[LineKey, SupplyKey | None] = {line.line: ("inbound", name) for name, line in lines.items()}
    alone = {
        lines[name].line: Promise(lines[name], own, own, supplies[lines[name].line], joined=name in joined)
        for name, own in (now or {}).items()
    }
    return promise_together(waiting, decided, alone, {("o", name) for name in joined}, supplies)


def ranges(found: GroupPromises) -> dict[str, Window | None]:
    """Return by line what is told."""
    return {p.line.line_id: p.after for group in found.promises.values() for p in group if p.told}


@pytest.mark.parametrize(
    ("tee", "mug", "both"),
    [
        (SOON, LATE, LATE),
        (SOON, None, None),
        (a_window(9, 20), a_window(12, 15), a_window(12, 20)),
    ],
    ids=["the latest", "none if one has none", "each end by itself"],
)
def test_lines_are_promised_the_latest_of_their_own_ranges(
    tee: Window, mug: Window | None, both: Window | None
) -> None:
    found = promised(part(TEES, None), part(MUGS, None), now={"TEE": tee, "MUG": mug}, joined=("TEE", "MUG"))
    assert ranges(found) == {"TEE": both, "MUG": both}
    assert {p.line.line_id: p.own for group in found.promises.values() for p in group} == {"TEE": tee, "MUG": mug}


def test_a_line_whose_own_range_did_not_change_is_told_that_of_the_last() -> None:
    waiting = part(TEES, SOON, promised=SOON), part(MUGS, SOON, promised=SOON)
    found = promised(*waiting, now={"MUG": LATE})
    assert ranges(found) == {"TEE": LATE, "MUG": LATE}
    assert {p.supply for group in found.promises.values() for p in group} == {("inbound", "MUG")}
    assert set(found.decided_by.values()) == {("o", "MUG")}


def test_a_line_that_moves_before_the_last_moves_nobody() -> None:
    waiting = part(TEES, SOON, promised=LATE), part(MUGS, LATE, promised=LATE)
    found = promised(*waiting, now={"TEE": a_window(11, 12)})
    assert ranges(found) == {}
    assert [p.own for p in found.promises[TEES]] == [a_window(11, 12)], "but its own range is kept"


def test_a_line_that_stock_covers_is_promised_with_the_rest_and_has_no_range_of_its_own() -> None:
    covered = part(TEES, SOON, "rest", promised=SOON)
    found = promised(covered, part(MUGS, LATE, promised=SOON))
    assert ranges(found) == {"TEE": LATE, "MUG": LATE}
    assert [p.own for p in found.promises[TEES]] == [None]


def test_what_stock_covers_whole_ships_with_the_load_of_its_day() -> None:
    waiting = part(TEES, None, "load", promised=LATE), part(MUGS, LATE, "load", promised=LATE)
    assert ranges(promised(*waiting, now={"TEE": SOON, "MUG": a_window(9, 11)})) == {
        "TEE": a_window(9, 11), "MUG": a_window(9, 11),
    }  # fmt: skip
    assert ranges(promised(part(TEES, None, "rest", promised=LATE))) == {}, "what it waits for is not known here"


def test_nobody_is_told_before_all_positions_are_decided() -> None:
    waiting = part(TEES, SOON, promised=SOON), part(MUGS, SOON, promised=SOON)
    found = promised(*waiting, now={"TEE": LATE}, decided=(TEES,))
    assert ranges(found) == {}
    assert found.elsewhere == {("o", "TEE")}
    assert [p.own for p in found.promises[TEES]] == [LATE]


def test_a_line_that_waits_for_more_is_told_at_once() -> None:
    waiting = part(TEES, None, "rest", promised=SOON), part(MUGS, LATE, promised=SOON)
    found = promised(*waiting, decided=(TEES,), joined=("TEE",))
    assert ranges(found) == {"TEE": LATE}
    assert found.elsewhere == {("o", "MUG")}
