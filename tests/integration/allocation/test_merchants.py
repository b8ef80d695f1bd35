"""A merchant's goods are served to that merchant's customers alone, whatever is named."""

import pytest

from shared.contracts.allocations import BackorderReleased, LineAllocated
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import LineSwapped
from shared.testing.builders import a_line, a_product, an_order, landed
from tests.integration.allocation.bundles.test_bundles import a_bundle, said
from tests.integration.allocation.bundles.test_changes import lines
from tests.integration.allocation.conftest import Desk


@pytest.fixture
async def camp(desk: Desk) -> Desk:
    """Return a desk that knows tents of acme."""
    await desk.know("TENT")
    return desk


async def test_a_bundle_does_not_reach_another_merchants_stock(camp: Desk) -> None:
    """Not even where the bundle is told before its component, nor by an order or a swap that names the SKU itself."""
    theirs = a_product("rival/A", merchant="rival")
    await camp.hear(a_bundle("SPY", **{"rival/A": 1}), a_bundle("BAIT", TENT=1, **{"rival/B": 1}), theirs)
    await camp.hear(a_product("rival/B", merchant="rival"), landed(9, sku="rival/A"))
    await camp.retry()
    await camp.hear(an_order("o1", a_line("1", "rival/A")), an_order("o2", a_line("1", "TENT")))
    await camp.hear(LineSwapped(**said(order="o2"), line_id="1", new_line_id="2", sku="rival/A", unit_price=5))
    await camp.hear(a_product("TENT", merchant="rival", version=9))
    assert sorted(await camp.dead()) == [
        "components.sku: rival/A are not of acme: name SKUs of the same merchant",
        "components.sku: rival/B are not of acme: name SKUs of the same merchant",
        "lines.sku: rival/A are not of acme",
        "merchant: the SKU is known as one of acme: use another SKU",
    ]
    (exception,) = await camp.told(ExceptionChanged)
    assert "not of the order's merchant" in exception.facts["todo"]
    assert not await camp.told(BackorderReleased) + await camp.told(LineAllocated)
    assert await lines(camp) == {"o2:1": 1}


async def test_what_is_refused_is_handled_beside_what_is_right(camp: Desk) -> None:
    """A thousand poisonous orders of one merchant cost the others no attempt, and are no sign of a bad deploy."""
    await camp.hear(a_product("rival/A", merchant="rival"))
    bad = [an_order(f"bad{number}", a_line("1", "rival/A")) for number in range(60)]
    await camp.hear(*bad[:30], an_order("good", a_line("1", "TENT")), *bad[30:])
    assert len(await camp.dead()) == 60
    assert await lines(camp) == {"good:1": 1}
    assert camp.worker.failures.in_a_row == 0
