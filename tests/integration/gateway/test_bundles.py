"""A bundle is shown as the one line that was ordered."""

from services.gateway.app import SERVICE
from shared.contracts.allocations import OfBundle
from shared.testing.allocations import a_revoked_line, revoked
from shared.testing.builders import a_line, a_promised_line, a_released_line, an_order, promised, released
from tests.integration.conftest import World
from tests.integration.gateway.test_read_models import handled


async def test_a_bundle_waits_for_less_when_it_is_whole_and_again_when_a_component_is_lost(world: World) -> None:
    whole = OfBundle(line_id="1", line_version=2, sku="KIT", units=2)
    lost = OfBundle(line_id="1", line_version=3, sku="KIT", units=1)
    async with world.start(SERVICE):
        await world.bus.publish(
            an_order("o1", a_line("1", "KIT", 3)),
            promised("o1", a_promised_line(1, sku="KIT", units=3)),
            released(
                "o1",
                a_released_line(1, 2, "1/TENT", sku="TENT", bundle=whole),
                a_released_line(1, 4, "1/MAT", sku="MAT", bundle=whole),
            ),
        )
        await handled(world, 3)
        assert await world.admin.fetchval("select units from gateway.waiting") == 1
        await world.bus.publish(revoked("o1", a_revoked_line(2, 1, "1/TENT", sku="TENT", bundle=lost)))
        await handled(world, 4)

    (row,) = await world.admin.fetch("select line_id, units from gateway.waiting")
    assert (row["line_id"], row["units"]) == ("1", 2)
