"""Nobody is served before others by saying that they waited longer than they can have."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import AHEAD, BACK, OrderLineChanged
from shared.testing.builders import MONDAY, a_line, an_order
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.orders.test_ship_together import said

SECOND = timedelta(seconds=1)


async def places(desk: Desk) -> dict[str, datetime]:
    rows = await desk.admin.fetch("select order_id || '/' || line_id as line, queue_at from queue")
    return {row["line"]: row["queue_at"] for row in rows}


@pytest.mark.parametrize(
    ("completed_at", "place", "is_doubtful"),
    [
        (MONDAY - BACK, MONDAY - BACK, False),
        (MONDAY - BACK - SECOND, MONDAY - BACK, True),
        (MONDAY - timedelta(days=400), MONDAY - BACK, True),
        (MONDAY + AHEAD, MONDAY + AHEAD, False),
        (MONDAY + AHEAD + SECOND, MONDAY + AHEAD, True),
    ],
)
async def test_a_time_counts_as_far_as_it_may_be_said(
    desk: Desk, completed_at: datetime, place: datetime, is_doubtful: bool
) -> None:
    await desk.know()
    await desk.hear(an_order("o1", completed_at=completed_at))
    assert await places(desk) == {"o1/1": place}
    found: list[Any] = await desk.told(ExceptionChanged)
    assert [(each.exception_class, each.subject) for each in found] == (
        [("order_time_doubtful", "o1")] if is_doubtful else []
    )


async def test_a_change_from_long_ago_gives_no_better_place_than_its_order_may_have(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1", a_line("1"), completed_at=MONDAY - timedelta(days=400)))
    long_ago = {**said(1), "changed_at": MONDAY - timedelta(days=399)}
    await desk.hear(OrderLineChanged(**long_ago, line_id="1", new_line_id="2", units=3))
    assert (await places(desk))["o1/2"] == MONDAY - BACK
