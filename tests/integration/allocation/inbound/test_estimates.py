"""A page says of a range whose truck nobody has dated that it is an estimate."""

from shared.contracts.availability import AvailabilityChanged
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import a_supply, an_inbound
from tests.integration.allocation.conftest import Desk


async def shown(desk: Desk, key: str) -> list[tuple[int, int, bool]]:
    """Return units, last day and whether it is an estimate, of each range of a page."""
    page = (await desk.told(AvailabilityChanged, key))[-1]
    return [(row.up_to_units, row.ships.latest.day, row.is_estimated) for row in page.breaks]


async def test_the_page_says_which_ranges_are_estimates(desk: Desk) -> None:
    await desk.know()
    await desk.hear(PolicyUpserted(merchant="acme", version=1, longest_wait_days=60))
    near = a_supply("near", 3, 10, 11, is_estimated=True)
    await desk.hear(an_inbound(near, a_supply("far", 5, 15, 16)))
    for key in ("TEE-M|ams", "TEE-M"):
        assert await shown(desk, key) == [(3, 11, True), (8, 16, False)]

    await desk.hear(an_inbound(a_supply("near", 3, 10, 11), a_supply("far", 5, 15, 16), version=2))
    for key in ("TEE-M|ams", "TEE-M"):
        assert await shown(desk, key) == [(3, 11, False), (8, 16, False)], "the supplier said so"


async def test_ranges_of_the_same_days_stay_apart_in_their_order(desk: Desk) -> None:
    await desk.know()
    trucks = [a_supply(name, 5, 10, 11, is_estimated=name == "b") for name in "abc"]
    await desk.hear(an_inbound(*trucks))
    assert await shown(desk, "TEE-M|ams") == [(5, 11, False), (10, 11, True), (15, 11, False)]
