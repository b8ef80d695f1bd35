"""Nobody is served before others by saying that they waited longer than they can have."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import AHEAD, BACK, OrderLineChanged, ShipTo
from shared.contracts.settings import PolicyUpserted
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


async def test_a_policy_says_how_far_a_time_counts(desk: Desk) -> None:
    """While old orders are imported, every time counts; a SKU's own policy goes first."""
    await desk.know("TEE-M", "NEW")
    long_ago = MONDAY - timedelta(days=300)
    await desk.hear(PolicyUpserted(merchant="acme", version=1, back_days=365))
    await desk.hear(PolicyUpserted(merchant="acme", version=1, sku="NEW", back_days=1, ahead_minutes=0))
    await desk.hear(an_order("o1", completed_at=long_ago))
    assert (await places(desk), await desk.told(ExceptionChanged)) == ({"o1/1": long_ago}, [])
    await desk.hear(an_order("o2", a_line("1", "NEW"), completed_at=long_ago))
    await desk.hear(an_order("o3", a_line("1", "NEW"), completed_at=MONDAY + SECOND))
    assert {line: at for line, at in (await places(desk)).items() if line != "o1/1"} == {
        "o2/1": MONDAY - timedelta(days=1), "o3/1": MONDAY,
    }  # fmt: skip
    assert [each.subject for each in await desk.told(ExceptionChanged)] == ["o2", "o3"]


async def test_a_change_from_long_ago_gives_no_better_place_than_its_order_may_have(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1", a_line("1"), completed_at=MONDAY - timedelta(days=400)))
    long_ago = {**said(1), "changed_at": MONDAY - timedelta(days=399)}
    await desk.hear(OrderLineChanged(**long_ago, line_id="1", new_line_id="2", units=3))
    assert (await places(desk))["o1/2"] == MONDAY - BACK


async def test_a_priority_that_no_policy_names_is_served_as_standard_and_named(desk: Desk) -> None:
    await desk.know()
    await desk.hear(PolicyUpserted(merchant="acme", version=1, head_starts={"vip": 24}))
    await desk.hear(an_order("o1", priority="vip"), an_order("o2", priority="vpi"))
    assert await places(desk) == {"o1/1": MONDAY - timedelta(days=1), "o2/1": MONDAY}
    found: list[Any] = await desk.told(ExceptionChanged)
    assert [(each.exception_class, each.subject, each.facts["priority"]) for each in found] == [
        ("priority_unknown", "o2", "vpi")
    ]


async def test_an_order_of_a_country_that_no_law_knows_is_refused(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1", market="usa"), an_order("o2", ship_to=ShipTo(country="us")), an_order("o3"))
    assert sorted(await desk.dead()) == [
        "market: must be the two capital letters of a country (ISO 3166-1 alpha-2)",
        "ship_to.country: must be the two capital letters of a country (ISO 3166-1 alpha-2)",
    ]
    assert set(await places(desk)) == {"o3/1"}
