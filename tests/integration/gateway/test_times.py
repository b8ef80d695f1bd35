"""A time that decides a place in the queue is said when it happens: neither ahead of our clock nor long after."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.gateway.keys import create_key
from shared.contracts.orders import AHEAD, BACK, OrderLineChanged
from shared.testing.builders import an_order
from shared.testing.faults import fault_of
from tests.integration.gateway.conftest import AFTER_THE_STORY, Site

MINUTE = timedelta(minutes=1)


async def header(site: Site, *scopes: Any) -> dict[str, str]:
    key = await create_key(site.pool, "tests", frozenset(scopes))
    return {"Authorization": f"Bearer {key.text()}"}


@pytest.mark.parametrize(
    ("at", "scopes", "status"),
    [
        (AFTER_THE_STORY + AHEAD + MINUTE, {"order", "import"}, 422),
        (AFTER_THE_STORY + AHEAD - MINUTE, {"order"}, 202),
        (AFTER_THE_STORY - BACK + MINUTE, {"order"}, 202),
        (AFTER_THE_STORY - BACK - MINUTE, {"order"}, 422),
        (AFTER_THE_STORY - BACK - MINUTE, {"admin"}, 422),
        (AFTER_THE_STORY - BACK - MINUTE, {"order", "import"}, 202),
    ],
)
async def test_when_an_order_was_complete_is_said_in_time(
    site: Site, at: datetime, scopes: set[Any], status: int
) -> None:
    key = await header(site, *scopes)
    order = an_order(completed_at=at).model_dump(mode="json", exclude_none=True)
    answer = await site.post("/v1/orders", order, key)
    assert answer.status_code == status, answer.text
    changed = OrderLineChanged(order_id="o1", change_no=1, changed_at=at, line_id="1", units=2)
    also = await site.post("/v1/orders/line-changes", changed.model_dump(mode="json", exclude_none=True), key)
    assert also.status_code == status, also.text
    if status == 422:
        assert (fault_of(answer)["field"], fault_of(also)["field"]) == ("completed_at", "changed_at")
