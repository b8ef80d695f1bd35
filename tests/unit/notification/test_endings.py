"""What is not coming is told once, by whoever decided it, with its refund where that is known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.notification.domain.endings import ending_kind, ending_notices
from services.notification.domain.notices import Ending, Line, LineId, News, OrderId, Refund, Refused, Unsent, What
from services.notification.domain.schedule import QUIET, schedule

BY = date(2027, 3, 22)
AT = datetime(2027, 3, 8, tzinfo=UTC)


def a_line(*endings: Ending, refunds: int = 0, line_id: str = "1") -> Line:
    due = tuple(Refund(number, 1, BY) for number in range(1, refunds + 1))
    return Line(LineId(line_id), 1, 0, None, endings=endings, refunds=due)


def news(*lines: Line) -> News:
    return News(OrderId("o1"), lines, ())


def said(of: News) -> list[tuple[str, list[tuple[str, int, int, date | None]]]]:
    return [
        (notice.kind, [(line.line_id, line.line_version, line.units, line.refund_by) for line in notice.lines])
        for notice in ending_notices(of)
    ]


def test_cancels_as_asked_and_cancels_by_us_are_two_notices() -> None:
    lines = (
        a_line(Ending(2, "asked", 1), Ending(3, "asked", 2)),
        a_line(Ending(2, "ours", 1), line_id="2"),
        a_line(Ending(1, "declined", 4), line_id="3"),
        a_line(Ending(2, "swapped", 1), line_id="4"),
    )
    assert said(news(*lines)) == [
        ("swapped", [("4", 2, 1, None)]),
        ("cancelled", [("1", 3, 3, None)]),
        ("declined", [("2", 2, 1, None), ("3", 1, 4, None)]),
    ]


def test_a_refund_stands_with_its_lines_end_or_alone() -> None:
    assert said(news(a_line(Ending(2, "asked", 1), refunds=1))) == [("cancelled", [("1", 2, 1, BY)])]
    assert said(news(a_line(refunds=2))) == [("refund", [("1", 1, 2, BY)])]


def test_a_refund_that_comes_while_the_ending_is_sent_is_told_after_it() -> None:
    line = a_line(Ending(2, "ours", 1))
    (first,) = ending_notices(news(line))
    after = replace(line, refunds=(Refund(1, 1, BY),))
    assert said(News(OrderId("o1"), [after], [Unsent(first, True, AT)])) == [("refund", [("1", 1, 1, BY)])]
    assert said(News(OrderId("o1"), [after], [Unsent(first, False, AT)])) == [("declined", [("1", 2, 1, BY)])]


@pytest.mark.parametrize(
    ("what", "refunds", "waits"),
    [("ours", 0, QUIET), ("ours", 1, timedelta()), ("asked", 0, timedelta()), ("declined", 0, timedelta())],
)
def test_only_a_cancel_by_us_waits_for_its_refund(what: What, refunds: int, waits: timedelta) -> None:
    of = news(a_line(Ending(2, what, 1), refunds=refunds))
    assert [schedule(notice, of, AT, AT).send_at - AT for notice in ending_notices(of)] == [waits]


@pytest.mark.parametrize(
    ("cause", "what"),
    [
        ("acme/shop/01a4", "asked"),
        ("firstfill/gateway/01a4", "asked"),
        ("firstfill/allocation", "ours"),
        ("firstfill/allocation/01a4", "ours"),
    ],
)
def test_gateway_speaks_for_its_callers_and_our_other_services_for_us(cause: str, what: str) -> None:
    assert ending_kind(cause, swapped=False) == what
    assert ending_kind(cause, swapped=True) == "swapped"


def refused(units: int, known: int = 0, *endings: Ending, refunds: int = 0) -> Line:
    return replace(a_line(*endings, refunds=refunds), refused=Refused(units, known))


def told_of(of: News) -> list[tuple[str, int, int, int]]:
    """Return kind, units, those refused, and how many of these the customer knows then."""
    return [(n.kind, line.units, line.refused, line.knows_refused) for n in ending_notices(of) for line in n.lines]


def test_what_could_not_be_cancelled_is_told_once_and_in_the_mail_of_what_could() -> None:
    assert told_of(news(refused(2))) == [("refused", 2, 2, 2)]
    assert told_of(news(refused(2, 2))) == []
    assert told_of(news(refused(3, 2))) == [("refused", 1, 1, 3)]
    assert told_of(news(refused(2, 0, Ending(2, "asked", 3)))) == [("cancelled", 3, 2, 2)]
    assert told_of(news(refused(2, 0, refunds=1))) == [("refused", 2, 2, 2)], "the refund stands in it"


def test_a_refusal_that_is_being_told_is_not_told_again() -> None:
    (first,) = ending_notices(news(refused(2)))
    assert told_of(News(OrderId("o1"), [refused(2)], [Unsent(first, True, AT)])) == []
    (other,) = ending_notices(news(a_line(Ending(2, "asked", 1))))
    assert told_of(News(OrderId("o1"), [refused(2, 2, Ending(2, "asked", 1))], [Unsent(other, True, AT)])) == []
