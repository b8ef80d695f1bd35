"""A customer told that units are packed hears once that they are not, and nothing if they need not know."""

from dataclasses import replace
from datetime import UTC, date, datetime

from services.notification.domain.notices import (
    Covered,
    FloorUnits,
    Line,
    LineId,
    News,
    Notice,
    NoticeId,
    OrderId,
    Plan,
    Range,
    Told,
    Unsent,
    notice_of,
)
from services.notification.domain.plan import plan

ORDER = OrderId("o1")
RANGE = Range(date(2027, 3, 16), date(2027, 3, 22))
TOLD = Told(RANGE, NoticeId("n0"), 1)
AT = datetime(2027, 3, 8, tzinfo=UTC)
RELEASED, REVOKED = ((3, 1),), ((4, 1),)


def a_line(version: int = 5, units: int = 1, told: Told | None = TOLD, **floor: tuple[tuple[int, int], ...]) -> Line:
    """Return a line that was released at version 3 and revoked at 4, and whose customer had read of the release."""
    return Line(
        LineId("1"), version, units, RANGE, told, FloorUnits(**{"released": RELEASED, "revoked": REVOKED, **floor})
    )


def released(version: int, units: int = 1) -> Notice:
    return notice_of(ORDER, "released", [Covered(LineId("1"), version, units)])


def planned(line: Line, *fresh: Notice, unsent: Notice | None = None, sending: bool = False) -> Plan:
    return plan(News(ORDER, [line], [Unsent(unsent, sending, AT)] if unsent else []), fresh)


def said(made: Plan) -> list[tuple[str, int, int, bool]]:
    return [
        (notice.kind, notice.lines[0].line_version, notice.lines[0].units, notice.lines[0].returned)
        for notice in made.planned
        if notice.kind != "late"  # planned for the day after the promised ones
    ]


def test_a_promise_of_units_told_as_packed_is_told_even_with_the_same_range() -> None:
    assert said(planned(a_line(told=TOLD, released=RELEASED, revoked=REVOKED))) == []
    assert said(planned(replace(a_line(), floor=FloorUnits(RELEASED, REVOKED, told=RELEASED)))) == [
        ("moved", 5, 1, True)
    ]


def test_the_return_of_packed_units_is_told_once() -> None:
    after = replace(TOLD, version=5)
    assert said(planned(replace(a_line(told=after), floor=FloorUnits(RELEASED, REVOKED, told=RELEASED)))) == []


def test_the_return_is_not_told_before_the_new_range_is_known() -> None:
    assert said(planned(replace(a_line(version=1), floor=FloorUnits(RELEASED, REVOKED, told=RELEASED)))) == []


def test_units_back_before_their_loss_was_told_are_not_mentioned() -> None:
    believes = FloorUnits((*RELEASED, (6, 1)), REVOKED, told=RELEASED)
    waits = planned(replace(a_line(), floor=FloorUnits(RELEASED, REVOKED, told=RELEASED))).planned[0]
    made = planned(replace(a_line(units=0), floor=believes), released(6), unsent=waits)
    assert said(made) == []
    assert [(old.notice, by) for old, by in made.superseded] == [(waits, "n0")]


def test_a_customer_told_of_the_loss_hears_of_the_next_release() -> None:
    heard = replace(TOLD, version=5)
    line = replace(a_line(units=0, told=heard), floor=FloorUnits((*RELEASED, (6, 1)), REVOKED, told=RELEASED))
    assert said(planned(line, released(6))) == [("released", 6, 1, False)]


def test_an_unsent_release_that_came_back_is_not_sent() -> None:
    made = planned(a_line(), unsent=released(3))
    assert (said(made), [by for _, by in made.superseded]) == ([], ["n0"])


def test_an_unsent_release_of_which_a_part_came_back_names_the_rest() -> None:
    line = a_line(units=1, released=((3, 5),))
    made = planned(line, unsent=released(3, 5))
    assert said(made) == [("released", 3, 4, False)]
    assert [by for _, by in made.superseded] == [made.planned[0].notice_id]


def test_a_release_that_is_being_sent_counts_as_read() -> None:
    assert said(planned(a_line(), unsent=released(3), sending=True)) == [("moved", 5, 1, True)]


def test_two_releases_that_stand_are_both_told() -> None:
    line = replace(a_line(units=0), floor=FloorUnits(((3, 1), (4, 1))))
    made = planned(line, released(4), unsent=released(3))
    assert (said(made), made.superseded) == ([("released", 4, 1, False)], ())


def test_units_sold_from_stock_that_came_back_are_released_like_any_other() -> None:
    line = replace(a_line(units=0, told=replace(TOLD, version=3)), floor=FloorUnits(((5, 2),), ((2, 2),)))
    assert said(planned(line, released(5, 2))) == [("released", 5, 2, False)]


def test_a_release_that_overtook_every_promise_is_told_when_it_comes_back() -> None:
    line = replace(a_line(told=None), floor=FloorUnits(RELEASED, REVOKED, told=RELEASED))
    assert said(planned(line)) == [("moved", 5, 1, True)]
