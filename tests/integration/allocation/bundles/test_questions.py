"""What may be asked about a bundle: it stands in no queue itself, and moves as its components do."""

import pytest

from shared.testing.builders import MONDAY
from shared.testing.faults import fault_of
from tests.integration.allocation.bundles.test_bundles import a_kit, camp, comes
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.orders.test_changes import minutes
from tests.integration.allocation.support.http import answer, ask, everything

__all__ = ["camp"]


@pytest.fixture
async def two_kits(camp: Desk) -> Desk:
    """Expect tents for one kit early, and mats for both."""
    await camp.hear(comes("TENT", 1, 12), comes("MAT", 10, 18))
    await camp.hear(a_kit("o1"), a_kit("o2", completed_at=MONDAY + minutes(1)))
    return camp


async def test_the_queue_position_of_a_bundle_names_its_components(two_kits: Desk) -> None:
    got = await ask(two_kits, "queue", order_id="o2", line_id="1")
    anothers = await ask(two_kits, "queue", merchant="zeta", order_id="o2", line_id="1")

    assert (got.status_code, anothers.status_code) == (404, 404)
    assert fault_of(got)["fix"] == "it is a bundle and waits as its components: ask for 1/MAT or 1/TENT"
    assert anothers.json() == (await ask(two_kits, "queue", merchant="zeta", order_id="none", line_id="1")).json()


async def test_a_component_owns_nothing_while_the_rest_of_its_bundle_is_not_ready(two_kits: Desk) -> None:
    announced = await answer(two_kits, "queue", order_id="o2", line_id="1/MAT")

    (why,) = announced["waiting"]["not_eligible"]
    assert why == "it ships together with line 1/TENT of TENT, which is not ready: without a date"
    assert [row["line_id"] for row in announced["waiting"]["before"]] == ["1/MAT"]


async def test_a_preview_moves_a_bundle_with_all_its_components(two_kits: Desk) -> None:
    before = await everything(two_kits)
    announced = await answer(two_kits, "move", {"order_id": "o2", "line_id": "1"})

    found = {(row["what"], row["order_id"], row["line_id"], row["sku"]) for row in announced["lines"]}
    assert found == {("loses_date", "o1", "1", "KIT"), ("first_date", "o2", "1", "KIT")}
    assert await everything(two_kits) == before


async def test_a_component_is_not_moved_without_its_bundle(two_kits: Desk) -> None:
    got = await ask(two_kits, "move", {"order_id": "o2", "line_id": "1/MAT"})

    assert (got.status_code, fault_of(got)["fix"]) == (404, "it is one of 1")
