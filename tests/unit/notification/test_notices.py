"""What customers must be told, without any database or mail server."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.notification.domain.letters import one_line
from services.notification.domain.notices import (
    Covered,
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
from services.notification.domain.plan import is_worth_telling, plan

ORDER = OrderId("o1")
AT = datetime(2027, 3, 8, 8, tzinfo=UTC)


def days(earliest: int, latest: int) -> Range:
    return Range(date(2027, 3, earliest), date(2027, 3, latest))


RANGE = days(16, 22)
TOLD = Told(RANGE, NoticeId("n0"))


def a_line(version: int = 1, ships: Range | None = RANGE, told: Told | None = None, line_id: str = "1") -> Line:
    return Line(LineId(line_id), version, 1, ships, told)


def plan_of(lines: list[Line], unsent: list[Unsent], released: list[Notice] | None = None, dropped: int = 0) -> Plan:
    return plan(News(ORDER, lines, unsent, dropped), released or [])


def unsent_of(made: Plan, *, sending: bool = False) -> list[Unsent]:
    return [Unsent(notice, sending, AT) for notice in made.planned]


def told_by(made: Plan) -> list[tuple[str, list[tuple[str, int]]]]:
    return [(n.kind, [(line.line_id, line.line_version) for line in n.lines]) for n in made.planned]


@pytest.mark.parametrize(
    ("told", "now", "sure", "worth"),
    [
        (days(16, 22), days(16, 22), True, False),
        (days(16, 22), days(16, 23), False, True),
        (days(16, 22), days(20, 22), True, False),
        (days(16, 22), days(9, 14), False, False),
        (days(16, 22), days(9, 14), True, True),
        (days(16, 22), days(9, 15), True, False),
        (days(16, 22), None, False, True),
        (None, days(16, 22), False, True),
        (None, None, False, False),
    ],
)
def test_disappointments_first_dates_and_much_earlier_sure_ones_are_worth_telling(
    told: Range | None, now: Range | None, sure: bool, worth: bool
) -> None:
    assert is_worth_telling(told, now, sure=sure) is worth


def test_lines_of_one_order_are_confirmed_together_and_moves_together() -> None:
    lines = [
        a_line(line_id="2"),
        a_line(line_id="1"),
        a_line(5, days(17, 30), TOLD, "3"),
        a_line(4, None, TOLD, "4"),
    ]
    assert told_by(plan_of(lines, [])) == [
        ("confirmed", [("1", 1), ("2", 1)]),
        ("moved", [("3", 5), ("4", 4)]),
    ]


def test_what_two_causes_move_is_told_by_a_notice_of_each() -> None:
    lines = [replace(a_line(2, days(19, 25), TOLD, line_id), cause=f"edi/{line_id}") for line_id in ("1", "2")]
    made = plan_of(lines, [])
    assert told_by(made) == [("moved", [("1", 2)]), ("moved", [("2", 2)])]
    assert [notice.cause for notice in made.planned] == ["edi/1", "edi/2"]


def test_a_customer_of_a_channel_that_is_told_nothing_is_told_nothing() -> None:
    first = plan_of([a_line()], [])
    assert plan(News(ORDER, [a_line()], [], is_told=False)) == Plan((), ())
    assert [by for _, by in plan(News(ORDER, [a_line()], unsent_of(first), is_told=False)).superseded] == [None]


def test_what_failed_is_not_sent_again_but_what_moves_after_it_is() -> None:
    first = plan_of([a_line(2, days(19, 25), TOLD)], [])
    failed = News(ORDER, [a_line(2, days(19, 25), TOLD)], [], dropped=3, failed=first.planned)
    assert plan(failed).planned == ()
    assert told_by(plan(replace(failed, lines=[a_line(3, days(20, 26), TOLD)]))) == [("moved", [("1", 3)])]


def test_an_older_notice_that_a_shop_has_not_told_yet_overrides_no_newer_truth() -> None:
    older = unsent_of(plan_of([a_line(1, days(10, 12))], []), sending=True)
    newer = replace(TOLD, version=2)
    assert plan_of([a_line(2, RANGE, newer)], older).planned == ()


def test_the_same_news_is_planned_once() -> None:
    first = plan_of([a_line()], [])
    again = plan_of([a_line()], unsent_of(first))
    assert again == Plan((), (), first.planned)
    assert plan_of([a_line()], []) == first


def test_an_unsent_confirmation_gives_way_to_the_newest_range_even_an_earlier_one() -> None:
    first = plan_of([a_line()], [])
    second = plan_of([a_line(2, days(9, 10))], unsent_of(first))
    assert told_by(second) == [("confirmed", [("1", 2)])]
    assert [(old.notice, by) for old, by in second.superseded] == [(first.planned[0], second.planned[0].notice_id)]


def test_a_move_while_the_confirmation_is_sent_is_told_after_it() -> None:
    first = plan_of([a_line()], [])
    second = plan_of([a_line(2, days(19, 25))], unsent_of(first, sending=True))
    assert told_by(second) == [("moved", [("1", 2)])]
    assert second.superseded == ()


def test_a_told_range_that_is_true_again_needs_no_notice() -> None:
    first = plan_of([a_line(2, days(19, 25), TOLD)], [])
    second = plan_of([a_line(3, days(16, 22), TOLD)], unsent_of(first))
    assert second.planned == ()
    assert [by for _, by in second.superseded] == ["n0"]


def test_released_lines_leave_the_unsent_news_of_a_move_and_the_others_stay() -> None:
    both = [a_line(2, days(19, 25), TOLD, "1"), a_line(2, days(19, 25), TOLD, "2")]
    first = plan_of(both, [])
    packed = notice_of(ORDER, "released", [Covered(LineId("1"), 3, 1)])
    second = plan_of([replace(both[0], version=3, units=0), both[1]], unsent_of(first), [packed])
    assert told_by(second) == [("moved", [("2", 2)]), ("released", [("1", 3)])]
    assert [by for _, by in second.superseded] == [second.planned[0].notice_id]


def test_a_wholly_released_order_hears_only_of_its_release() -> None:
    first = plan_of([a_line()], [])
    packed = notice_of(ORDER, "released", [Covered(LineId("1"), 2, 1)])
    second = plan_of([replace(a_line(2), units=0)], unsent_of(first), [packed])
    assert second.planned == (packed,)
    assert [by for _, by in second.superseded] == [packed.notice_id]


def test_news_that_was_dropped_unsent_and_is_true_again_is_another_notice() -> None:
    lines, both = [a_line(2, days(19, 25), TOLD)], [a_line(2, days(19, 25), TOLD), a_line(2, days(19, 25), TOLD, "2")]
    first = plan_of(lines, [])
    second = plan_of(both, unsent_of(first))
    third = plan_of([both[0], a_line(3, days(16, 22), TOLD, "2")], unsent_of(second), dropped=1)
    assert told_by(first) == told_by(third)
    assert first.planned[0].notice_id != third.planned[0].notice_id


def test_names_of_notices_tell_orders_kinds_and_versions_apart() -> None:
    lines = [Covered(LineId("1"), 1, 1)]
    names = {
        notice_of(ORDER, "confirmed", lines).notice_id,
        notice_of(ORDER, "moved", lines).notice_id,
        notice_of(OrderId("o2"), "confirmed", lines).notice_id,
        notice_of(ORDER, "confirmed", [Covered(LineId("1"), 2, 1)]).notice_id,
        notice_of(ORDER, "confirmed", [Covered(LineId("1"), 1, 1, days(16, 22))]).notice_id,
        notice_of(ORDER, "confirmed", [Covered(LineId("1"), 1, 1, returned=True)]).notice_id,
        notice_of(ORDER, "confirmed", [Covered(LineId("1"), 1, 1, refund_by=date(2027, 3, 16))]).notice_id,
    }
    assert len(names) == 7


@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ("Anna\r\nBcc: x@y.example", "Anna Bcc: x@y.example"),
        ("  a\tb\u2028c\x85d ", "a b c d"),
        ("\x1b[2J\x00Zoë 李", "[2J Zoë 李"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_name_is_one_line(said: str, stays: str) -> None:
    assert one_line(said) == stays
