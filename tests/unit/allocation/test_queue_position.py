"""Why a line stands behind another, in the words that support passes on."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.allocation.domain.queue_position import Gates, QueuedLine, overtaken_within, why_before, why_not_eligible
from services.allocation.domain.ship_together import OpenLine, ShippingDays
from services.allocation.domain.window import Window

NOON = datetime(2027, 3, 8, 12, tzinfo=UTC)
TODAY = date(2027, 3, 8)
TERMS = ShippingDays(TODAY, date(2027, 3, 13))


def a_line(order_id: str = "o", completed: int = 0, start: int = 0, **fields: Any) -> QueuedLine:
    """Complete so many hours after noon, with so many hours of head start."""
    completed_at = NOON + timedelta(hours=completed)
    plain = {"merchant": "acme", "priority": "standard", "units": 1, "eligible": True}
    return QueuedLine(
        order_id, "1", queue_at=completed_at - timedelta(hours=start), completed_at=completed_at, **{**plain, **fields}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "mine", "why"),
    [
        (a_line(completed=-1), a_line(), "completed earlier"),
        (a_line("a"), a_line("b"), "completed earlier"),
        (a_line(completed=3, start=48, priority="wholesale"), a_line(), "head start of wholesale 48 h"),
        (a_line(completed=-1, start=48), a_line(), "completed earlier"),
        (a_line(completed=1, moved_by="kim", moved_why="a gift"), a_line(), "moved by kim: a gift"),
        (a_line(completed=1), a_line(moved_by="kim", moved_why="too early"), "this line was moved by kim: too early"),
        (a_line(completed=1), a_line(start=-5), "this line joined 5 h after its order was complete"),
    ],
)
def test_each_line_before_gives_its_reason(other: QueuedLine, mine: QueuedLine, why: str) -> None:
    assert why_before(other, mine) == why


def test_no_line_overtakes_by_more_than_the_largest_head_start_less_its_own() -> None:
    starts = {"wholesale": 48, "vip": 72, "slow": -24}
    assert overtaken_within(a_line(), starts) == 72
    assert overtaken_within(a_line(start=48), starts) == 24
    assert overtaken_within(a_line(start=-24), starts) == 96
    assert overtaken_within(a_line(start=100), starts) == 0
    assert overtaken_within(a_line(), {"slow": -24}) == 0


def test_everything_that_keeps_a_line_from_its_units_is_named() -> None:
    rest = [
        OpenLine(("o", "2"), ("CAP", "ams"), 3, Window(date(2027, 4, 1), date(2027, 4, 1))),
        OpenLine(("o", "3"), ("TIE", "ams"), 1, None, free=1),
    ]
    gates = Gates(["payment", "fraud"], date(2027, 3, 9), date(2027, 5, 1), rest)
    assert why_not_eligible(gates, TODAY, TERMS) == [
        "the order is held: payment",
        "the order is held: fraud",
        "it is not to ship before 2027-03-09",
        "it launches on 2027-05-01",
        "it ships together with line 2 of CAP, which is not ready: promised by 2027-04-01",
    ]


def test_a_gate_that_opens_today_is_open() -> None:
    assert why_not_eligible(Gates([], TODAY, TODAY, []), TODAY, TERMS) == []
